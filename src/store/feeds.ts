/** How each person's node is collected, and which of its items were seen. */
import { firstRow, rows, run, type Queryable } from "./database.ts";
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
       content_hash = excluded.content_hash, state = excluded.state, seen_at = now()`,
    [key.personKey, key.node, key.itemId, hash, state],
  );
}

/** Of these items, those that were never seen. */
export async function unseenItems(
  db: Queryable,
  personKey: string,
  node: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const found = await rows<{ id: string }>(
    db,
    `select id from unnest(?::text[]) as id where not exists (
       select 1 from items where person_id = ? and node = ? and item_id = id)`,
    [[...ids], personKey, node],
  );
  return new Set(found.map((row) => row.id));
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

export interface FeedState {
  readonly personKey: string;
  readonly jid: Jid;
  readonly subscribed: boolean;
  readonly baseline: boolean;
  readonly since: Date;
  readonly checks: number;
  readonly delivers: boolean;
}

const FEED = `select f.person_id as "personKey", p.jid, f.subscribed, f.baseline, f.since, f.checks,
  f.last_event_at is not null as delivers
  from feeds f join people p on p.id = f.person_id and p.closed_at is null`;

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
  await run(db, "update feeds set next_check_at = now(), subscribed = false");
}

export async function feedDue(db: Queryable, personKey: string): Promise<void> {
  await run(db, "update feeds set next_check_at = now() where person_id = ?", [personKey]);
}

export interface FeedCheck {
  readonly subscribed: boolean;
  /** The items that were there at opting in are recorded. */
  readonly baseline: boolean;
  readonly nextCheckAt: Date;
}

export async function feedChecked(
  db: Queryable,
  personKey: string,
  check: FeedCheck,
): Promise<void> {
  await run(
    db,
    `update feeds set subscribed = ?, baseline = baseline or ?, checks = checks + 1,
       next_check_at = ? where person_id = ?`,
    [check.subscribed, check.baseline, check.nextCheckAt, personKey],
  );
}

/** Events do arrive: the slow checks are enough from now on. */
export async function feedDelivered(db: Queryable, personKey: string): Promise<void> {
  await run(
    db,
    `update feeds set last_event_at = now()
     where person_id = ? and (last_event_at is null or last_event_at < now() - interval '1 hour')`,
    [personKey],
  );
}
