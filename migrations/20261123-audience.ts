/** Why somebody of the federation may read a limited post of somebody here. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- as a contact, for as long as they are one; else by name
    alter table audiences add column contact boolean not null default false;
    -- what becomes of posts in a node that is not for everybody
    alter table preferences add column limited text not null default 'home'
      check (limited in ('home', 'contacts'));
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table preferences drop column limited;
    alter table audiences drop column contact;
  `);
}
