/**
 * Everything that people say to each other, not posts alone: what it is about, how its item is
 * called, who reads it and how. What each table is for stands in docs/architecture.md, "The
 * store".
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(ACTIVITIES);
  await knex.raw(READERS);
  await knex.raw(DELIVERIES);
  await knex.raw(PEOPLE);
}

const ACTIVITIES = `
  alter table activities
    -- of the object, which is gone from a tombstone
    add column type text,
    add column above_guid text,
    add column root_guid text,
    add column item_id text,
    -- a relayable as its author signed it, for the readers of a local post
    add column relay text,
    -- when it was last changed, or first said
    add column changed timestamptz,
    add column comments_service text,
    add column comments_node text;
  update activities set
    type = case when verb in ('post', 'update') then 'note'
                when verb = 'delete' then 'tombstone' else 'person' end,
    root_guid = guid, item_id = guid, changed = published;
  alter table activities
    alter column type set not null,
    alter column root_guid set not null,
    alter column item_id set not null,
    alter column changed set not null;

  drop index activities_stream;
  create index activities_stream on activities (author_id, published desc, id desc)
    where type in ('note', 'share') and deleted_at is null;
  -- all of a person: for the export, and when the account is closed
  create index activities_author on activities (author_id, id);
  create index activities_thread on activities (root_guid, published desc, id desc)
    where root_guid <> guid and deleted_at is null;
  create index activities_about on activities (above_guid, type, author_id)
    where above_guid is not null and deleted_at is null;
  -- names that clients gave: nobody takes the name of somebody else's item in a node
  create unique index activities_reply on activities (root_guid, item_id)
    where item_id <> guid and type in ('comment', 'opinion', 'vote', 'attendance');
  create index activities_item on activities (author_id, item_id)
    where item_id <> guid and type in ('note', 'share');
`;

const READERS = `
  alter table relationships add column blocked boolean not null default false;

  -- by which way somebody reads; the row goes with the last one
  alter table subscriptions
    add column pubsub boolean not null default false,
    add column presence boolean not null default false;
  update subscriptions set pubsub = true;
  alter table subscriptions add check (pubsub or presence);

  -- when a client of theirs last asked for the feed (urn:xmpp:microblog:0+notify)
  alter table people add column feed_asked_at timestamptz;

  create table preferences (
    person_id bigint primary key references people,
    reads text not null default 'auto' check (reads in ('auto', 'feed', 'chat', 'both')),
    comments text not null default 'all' check (comments in ('all', 'mine', 'none')),
    followers text not null default 'ask' check (followers in ('ask', 'quiet')),
    edits text not null default 'correction'
      check (edits in ('nothing', 'correction', 'replace')),
    listed boolean not null default false,
    searchable boolean not null default false
  );
`;

const DELIVERIES = `
  alter table destinations drop constraint destinations_kind_check;
  alter table destinations add check
    (kind in ('pod', 'person', 'jid', 'stream', 'node', 'inbox'));

  alter table deliveries
    add column form text not null default 'event' check (form in ('event', 'chat')),
    add column sealer_id bigint references people,
    -- of what changed and waits already the changed words go out too
    add column edition timestamptz,
    -- what somebody is told that is no activity, and by which virtual person
    add column signal jsonb,
    add column signal_from text,
    -- of one for a stream: which node, below which post, who of its readers, who has it
    add column node text,
    add column thread_guid text,
    add column only_guids text[],
    add column except_id bigint references people,
    add column progress text;
  update deliveries set signal = jsonb_build_object('kind', 'words', 'text', notice)
    where notice is not null;
  alter table deliveries drop column notice;
  alter table deliveries add check ((activity_id is null) <> (signal is null));
  update deliveries d set edition = a.changed from activities a where a.id = d.activity_id;
  drop index deliveries_once;
  create unique index deliveries_once on deliveries (destination_id, activity_id, form, edition)
    where activity_id is not null and only_guids is null;
  -- what was put off holds what follows on it
  create index deliveries_held on deliveries (destination_id, root_guid) where attempts > 0;
  create index deliveries_activity on deliveries (activity_id) where activity_id is not null;

  -- why it was refused
  alter table ledger add column detail text;
`;

const PEOPLE = `
  -- what somebody was told once
  create table notices (
    person_id bigint not null references people,
    purpose text not null,
    at timestamptz not null default now(),
    primary key (person_id, purpose)
  );

  -- how often something happened to somebody on the last day on which it did
  create table counters (
    person_id bigint not null references people,
    purpose text not null,
    day date not null,
    count integer not null,
    primary key (person_id, purpose)
  );

  -- what the messages of chat clients became, for their corrections and retractions
  create table said (
    person_id bigint not null references people,
    message_id text not null,
    guid text not null,
    at timestamptz not null default now(),
    primary key (person_id, message_id)
  );
  create index said_at on said (at);

  create table conversations (
    guid text primary key,
    subject text not null,
    begun_at timestamptz not null default now()
  );

  -- each client has its own name for the thread
  create table conversation_people (
    conversation_guid text not null references conversations,
    person_id bigint not null references people,
    thread text,
    touched_at timestamptz not null default now(),
    primary key (conversation_guid, person_id)
  );
  create index conversation_people_person on conversation_people (person_id, touched_at desc);
`;

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table conversation_people, conversations, said, counters, notices, preferences;
    alter table ledger drop column detail;

    delete from deliveries where signal->>'kind' <> 'words' or form = 'chat' or
      destination_id in (select id from destinations where kind in ('stream', 'node'));
    alter table deliveries add column notice text;
    update deliveries set notice = signal->>'text' where signal is not null;
    drop index deliveries_once, deliveries_activity, deliveries_held;
    alter table deliveries drop column form, drop column sealer_id, drop column edition,
      drop column signal, drop column signal_from, drop column node, drop column thread_guid,
      drop column only_guids, drop column except_id, drop column progress;
    delete from deliveries d where exists (select 1 from deliveries e where e.id < d.id
      and e.destination_id = d.destination_id and e.activity_id = d.activity_id);
    create unique index deliveries_once on deliveries (destination_id, activity_id)
      where activity_id is not null;
    alter table deliveries add check ((activity_id is null) <> (notice is null));
    delete from ledger where destination_id in
      (select id from destinations where kind in ('stream', 'node'));
    delete from destinations where kind in ('stream', 'node');
    alter table destinations drop constraint destinations_kind_check;
    alter table destinations add check (kind in ('pod', 'person', 'jid', 'inbox'));

    alter table people drop column feed_asked_at;
    delete from subscriptions where not pubsub;
    alter table subscriptions drop column pubsub, drop column presence;
    alter table relationships drop column blocked;

    -- nothing before knew of anything else
    delete from deliveries using activities a where a.id = activity_id
      and a.type not in ('note', 'person', 'tombstone');
    delete from ledger using activities a where a.id = activity_id
      and a.type not in ('note', 'person', 'tombstone');
    delete from audiences using activities a where a.id = activity_id
      and a.type not in ('note', 'person', 'tombstone');
    delete from activities where type not in ('note', 'person', 'tombstone');
    drop index activities_stream, activities_author, activities_thread, activities_about,
      activities_reply, activities_item;
    alter table activities drop column type, drop column above_guid, drop column root_guid,
      drop column item_id, drop column relay, drop column changed,
      drop column comments_service, drop column comments_node;
    create index activities_stream on activities (author_id, published desc, id desc)
      where verb = 'post' and deleted_at is null;
  `);
}
