/** How each person's node is collected, and which of its items were seen. */
import { firstRow, rows, run, secondsUntil, type Queryable } from "./database.ts";
import type { Jid } from "../activitystreams/ids.ts";

/** `before`: older than the person's opting in. `withheld`: not readable by a stranger then. */
export type ItemState = "before" | "withheld" | "published";

export interface SeenItem {
  readonly hash: string;
  readonly state: ItemState;
}

export interface ItemKey {
  readonly personKey: string;
  readonly node: string;
  readonly itemId: string;
}

/** Under the row's lock when it exists, so that two copies of one event are one after the other. */
export async function seenItem(db: Queryable, key: ItemKey): Promise<SeenItem | null> {
  const row = await firstRow<{ content_hash: string; state: ItemState }>(
    db,
    `select content_hash, state from items
     where person_id = ? and node = ? and item_id = ? for update`,
    [key.personKey, key.node, key.itemId],
  );
  return row === undefined ? null : { hash: row.content_hash, state: row.state };
}

/** True when it was never seen before; a second claim at the same moment waits for the first. */
export async function claimItem(
  db: Queryable,
  key: ItemKey,
  hash: string,
  state: ItemState,
): Promise<boolean> {
  const made = await rows(
    db,
    `insert into items (person_id, node, item_id, content_hash, state) values (?, ?, ?, ?, ?)
     on conflict do nothing returning item_id`,
    [key.personKey, key.node, key.itemId, hash, state],
  );
  return made.length > 0;
}

/**
 * Other words do not make it another item: it stays where it was among the others. A hash of
 * another form (hash-form.ts) is no sign of an edit.
 */
export async function recordItem(
  db: Queryable,
  key: ItemKey,
  hash: string,
  state: ItemState,
): Promise<void> {
  await run(
    db,
    `insert into items (person_id, node, item_id, content_hash, state) values (?, ?, ?, ?, ?)
     on conflict (person_id, node, item_id) do update set
       content_hash = excluded.content_hash, state = excluded.state,
       edited_at = case when split_part(items.content_hash, ':', 1)
         = split_part(excluded.content_hash, ':', 1) then now() else items.edited_at end,
       seen_at = case when items.gone_at is null then items.seen_at else now() end,
       doubt = null, doubted_at = null, look_at = null, shown_at = null, gone_at = null`,
    [key.personKey, key.node, key.itemId, hash, state],
  );
}

/** Of these items, those that were ever seen. */
export async function seenItems(
  db: Queryable,
  personKey: string,
  node: string,
  ids: readonly string[],
): Promise<Map<string, SeenItem>> {
  const found = await rows<{ item_id: string; content_hash: string; state: ItemState }>(
    db,
    `select item_id, content_hash, state from items
     where person_id = ? and node = ? and item_id = any(?::text[])`,
    [personKey, node, [...ids]],
  );
  return new Map(found.map((row) => [row.item_id, { hash: row.content_hash, state: row.state }]));
}

/** True for the first caller only: the author is told once. */
export async function claimPrivateNotice(db: Queryable, personKey: string): Promise<boolean> {
  const told = await rows(
    db,
    `update feeds set told_private = true where person_id = ? and not told_private
     returning person_id`,
    [personKey],
  );
  return told.length > 0;
}

/** By which way events of a node come: to the subscriber, or to the resource that sent caps. */
export type EventWay = "subscription" | "presence";

export interface FeedState {
  readonly personKey: string;
  readonly jid: Jid;
  readonly subscribed: boolean;
  readonly baseline: boolean;
  readonly since: Date;
  readonly checks: number;
  readonly delivers: boolean;
  readonly way: EventWay | null;
  readonly watching: boolean;
  readonly auditDue: boolean;
  /** Only a few items are known to be in the node. */
  readonly few: boolean;
}

const FEED = `select f.person_id as "personKey", p.jid, f.subscribed, f.baseline, f.since, f.checks,
  f.last_event_at is not null as delivers, f.way, f.watching,
  coalesce(f.audited_at < now() - interval '1 day', true) as "auditDue",
  not exists (select 1 from items i where i.person_id = f.person_id and i.gone_at is null
    offset 20) as few
  from feeds f join people p on p.id = f.person_id and p.closed_at is null
    and p.doubted_at is null`;

