/** Answers to polls and events name the question or the event: the post around it is looked for. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index activities_question on activities ((object->'question'->>'guid'))
      where (object->'question'->>'guid') is not null;
    create index activities_event on activities ((object->'event'->>'guid'))
      where (object->'event'->>'guid') is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("drop index activities_question, activities_event");
}
