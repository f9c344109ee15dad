/**
 * How an account ends: by leaving, which can be undone for a while, or by moving to another one.
 * See src/store/leaving.ts and src/store/moves.ts.
 */
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table people
      -- of who has left: until then it can be undone
      add column ends_at timestamptz,
      -- false: whoever has the JID now may be somebody else
      add column returns boolean not null default true,
      -- from then on nothing is undone; what is left keeps names and GUID from others
      add column ended_at timestamptz,
      add column moved_to_id bigint references people,
      -- they let us see the presence; when the server takes that back, as it does where the XMPP
      -- account is deleted, the person is doubted
      add column let_in boolean not null default false,
      add column doubted_at timestamptz;
    create index people_ends on people (ends_at) where ends_at is not null;
    create index people_unwiped on people (ended_at)
      where ended_at is not null and private_key is not null;
    create index people_moved on people (moved_to_id) where moved_to_id is not null;
    create index people_doubted on people (doubted_at) where doubted_at is not null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table people drop column ends_at, drop column returns, drop column ended_at,
      drop column moved_to_id, drop column let_in,
      drop column doubted_at
  `);
}