export async function feedOf(db: Queryable, jid: Jid): Promise<FeedState | null> {
  return (await firstRow<FeedState>(db, `${FEED} where p.jid = ?`, [jid])) ?? null;
}

/**
 * Takes feeds that are due. They are not due again while they are looked at; what a crash leaves
 * half done is due a minute later.
 */
export async function claimDueFeeds(db: Queryable, limit: number): Promise<FeedState[]> {
  return await rows<FeedState>(
    db,
    `with due as (
       select person_id from feeds where next_check_at <= now()
       order by next_check_at limit ? for update skip locked),
     claimed as (
       update feeds set next_check_at = now() + interval '1 minute'
       where person_id in (select person_id from due) returning person_id)
     ${FEED} where f.person_id in (select person_id from claimed)`,
    [limit],
  );
}

/** After a reconnect: everything may have been missed. */
export async function allFeedsDue(db: Queryable): Promise<void> {
  await run(db, "update feeds set next_check_at = now(), subscribed = false, watching = false");
}

/** `lost`: the subscription may be gone with the node or its access model. */
export async function feedDue(db: Queryable, personKey: string, lost = false): Promise<void> {
  await run(
    db,
    `update feeds set next_check_at = now(), subscribed = subscribed and not ?::boolean,
       audited_at = case when ?::boolean then null else audited_at end
     where person_id = ?`,
    [lost, lost, personKey],
  );
}

/** Its owner has just written: what follows on that may be found by reading only. */
export async function feedTouched(db: Queryable, personKey: string): Promise<void> {
  await run(db, "update feeds set next_check_at = now(), checks = 0 where person_id = ?", [
    personKey,
  ]);
}

export interface FeedCheck {
  /** The stream was up all the time. */
  readonly watched: boolean;
  readonly subscribed: boolean;
  /** The items that were there at opting in are recorded. */
  readonly baseline: boolean;
  /** Something was found of which an event should have come. */
  readonly missed: boolean;
  /** All of the newest items were compared with what is known. */
  readonly audited: boolean;
  readonly nextCheckAt: Date;
}

export async function feedChecked(
  db: Queryable,
  personKey: string,
  check: FeedCheck,
): Promise<void> {
  const { missed } = check;
  await run(
    db,
    `update feeds set subscribed = ?, baseline = baseline or ?,
       next_check_at = now() + make_interval(secs => ?),
       watching = ?,
       checks = case when ?::boolean then 0 else checks + 1 end,
       last_event_at = case when ?::boolean then null else last_event_at end,
       way = case when ?::boolean then null else way end,
       audited_at = case when ?::boolean then now() else audited_at end
     where person_id = ?`,
    [
      check.subscribed,
      check.baseline,
      secondsUntil(check.nextCheckAt),
      check.watched,
      missed,
      missed,
      missed,
      check.audited,
      personKey,
    ],
  );
}

/** Events do arrive: the slow checks are enough from now on. True when this way is news. */
export async function feedDelivered(
  db: Queryable,
  personKey: string,
  way: EventWay,
): Promise<boolean> {
  const told = await rows<{ news: boolean }>(
    db,
    `with before as (select person_id, way from feeds where person_id = ? for update)
     update feeds set last_event_at = now(), way = ?
     from before where feeds.person_id = before.person_id
     returning before.way is distinct from ? as news`,
    [personKey, way, way],
  );
  return told[0]?.news ?? false;
}

/** What the canary found. True when the node has just been closed: its owner is told so once. */
export async function feedReadable(
  db: Queryable,
  personKey: string,
  readable: boolean,
): Promise<boolean> {
  const closed = await rows<{ closed: boolean }>(
    db,
    `with before as (
       select person_id, coalesce(readable, false) as readable from feeds
       where person_id = ? and readable is distinct from ?::boolean for update)
     update feeds set readable = ?, told_private = told_private or (before.readable and not ?)
     from before where feeds.person_id = before.person_id
     returning before.readable and not ? as closed`,
    [personKey, readable, readable, readable, readable],
  );
  return closed[0]?.closed ?? false;
}
