/**
 * The first tables. What each is for stands in docs/architecture.md, "The store"; here
 * stands only why a column or an index is as it is.
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table settings (
      name text primary key,
      value text not null
    );

    create table pods (
      id bigint generated always as identity primary key,
      url text not null unique,
      first_seen_at timestamptz not null default now()
    );

    create table people (
      id bigint generated always as identity primary key,
      network text not null check (network in ('xmpp', 'diaspora')),
      guid text not null unique,
      diaspora_id text not null unique,
      jid text unique,
      name text not null,
      public_key text not null,
      -- sealed with the configured key; only XMPP accounts have one
      private_key bytea,
      pod_id bigint references pods,
      photo_url text,
      created_at timestamptz not null default now(),
      -- a closed account stays: its names and its key are never given to anybody else
      closed_at timestamptz,
      check ((network = 'xmpp') = (jid is not null)),
      check ((network = 'diaspora') = (pod_id is not null))
    );

    create table relationships (
      local_id bigint not null references people,
      remote_id bigint not null references people,
      following boolean not null default false,
      sharing boolean not null default false,
      blocking boolean not null default false,
      updated_at timestamptz not null default now(),
      primary key (local_id, remote_id)
    );
    create index relationships_remote on relationships (remote_id);

    create table subscriptions (
      person_id bigint not null references people,
      node text not null,
      jid text not null,
      created_at timestamptz not null default now(),
      primary key (person_id, node, jid)
    );
    create index subscriptions_jid on subscriptions (jid);

    create table activities (
      id bigint generated always as identity primary key,
      guid text not null unique,
      author_id bigint not null references people,
      verb text not null,
      audience text not null check (audience in ('public', 'limited')),
      -- the object, as src/activitystreams names its parts; null once deleted
      object jsonb,
      published timestamptz not null,
      stored_at timestamptz not null default now(),
      deleted_at timestamptz
    );
    create index activities_stream on activities (author_id, published desc, id desc)
      where verb = 'post' and deleted_at is null;

    create table audiences (
      activity_id bigint not null references activities,
      person_id bigint not null references people,
      primary key (activity_id, person_id)
    );
    create index audiences_person on audiences (person_id);

    -- which items of a person's nodes were seen, and what became of them
    create table items (
      person_id bigint not null references people,
      node text not null,
      item_id text not null,
      content_hash text not null,
      state text not null check (state in ('before', 'withheld', 'published')),
      seen_at timestamptz not null default now(),
      primary key (person_id, node, item_id)
    );

    -- how a person's node is collected
    create table feeds (
      person_id bigint primary key references people,
      subscribed boolean not null default false,
      -- what was published before is none of the federation's business
      since timestamptz not null default now(),
      baseline boolean not null default false,
      told_private boolean not null default false,
      last_event_at timestamptz,
      checks integer not null default 0,
      next_check_at timestamptz not null default now()
    );
    create index feeds_due on feeds (next_check_at);

    create table destinations (
      id bigint generated always as identity primary key,
      kind text not null check (kind in ('pod', 'person', 'jid', 'inbox')),
      address text not null,
      due_at timestamptz not null default 'infinity',
      attempts integer not null default 0,
      lease_until timestamptz,
      leased_by integer,
      -- counts what was put here: a worker may only go idle when it has seen the last
      wakes bigint not null default 0,
      last_error text,
      unique (kind, address)
    );
    create index destinations_due on destinations (kind, due_at) where due_at < 'infinity';

    create table inbox (
      id bigint generated always as identity primary key,
      destination_id bigint not null references destinations,
      kind text not null check (kind in ('public', 'private')),
      recipient text,
      body bytea not null,
      received_at timestamptz not null default now(),
      attempts integer not null default 0,
      next_attempt timestamptz not null default now(),
      last_error text
    );
    create index inbox_pending on inbox (destination_id, id);

    create table deliveries (
      id bigint generated always as identity primary key,
      destination_id bigint not null references destinations,
      activity_id bigint references activities,
      -- words from the bridge itself to a person
      notice text,
      root_guid text not null,
      created_at timestamptz not null default now(),
      attempts integer not null default 0,
      next_attempt timestamptz not null default now(),
      last_error text,
      check ((activity_id is null) <> (notice is null))
    );
    create unique index deliveries_once on deliveries (destination_id, activity_id)
      where activity_id is not null;
    create index deliveries_pending on deliveries (destination_id, id);

    -- who got what: what a delete will be sent by
    create table ledger (
      activity_id bigint not null references activities,
      destination_id bigint not null references destinations,
      outcome text not null check (outcome in ('delivered', 'refused')),
      at timestamptz not null default now(),
      primary key (activity_id, destination_id)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table ledger, deliveries, inbox, destinations, feeds, items, audiences, activities,
      subscriptions, relationships, people, pods, settings
  `);
}
