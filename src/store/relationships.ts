/** Who follows whom between the networks, and which JIDs read which stream. */
import type { Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";

export interface Relationship {
  /** The local person reads the remote one. */
  readonly following: boolean;
  /** The remote person reads the local one. */
  readonly sharing: boolean;
  /** The remote person wants nothing of the local one. */
  readonly blocking: boolean;
}

const NONE: Relationship = { following: false, sharing: false, blocking: false };

/**
 * Changes some flags of one pair under the row's lock and returns what it was before. The row is
 * made first, so that two first changes wait for each other instead of both seeing nothing.
 */
export async function changeRelationship(
  db: Queryable,
  localKey: string,
  remoteKey: string,
  change: Partial<Relationship>,
): Promise<Relationship> {
  await run(
    db,
    "insert into relationships (local_id, remote_id) values (?, ?) on conflict do nothing",
    [localKey, remoteKey],
  );
  const before = await firstRow<Relationship>(
    db,
    `select following, sharing, blocking from relationships
     where local_id = ? and remote_id = ? for update`,
    [localKey, remoteKey],
  );
  const after = { ...NONE, ...before, ...change };
  await run(
    db,
    `update relationships set following = ?, sharing = ?, blocking = ?, updated_at = now()
     where local_id = ? and remote_id = ?`,
    [after.following, after.sharing, after.blocking, localKey, remoteKey],
  );
  return before ?? NONE;
}

/** Pods of the author's contacts in either direction (diaspora-protocol: who gets a public post). */
export async function contactPods(db: Queryable, localKey: string): Promise<string[]> {
  const found = await rows<{ url: string }>(
    db,
    `select distinct pods.url from relationships r
     join people p on p.id = r.remote_id join pods on pods.id = p.pod_id
     where r.local_id = ? and (r.sharing or r.following) and not r.blocking
       and p.closed_at is null`,
    [localKey],
  );
  return found.map((row) => row.url);
}

export async function addSubscription(
  db: Queryable,
  personKey: string,
  node: string,
  jid: Jid,
): Promise<void> {
  await run(
    db,
    "insert into subscriptions (person_id, node, jid) values (?, ?, ?) on conflict do nothing",
    [personKey, node, jid],
  );
}

/** True when there was one. */
export async function removeSubscription(
  db: Queryable,
  personKey: string,
  node: string,
  jid: Jid,
): Promise<boolean> {
  const gone = await rows(
    db,
    "delete from subscriptions where person_id = ? and node = ? and jid = ? returning jid",
    [personKey, node, jid],
  );
  return gone.length > 0;
}

export async function isSubscribed(
  db: Queryable,
  personKey: string,
  node: string,
  jid: Jid,
): Promise<boolean> {
  const found = await firstRow(
    db,
    "select 1 as one from subscriptions where person_id = ? and node = ? and jid = ?",
    [personKey, node, jid],
  );
  return found !== undefined;
}
