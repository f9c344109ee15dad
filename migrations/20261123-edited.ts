/** When an item was last changed: a full node of some servers pushes out by that (ejabberd). */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table items add column edited_at timestamptz;

    -- what was put into one node
    create index placed_items_node on placed_items (service, node, placed_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index placed_items_node;
    alter table items drop column edited_at;
  `);
}
