/** What a person is told of where a post went: since when a pod is away, how often it was tried. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table destinations
      -- null while it can be reached
      add column unreachable_since timestamptz;
    alter table ledger
      -- tries that failed before it came to this
      add column failures integer not null default 0;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table destinations drop column unreachable_since;
    alter table ledger drop column failures;
  `);
}
