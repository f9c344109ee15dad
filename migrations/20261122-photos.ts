/**
 * Where the pictures of local people's posts lie. They are served from here under other
 * addresses (src/media/names.ts), for which the GUID is the key.
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table photos (
      guid text primary key,
      -- gone with its post: no photo is shown whose activity is deleted or whose author has left
      activity_id bigint not null references activities,
      source_url text not null
    )
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("drop table photos");
}
