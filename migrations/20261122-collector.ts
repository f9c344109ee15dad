/**
 * The collector on every server: by which way events come, what is doubted to be there still,
 * the comments nodes that people's clients keep, and what was put into them.
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table feeds
      -- how events were last seen to come
      add column way text check (way in ('subscription', 'presence')),
      -- the stream was up all the time since the last look
      add column watching boolean not null default false,
      -- what the canary last found; null: never asked
      add column readable boolean,
      add column audited_at timestamptz;

    alter table items
      -- why it may be gone from its node, since when, and when to look
      add column doubt text check (doubt in ('retract', 'missing', 'purge')),
      add column doubted_at timestamptz,
      add column look_at timestamptz,
      add column gone_at timestamptz;
    create index items_doubted on items (look_at) where doubt is not null;
    create index items_age on items (person_id, node, seen_at);

    -- where the clients of local authors keep the comments of their posts
    create table comment_nodes (
      service text not null,
      node text not null,
      post_guid text not null,
      person_id bigint not null references people,
      subscribed boolean not null default false,
      last_event_at timestamptz,
      checks integer not null default 0,
      next_check_at timestamptz not null default now(),
      primary key (service, node)
    );
    create index comment_nodes_due on comment_nodes (next_check_at);

    create table comment_items (
      service text not null,
      node text not null,
      item_id text not null,
      publisher text not null,
      content_hash text not null,
      seen_at timestamptz not null default now(),
      doubted_at timestamptz,
      look_at timestamptz,
      gone_at timestamptz,
      primary key (service, node, item_id),
      foreign key (service, node) references comment_nodes on delete cascade
    );
    create index comment_items_doubted on comment_items (look_at) where look_at is not null;

    -- what we put into other people's nodes: an end of it takes back just that
    create table placed_items (
      guid text primary key,
      service text not null,
      node text not null,
      item_id text not null,
      publisher text not null,
      -- XEP-0470, not an item of its own
      attached boolean not null,
      placed_at timestamptz not null default now()
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table placed_items, comment_items, comment_nodes;
    drop index items_doubted, items_age;
    alter table items drop column doubt, drop column doubted_at, drop column look_at,
      drop column gone_at;
    alter table feeds drop column way, drop column watching, drop column readable,
      drop column audited_at;
  `);
}
