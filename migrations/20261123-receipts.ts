/** Which messages of chat clients asked to hear of their arrival (XEP-0184). */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw("alter table said add column receipt boolean not null default false");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("alter table said drop column receipt");
}
