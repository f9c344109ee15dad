/**
 * How the account of somebody here ends. Leaving hides the person at once and can be undone for
 * a while; the end cannot: from then on the row only keeps name, GUID and JID from whoever comes
 * after, and, once the last pod was told, it keeps them as digests.
 */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import {
  authorOf,
  FROM_PEOPLE,
  type Leave,
  PERSON_COLUMNS,
  type PersonRow,
  type StoredLocal,
} from "./people.ts";

/** From now on only the operator can undo it; with another end where one is named. */
export async function holdLeaver(
  db: Queryable,
  { key }: { readonly key: string },
  endsAt?: Date,
): Promise<void> {
  await run(db, "update people set returns = false, ends_at = coalesce(?, ends_at) where id = ?", [
    endsAt ?? null,
    key,
  ]);
}

/** What is known of a JID that was here before. */
export interface Leaver extends Leave {
  readonly key: string;
  readonly guid: Guid;
}

/** null for who is here, was never here, or whose account has ended. */
export async function leaverByJid(db: Queryable, jid: Jid): Promise<Leaver | null> {
  const row = await firstRow<{
    id: string;
    guid: Guid;
    ends_at: Date | null;
    returns: boolean;
  }>(
    db,
    `select id, guid, ends_at, returns from people
     where jid = ? and network = 'xmpp' and closed_at is not null and ended_at is null`,
    [jid],
  );
  if (row === undefined) return null;
  return { key: row.id, guid: row.guid, endsAt: row.ends_at, returns: row.returns };
}

/** They let us see their presence. */
export async function letIn(db: Queryable, jid: Jid): Promise<void> {
  await run(db, "update people set let_in = true where jid = ? and not let_in", [jid]);
}

/**
 * The server took that back: of who never let us in it means nothing. It is what is seen of an
 * XMPP account that was deleted, and the only thing (measured on ejabberd and Prosody, which
 * answer for accounts that never were as for those that are).
 */
export async function doubtAccount(db: Queryable, jid: Jid): Promise<void> {
  await run(
    db,
    `update people set let_in = false, doubted_at = now()
     where jid = ? and closed_at is null and let_in`,
    [jid],
  );
}

export async function isDoubted(db: Queryable, jid: Jid): Promise<boolean> {
  const row = await firstRow(
    db,
    `select 1 as one from people
     where jid = ? and closed_at is null and doubted_at is not null`,
    [jid],
  );
  return row !== undefined;
}

/** Those that were doubted before then. */
export async function doubtedAccounts(db: Queryable, before: Date, limit: number): Promise<Jid[]> {
  const found = await rows<{ jid: Jid }>(
    db,
    `select jid from people where doubted_at <= ? and closed_at is null
     order by doubted_at limit ?`,
    [before, limit],
  );
  return found.map(({ jid }) => jid);
}

export async function trustAccount(db: Queryable, jid: Jid): Promise<void> {
  await run(db, "update people set doubted_at = null where jid = ?", [jid]);
  // Meanwhile nothing was collected.
  await run(
    db,
    `update feeds set next_check_at = now(), subscribed = false, watching = false
     where person_id = (select id from people where jid = ?)`,
    [jid],
  );
}

/** The newest items of a person's node that are there as far as is known. */
export async function newestItems(
  db: Queryable,
  personKey: string,
  node: string,
  limit: number,
): Promise<string[]> {
  const found = await rows<{ item_id: string }>(
    db,
    `select item_id from items where person_id = ? and node = ? and gone_at is null
     order by seen_at desc limit ?`,
    [personKey, node, limit],
  );
  return found.map((row) => row.item_id);
}

/** Pods that were ever sent something of this person, or are to be, and those of the contacts. */
export async function everyPod(db: Queryable, personKey: string): Promise<string[]> {
  const found = await rows<{ url: string }>(
    db,
    `with said as (select id from activities where author_id = ?),
     sent as (
       select d.kind, d.address from ledger l join said on said.id = l.activity_id
       join destinations d on d.id = l.destination_id
       union
       select d.kind, d.address from deliveries q join said on said.id = q.activity_id
       join destinations d on d.id = q.destination_id)
     select case kind when 'pod' then address else split_part(address, ' ', 1) end as url
     from sent where kind in ('pod', 'person')
     union
     select pods.url from relationships r
     join people p on p.id = r.remote_id and p.closed_at is null
     join pods on pods.id = p.pod_id where r.local_id = ?
     order by url`,
    [personKey, personKey],
  );
  return found.map((row) => row.url);
}

/** Whose names are to be forgotten: every pod was told, or will not be any more. */
export async function takeTold(db: Queryable, givenUpBefore: Date): Promise<EndedRow | null> {
  const row = await firstRow<EndedRow>(
    db,
    `select p.id as key, p.diaspora_id as "diasporaId" from people p
     where p.ended_at is not null and p.private_key is not null
       and (p.ended_at < ? or not exists (
         select 1 from deliveries q join activities a on a.id = q.activity_id
         where a.author_id = p.id))
     order by p.ended_at limit 1 for update of p skip locked`,
    [givenUpBefore],
  );
  return row ?? null;
}

export interface EndedRow {
  readonly key: string;
  readonly diasporaId: string;
}

/** What stands where a name stood: nobody's JID or diaspora* ID looks so. */
export function departed(by: string): string {
  return `departed:${by}`;
}

/** The key and the last names go. */
export async function wipeAccount(
  db: Queryable,
  personKey: string,
  digestOfId: string,
): Promise<void> {
  await run(
    db,
    `delete from deliveries q using activities a where a.id = q.activity_id and a.author_id = ?`,
    [personKey],
  );
  await run(
    db,
    `update activities set object = null, relay = null, deleted_at = coalesce(deleted_at, now())
     where author_id = ? and object is not null`,
    [personKey],
  );
  await run(
    db,
    `update people set private_key = null, public_key = '', name = '', diaspora_id = ?
     where id = ?`,
    [departed(digestOfId), personKey],
  );
}

/** Whose time to undo it is over. Part of a transaction: taken and not ended, it is due again. */
export async function takeEnding(db: Queryable, now: Date): Promise<StoredLocal | null> {
  const row = await firstRow<PersonRow>(
    db,
    `select ${PERSON_COLUMNS} ${FROM_PEOPLE}
     where p.ends_at <= ? and p.closed_at is not null and p.ended_at is null
     order by p.ends_at limit 1 for update of p skip locked`,
    [now],
  );
  if (row === undefined) return null;
  const person = authorOf(row);
  return "jid" in person ? { ...person, key: row.id } : null;
}
