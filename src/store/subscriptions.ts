/** Which JIDs read which node of whom, and by which way. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  localFrom,
  PERSON_COLUMNS,
  type PersonRow,
  type StoredLocal,
} from "./people.ts";

const POSTS_NODE = "urn:xmpp:microblog:0";

/** A pubsub subscription, or one to the person's presence, which is all that chat clients can do. */
export type SubscribedBy = "pubsub" | "presence";

export async function addSubscription(
  db: Queryable,
  personKey: string,
  node: string,
  jid: Jid,
  by: SubscribedBy,
): Promise<void> {
  await run(
    db,
    `insert into subscriptions as s (person_id, node, jid, pubsub, presence)
     values (?, ?, ?, ?, ?)
     on conflict (person_id, node, jid) do update set
       pubsub = s.pubsub or excluded.pubsub, presence = s.presence or excluded.presence`,
    [personKey, node, jid, by === "pubsub", by === "presence"],
  );
}

/** `left`: it goes on by the other way. `none`: by this way there was none. */
export async function removeSubscription(
  db: Queryable,
  personKey: string,
  node: string,
  jid: Jid,
  by: SubscribedBy,
): Promise<"gone" | "left" | "none"> {
  const key = [personKey, node, jid];
  const row = await firstRow<{ pubsub: boolean; presence: boolean }>(
    db,
    `select pubsub, presence from subscriptions
     where person_id = ? and node = ? and jid = ? for update`,
    key,
  );
  if (row?.[by] !== true) return "none";
  if (row.pubsub && row.presence) {
    await run(
      db,
      `update subscriptions set pubsub = ?, presence = ?
       where person_id = ? and node = ? and jid = ?`,
      [by !== "pubsub", by !== "presence", ...key],
    );
    return "left";
  }
  await run(db, "delete from subscriptions where person_id = ? and node = ? and jid = ?", key);
  return "gone";
}

/** By pubsub. */
export async function isSubscribed(
  db: Queryable,
  personKey: string,
  node: string,
  jid: Jid,
): Promise<boolean> {
  const found = await firstRow(
    db,
    `select 1 as one from subscriptions
     where person_id = ? and node = ? and jid = ? and pubsub`,
    [personKey, node, jid],
  );
  return found !== undefined;
}

/** All that a JID has subscribed to by pubsub, of one person or of everybody. */
export async function subscriptionsOf(
  db: Queryable,
  jid: Jid,
  personKey: string | null,
): Promise<{ readonly person: DiasporaId; readonly node: string }[]> {
  return await rows(
    db,
    `select p.diaspora_id as person, s.node from subscriptions s
     join people p on p.id = s.person_id
     where s.jid = ? and s.pubsub and (?::bigint is null or s.person_id = ?::bigint)
     order by p.diaspora_id, s.node`,
    [jid, personKey, personKey],
  );
}

/** Who reads a node and has said that everybody may know it (XEP-0465). */
export async function listedSubscribers(
  db: Queryable,
  personKey: string,
  node: string,
  limit: number,
): Promise<Jid[]> {
  const found = await rows<{ jid: Jid }>(
    db,
    `select s.jid from subscriptions s
     join people p on p.jid = s.jid and p.closed_at is null
     join preferences w on w.person_id = p.id and w.listed
     where s.person_id = ? and s.node = ? order by s.jid limit ?`,
    [personKey, node, limit],
  );
  return found.map((row) => row.jid);
}

/** Of their posts, by presence. */
export async function isFollowedByPresence(
  db: Queryable,
  personKey: string,
  jid: Jid,
): Promise<boolean> {
  const found = await firstRow(
    db,
    `select 1 as one from subscriptions
     where person_id = ? and node = ? and jid = ? and presence`,
    [personKey, POSTS_NODE, jid],
  );
  return found !== undefined;
}

/** Those of these people, as far as they are of here, who do not read this node of somebody. */
export async function notReading(
  db: Queryable,
  personKey: string,
  node: string,
  ids: readonly DiasporaId[],
): Promise<StoredLocal[]> {
  const found = await rows<PersonRow>(
    db,
    `select ${PERSON_COLUMNS} ${FROM_PEOPLE}
     where p.diaspora_id = any(?::text[]) and p.network = 'xmpp' and not exists (
       select 1 from subscriptions s where s.person_id = ? and s.node = ? and s.jid = p.jid)
     order by p.id`,
    [[...ids], personKey, node],
  );
  return found.flatMap((row) => localFrom(row) ?? []);
}

/** Nobody is there any more. */
export async function dropReader(db: Queryable, jid: Jid): Promise<void> {
  await run(db, "delete from subscriptions where jid = ?", [jid]);
}
