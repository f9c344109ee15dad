/** Destinations that could not be reached, by their pod: what is heard of it makes them due. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create index destinations_away on destinations (split_part(address, ' ', 1))
      where unreachable_since is not null and kind in ('pod', 'person')
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("drop index destinations_away");
}
