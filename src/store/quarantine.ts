/**
 * What strangers send for the first time: taken out of the inbox as it came, and put back when
 * somebody has said yes. Only so much of it is kept, and only so long.
 */
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import { hostOf } from "../activitystreams/ids.ts";
import { firstRow, inTransaction, rows, run, type Database, type Queryable } from "./database.ts";
import { wakeDestinations } from "./destinations.ts";
import { finishInbox } from "./inbox.ts";

export type StrangersWhat = "follow" | "message";

export interface Stranger {
  readonly sender: DiasporaId;
  /** Somebody here, to whom it is said. */
  readonly personKey: string;
}

/**
 * `people`: the person has never had to do with the sender. `pods`: and nobody here with anybody
 * of the sender's pod. Who is blocked or suspended waits for nobody's yes: that was said already.
 */
export async function isStranger(
  db: Queryable,
  { sender, personKey }: Stranger,
  among: "pods" | "people",
): Promise<boolean> {
  const row = await firstRow<{ known: boolean }>(
    db,
    `select exists (select 1 from accepted_senders where person_id = ?::bigint and sender = ?)
       or exists (select 1 from people s join relationships r
         on r.remote_id = s.id and r.local_id = ?::bigint
         where s.diaspora_id = ? and (r.following or r.sharing or r.blocked))
       or exists (select 1 from people where diaspora_id = ? and standing = 'suspend')
       or exists (select 1 from people s
         join conversation_people theirs on theirs.person_id = s.id
         join conversation_people own on own.conversation_guid = theirs.conversation_guid
         where s.diaspora_id = ? and own.person_id = ?::bigint)
       or ?::boolean and exists (select 1 from people s join people p on p.pod_id = s.pod_id
         join relationships r on r.remote_id = p.id
         where s.diaspora_id = ? and (r.following or r.sharing)) as known`,
    [personKey, sender, personKey, sender, sender, sender, personKey, among === "pods", sender],
  );
  return row?.known !== true;
}

/** Of one sender for one person; of one pod; in all. */
const MOST = { perSender: 10, perHost: 100, total: 10_000 };

/**
 * Part of a transaction. `first`: the person has not heard of this sender. `full`: it is dropped,
 * as there is too much of this sender already. Where a pod, or everybody, has sent too much, it
 * takes the place of what whoever has sent most sent first: nobody keeps others out.
 */
export async function keepStrange(
  tx: Queryable,
  inboxId: string,
  { sender, personKey }: Stranger,
  what: StrangersWhat,
): Promise<"first" | "more" | "full"> {
  await run(tx, "select pg_advisory_xact_lock(hashtext('quarantine'))");
  const host = hostOf(sender);
  const counts = await firstRow<Record<"sender" | "host" | "total", string>>(
    tx,
    `select (select count(*) from quarantine where person_id = ?::bigint and sender = ?) as sender,
            (select count(*) from quarantine where host = ?) as host,
            (select count(*) from quarantine) as total`,
    [personKey, sender, host],
  );
  const before = Number(counts?.sender ?? 0);
  const isFull = before >= MOST.perSender;
  if (!isFull) {
    if (Number(counts?.host ?? 0) >= MOST.perHost) await makeRoom(tx, host);
    else if (Number(counts?.total ?? 0) >= MOST.total) await makeRoom(tx, null);
    await run(
      tx,
      `insert into quarantine
         (person_id, sender, host, what, claimed_host, kind, recipient, body, received_at)
       select ?::bigint, ?, ?, ?, d.address, i.kind, i.recipient, i.body, i.received_at
       from inbox i join destinations d on d.id = i.destination_id where i.id = ?`,
      [personKey, sender, host, what, inboxId],
    );
  }
  await finishInbox(tx, inboxId);
  if (isFull) return "full";
  return before === 0 ? "first" : "more";
}

