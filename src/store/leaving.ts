/**
 * How the account of somebody here ends. Leaving hides the person at once and can be undone for
 * a while; the end cannot: from then on the row only keeps name, GUID and JID from whoever comes
 * after, and, once the last pod was told, it keeps them as digests.
 */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import { wakeDestinations } from "./destinations.ts";
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
  /** They let us see their presence: had the XMPP account been deleted, it would be known. */
  readonly letIn: boolean;
}

/** null for who is here, was never here, or whose account has ended. */
export async function leaverByJid(db: Queryable, jid: Jid): Promise<Leaver | null> {
  const row = await firstRow<{
    id: string;
    guid: Guid;
    ends_at: Date | null;
    returns: boolean;
    let_in: boolean;
  }>(
    db,
    `select id, guid, ends_at, returns, let_in from people
     where jid = ? and network = 'xmpp' and closed_at is not null and ended_at is null`,
    [jid],
  );
  if (row === undefined) return null;
  const { id: key, guid, ends_at: endsAt, returns } = row;
  return { key, guid, endsAt, returns, letIn: row.let_in };
}

/** They let us see their presence. Who has left or is doubted may be somebody else by now. */
export async function letIn(db: Queryable, jid: Jid): Promise<void> {
  await run(
    db,
    `update people set let_in = true
     where jid = ? and not let_in and closed_at is null and doubted_at is null`,
    [jid],
  );
}

/**
 * The server took that back: of who never let us in it means nothing. It is what is seen of an
 * XMPP account that was deleted, and the only thing (measured on ejabberd and Prosody, which
 * answer for accounts that never were as for those that are). Who has left is not brought back
 * then but by the operator.
 */
export async function doubtAccount(db: Queryable, jid: Jid): Promise<void> {
  await run(
    db,
    `update people set let_in = false,
       returns = returns and closed_at is null,
       doubted_at = case when closed_at is null then now() else doubted_at end
     where jid = ? and let_in and ended_at is null`,
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

/** In the order in which it came: what waited for a doubt (pending.ts), and for other reasons. */
async function bringWhatWaited(db: Queryable, jid: Jid): Promise<void> {
  const waited = await rows(
    db,
    `update deliveries set next_attempt = now()
     where destination_id = (select id from destinations where kind = 'jid' and address = ?)
       and next_attempt > now() returning id`,
    [jid],
  );
  if (waited.length > 0) await wakeDestinations(db, "jid", [jid]);
}

/** Somebody who takes part, and of whom it is not sure that the XMPP account is theirs still. */
export interface Doubt {
  readonly jid: Jid;
  /** Doubted before the time that was asked for. */
  readonly due: boolean;
  /** It was seen once that it is somebody else: what is shown later proves nothing. */
  readonly held: boolean;
  /** Of how many this is one. */
  readonly total: number;
}

/** Any of them: those that nobody can settle do not stand before the others. */
export async function doubtedAccounts(
  db: Queryable,
  before: Date,
  limit: number,
): Promise<Doubt[]> {
  return await rows<Doubt>(
    db,
    `select jid, doubted_at <= ? as due, not returns as held, count(*) over ()::integer as total
     from people
     where doubted_at is not null and closed_at is null and standing is distinct from 'suspend'
     order by random() limit ?`,
    [before, limit],
  );
}

/** For the operator: those too whose account was closed for it. */
export interface Doubted {
  readonly jid: Jid;
  readonly doubtedAt: Date;
  readonly closedAt: Date | null;
  readonly endsAt: Date | null;
}

export async function everyDoubted(db: Queryable): Promise<Doubted[]> {
  return await rows<Doubted>(
    db,
    `select jid, doubted_at as "doubtedAt", closed_at as "closedAt", ends_at as "endsAt"
     from people where doubted_at is not null and ended_at is null order by doubted_at, jid`,
    [],
  );
}

/** A doubt is over. */
export async function trustAccount(db: Queryable, jid: Jid): Promise<void> {
  await run(db, "update people set doubted_at = null where jid = ?", [jid]);
  await bringWhatWaited(db, jid);
  // Meanwhile nothing was collected.
  await run(
    db,
    `update feeds set next_check_at = now(), subscribed = false, watching = false
     where person_id = (select id from people where jid = ?)`,
    [jid],
  );
}

/** The newest items of a person's node that are there as far as is known: the hash of each. */
export async function newestItems(
  db: Queryable,
  personKey: string,
  node: string,
  limit: number,
): Promise<Map<string, string>> {
  const found = await rows<{ item_id: string; content_hash: string }>(
    db,
    `select item_id, content_hash from items
     where person_id = ? and node = ? and gone_at is null
     order by seen_at desc limit ?`,
    [personKey, node, limit],
  );
  return new Map(found.map((row) => [row.item_id, row.content_hash]));
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
