/** What the last look at a person's node has shown of its order. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table feeds
      add column looked_at timestamptz,
      -- when the oldest item that it found was seen first
      add column looked_from timestamptz;

    -- of what is not found any more: when it was last
    alter table items add column shown_at timestamptz;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table items drop column shown_at;
    alter table feeds drop column looked_at, drop column looked_from;
  `);
}