/** `host`: of this one; null: of the one of which most waits. */
async function makeRoom(tx: Queryable, host: string | null): Promise<void> {
  await run(
    tx,
    `delete from quarantine where id = (
       select min(id) from quarantine
       where host = coalesce(?, (
         select host from quarantine group by host order by count(*) desc, min(id) limit 1))
       group by sender order by count(*) desc, min(id) limit 1)`,
    [host],
  );
}

/** It was ended before anybody said yes to it. */
export async function dropFollow(db: Queryable, sender: DiasporaId, to: Guid): Promise<void> {
  await run(
    db,
    `delete from quarantine where sender = ? and what = 'follow'
       and person_id = (select id from people where guid = ?)`,
    [sender, to],
  );
}

export interface Waiting {
  readonly sender: DiasporaId;
  readonly to: Jid;
  readonly what: StrangersWhat;
  readonly count: number;
  readonly since: Date;
}

/** The oldest first. */
export async function waitingStrangers(
  db: Queryable,
  personKey: string | null,
  limit: number,
): Promise<Waiting[]> {
  return await rows<Waiting>(
    db,
    `select q.sender, p.jid as "to", q.what, count(*)::integer as count,
            min(q.received_at) as since
     from quarantine q join people p on p.id = q.person_id
     where p.closed_at is null and (?::bigint is null or q.person_id = ?::bigint)
     group by q.sender, p.jid, q.what order by min(q.received_at) limit ?`,
    [personKey, personKey, limit],
  );
}

/** Of one person, or of everybody to whom something of this sender waits. */
export interface Pair {
  readonly sender: DiasporaId;
  readonly personKey: string | null;
}

/** What waits goes into the inbox again, and what follows comes through. */
export async function acceptSender(db: Database, { sender, personKey }: Pair): Promise<number> {
  return await inTransaction(db, async (tx) => {
    await run(
      tx,
      `insert into accepted_senders (person_id, sender)
       select distinct person_id, sender from quarantine
       where sender = ? and (?::bigint is null or person_id = ?::bigint)
       union select id, ? from people where id = ?::bigint
       on conflict do nothing`,
      [sender, personKey, personKey, sender, personKey],
    );
    return await backToInbox(tx, "sender = ?", sender, personKey);
  });
}

/** Of everybody below these domains, whom the operator allows. */
export async function releaseHosts(db: Database, isAllowed: (host: string) => boolean) {
  const hosts = await rows<{ host: string }>(db, "select distinct host from quarantine");
  for (const { host } of hosts.filter((one) => isAllowed(one.host))) {
    await inTransaction(db, (tx) => backToInbox(tx, "host = ?", host, null));
  }
}

async function backToInbox(
  tx: Queryable,
  where: "sender = ?" | "host = ?",
  name: string,
  personKey: string | null,
): Promise<number> {
  const claimed = await rows<{ claimed_host: string }>(
    tx,
    `select distinct claimed_host from quarantine
     where ${where} and (?::bigint is null or person_id = ?::bigint)`,
    [name, personKey, personKey],
  );
  const ids = await wakeDestinations(
    tx,
    "inbox",
    claimed.map((row) => row.claimed_host),
  );
  const moved = await rows(
    tx,
    `with released as (
       delete from quarantine where ${where} and (?::bigint is null or person_id = ?::bigint)
       returning *)
     insert into inbox (destination_id, kind, recipient, body, received_at)
     select woken.id, q.kind, q.recipient, q.body, now()
     from released q join unnest(?::text[], ?::bigint[]) as woken (address, id)
       on woken.address = q.claimed_host
     order by q.id returning id`,
    [name, personKey, personKey, [...ids.keys()], [...ids.values()]],
  );
  return moved.length;
}

export async function rejectSender(db: Queryable, { sender, personKey }: Pair): Promise<number> {
  const gone = await rows(
    db,
    `delete from quarantine where sender = ? and (?::bigint is null or person_id = ?::bigint)
     returning id`,
    [sender, personKey, personKey],
  );
  return gone.length;
}

export async function forgetStrangers(db: Queryable, days: number): Promise<void> {
  await run(db, "delete from quarantine where received_at < now() - make_interval(days => ?)", [
    days,
  ]);
}
