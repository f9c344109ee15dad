/** What the operator says of pods, people and XMPP addresses, and what waits for somebody's yes. */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- a pod's host or a domain above it; a diaspora* ID; a bare JID or a domain
    create table standings (
      kind text not null check (kind in ('pod', 'person', 'jid')),
      subject text not null,
      severity text not null check (severity in ('allow', 'silence', 'suspend')),
      reason text,
      reject_media boolean not null default false,
      -- for lists that come and go in other programs' form
      reject_reports boolean not null default false,
      obfuscate boolean not null default false,
      since timestamptz not null default now(),
      made_by text not null,
      primary key (kind, subject)
    );

    -- what follows from them for this person, so that reads ask one row and not a list of domains
    alter table people
      add column standing text check (standing in ('silence', 'suspend'));

    -- messages whose sender is not known here yet
    create table quarantine (
      id bigint generated always as identity primary key,
      person_id bigint not null references people,
      sender text not null,
      host text not null,
      what text not null check (what in ('follow', 'message', 'mention')),
      -- as it lay in the inbox
      claimed_host text not null,
      kind text not null check (kind in ('public', 'private')),
      recipient text,
      body bytea not null,
      received_at timestamptz not null default now()
    );
    create index quarantine_person on quarantine (person_id, sender);
    create index quarantine_host on quarantine (host);
    create index quarantine_age on quarantine (received_at);

    -- from whom somebody said that they want to hear
    create table accepted_senders (
      person_id bigint not null references people,
      sender text not null,
      at timestamptz not null default now(),
      primary key (person_id, sender)
    );
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop table accepted_senders, quarantine, standings;
    alter table people drop column standing
  `);
}
