/**
 * What waits for the post that it belongs to, and the posts that somebody wrote before anybody
 * here followed them.
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table inbox
      -- the GUID of what it belongs to and is not here yet
      add column waits_for text,
      -- it was asked for: what was written before is not shown as news
      add column quiet_before timestamptz;
    create index inbox_waits_for on inbox (waits_for) where waits_for is not null;
    create index inbox_orphans on inbox (destination_id) where waits_for is not null;

    -- what is taken out of a node is looked for there
    create index placed_items_place on placed_items (service, node, item_id);

    -- it was asked for, and not shown as news
    alter table activities add column quiet boolean not null default false;

    -- when the person's older posts were fetched
    alter table people add column read_back_at timestamptz;

    -- who began to follow somebody, and is to be shown the newest posts; a row that is done
    -- stays, so that it is done once
    create table newcomers (
      account_id bigint not null references people,
      person_id bigint not null references people,
      since timestamptz not null default now(),
      due_at timestamptz not null default now(),
      attempts integer not null default 0,
      primary key (account_id, person_id)
    );
    create index newcomers_due on newcomers (due_at) where due_at < 'infinity';
    create index newcomers_person on newcomers (person_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table newcomers;
    alter table people drop column read_back_at;
    alter table activities drop column quiet;
    drop index inbox_waits_for, inbox_orphans, placed_items_place;
    alter table inbox drop column waits_for, drop column quiet_before;
  `);
}
