/** Private conversations: who takes part, and in which threads of their clients. */
import type { Guid } from "../activitystreams/ids.ts";
import type { Knex } from "knex";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import {
  authorOf,
  FROM_PEOPLE,
  PERSON_COLUMNS,
  type PersonRow,
  type StoredLocal,
  type StoredRemote,
} from "./people.ts";

export interface KnownConversation {
  readonly guid: Guid;
  readonly subject: string;
  /** Of both networks, the one who began it among them. */
  readonly participants: readonly (StoredLocal | StoredRemote)[];
  /** How the client of this account calls it; of the account touched last when none is named. */
  readonly thread: string | null;
  readonly touched: Date;
}

export interface NewConversation {
  readonly guid: Guid;
  readonly subject: string;
  readonly participantKeys: readonly string[];
}

/** Known already, it stays as it is; whoever is new to it takes part from now on. */
export async function insertConversation(
  db: Queryable,
  { guid, subject, participantKeys }: NewConversation,
): Promise<void> {
  await run(db, "insert into conversations (guid, subject) values (?, ?) on conflict do nothing", [
    guid,
    subject,
  ]);
  await run(
    db,
    `insert into conversation_people (conversation_guid, person_id)
     select ?, unnest(?::bigint[]) on conflict do nothing`,
    [guid, [...participantKeys]],
  );
}

interface ConversationRow {
  readonly guid: Guid;
  readonly subject: string;
  readonly thread: string | null;
  readonly touched: Date;
}

const CONVERSATION = `select c.guid, c.subject, m.thread, m.touched_at as touched
  from conversations c join conversation_people m on m.conversation_guid = c.guid`;

async function found(
  db: Queryable,
  sql: string,
  bindings: readonly Knex.RawBinding[],
): Promise<KnownConversation | null> {
  const row = await firstRow<ConversationRow>(db, sql, bindings);
  if (row === undefined) return null;
  // Who has left is still one of them: others were told so.
  const people = await rows<PersonRow>(
    db,
    `select ${PERSON_COLUMNS} ${FROM_PEOPLE}
     join conversation_people m on m.person_id = p.id
     where m.conversation_guid = ? order by p.id`,
    [row.guid],
  );
  return {
    ...row,
    participants: people.map((person) => ({ ...authorOf(person), key: person.id })),
  };
}

export async function findConversation(
  db: Queryable,
  guid: Guid,
  accountKey: string | null = null,
): Promise<KnownConversation | null> {
  return await found(
    db,
    `${CONVERSATION} where c.guid = ? and (?::bigint is null or m.person_id = ?::bigint)
     order by m.thread is null, m.touched_at desc limit 1`,
    [guid, accountKey, accountKey],
  );
}

/** Between these two, by this account's thread; without one it is what was touched last. */
export async function conversationFor(
  db: Queryable,
  accountKey: string,
  personKey: string,
  thread: string | null,
): Promise<KnownConversation | null> {
  return await found(
    db,
    `${CONVERSATION} where m.person_id = ? and (?::text is null or m.thread = ?)
       and exists (select 1 from conversation_people o
         where o.conversation_guid = c.guid and o.person_id = ?)
     order by m.touched_at desc limit 1`,
    [accountKey, thread, thread, personKey],
  );
}

/** The one that this account's client calls so; also by the GUID, which it is called at first. */
export async function conversationIn(
  db: Queryable,
  accountKey: string,
  thread: string,
): Promise<Guid | null> {
  const row = await firstRow<{ guid: Guid }>(
    db,
    `select conversation_guid as guid from conversation_people
     where person_id = ? and (thread = ? or conversation_guid = ?)
     order by touched_at desc limit 1`,
    [accountKey, thread, thread],
  );
  return row?.guid ?? null;
}

export async function touchConversation(
  db: Queryable,
  guid: Guid,
  accountKey: string,
  thread: string | null,
): Promise<void> {
  await run(
    db,
    `update conversation_people set touched_at = clock_timestamp(), thread = coalesce(?, thread)
     where conversation_guid = ? and person_id = ?`,
    [thread, guid, accountKey],
  );
}
