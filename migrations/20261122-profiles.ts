/**
 * What people tell of themselves: those of the federation as it was sent, our own as it was
 * collected and told. And what is between two people beside the relationship's flags.
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- the remote person's wish to see the local one's presence, which is their accept to give
    alter table relationships
      add column presence text not null default 'none'
        check (presence in ('none', 'asked', 'granted', 'refused')),
      add column asked_at timestamptz,
      -- shares, and the local person has not been told yet
      add column untold boolean not null default false;

    -- whom of the new followers somebody was not told of one by one
    create table digests (
      person_id bigint primary key references people,
      due_at timestamptz not null
    );
    create index digests_due on digests (due_at);

    create table profiles (
      person_id bigint primary key references people,
      -- what everybody may see
      profile jsonb not null,
      edited timestamptz,
      -- name and diaspora* ID in lower case; null: not to be found
      search text
    );
    create index profiles_search on profiles (person_id) where search is not null;

    -- what was sent to one local person only
    create table profile_details (
      person_id bigint not null references people,
      reader_id bigint not null references people,
      details jsonb not null,
      edited timestamptz,
      primary key (person_id, reader_id)
    );

    create table own_profiles (
      person_id bigint primary key references people,
      vcard jsonb,
      nick text,
      -- what the federation knows; null: nothing yet
      told jsonb,
      next_send_at timestamptz
    );
    create index own_profiles_due on own_profiles (next_send_at) where next_send_at is not null;

    create table own_avatars (
      person_id bigint primary key references people,
      sha1 text not null,
      bytes bytea not null
    );

    -- pictures of remote people as XMPP clients get them; without bytes it could not be had
    create table fetched_avatars (
      url text primary key,
      type text,
      width integer,
      height integer,
      sha1 text,
      bytes bytea,
      fetched_at timestamptz not null default now(),
      check ((bytes is null) = (sha1 is null))
    );
    create index fetched_avatars_age on fetched_avatars (fetched_at);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table fetched_avatars, own_avatars, own_profiles, profile_details, profiles, digests;
    alter table relationships drop column presence, drop column asked_at, drop column untold
  `);
}
