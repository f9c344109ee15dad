/**
 * Items that may be gone from their node: an event said so, or a read did not find them. What
 * is only doubted is looked at a second time before anything is taken back from the federation.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, secondsUntil, type Queryable } from "./database.ts";
import type { ItemKey } from "./feeds.ts";

/** `retract`: an event said so. `missing`: a read did not find it. `purge`: all of them went. */
export type DoubtReason = "retract" | "missing" | "purge";

export interface Doubt {
  readonly personKey: string;
  readonly jid: Jid;
  readonly node: string;
  readonly itemId: string;
  readonly reason: DoubtReason;
}

/** What never went out is simply gone. */
const DOUBT_SQL = `
  update items set
    doubt = case when state = 'published' then ? end,
    doubted_at = now(),
    shown_at = coalesce(shown_at, (
      select f.looked_at from feeds f
      where f.person_id = items.person_id and items.seen_at >= f.looked_from)),
    look_at = case when state = 'published'
      then coalesce(now() + make_interval(secs => ?), 'infinity') end,
    gone_at = case when state = 'published' then gone_at else now() end
  where person_id = ? and node = ? and gone_at is null and coalesce(doubt, 'missing') = 'missing'`;

/** What the last look that found anything had reached: older ones may have been pushed out. */
const IS_COVERED = `seen_at >= coalesce(
  (select f.looked_from from feeds f where f.person_id = items.person_id), '-infinity')`;

/** Its author is still at it: what is gone so soon was a slip, not the work of a server. */
const IS_FRESH = "seen_at > now() - interval '10 minutes'";

/** A server that is full may push out by the time of the last edit, and list by that of the first. */
const IS_BEFORE =
  "o.seen_at < c.seen_at and greatest(o.seen_at, o.edited_at) < greatest(c.seen_at, c.edited_at)";
const NEWER_SQL = `select 1 from items o where o.person_id = c.person_id and o.node = c.node
  and o.item_id <> c.item_id and o.seen_at > c.shown_at`;

export interface MissingItem {
  readonly id: string;
  readonly fresh: boolean;
}

interface Place {
  readonly personKey: string;
  readonly node: string;
}

export async function doubtItems(
  db: Queryable,
  { personKey, node }: Place,
  ids: readonly string[],
  reason: DoubtReason,
  lookAt: Date,
): Promise<void> {
  const bindings = [reason, secondsUntil(lookAt), personKey, node, [...ids]];
  await run(db, `${DOUBT_SQL} and item_id = any(?::text[])`, bindings);
}

/** `said`: an event told that all of them went. `found`: a look has found nothing. */
export type Emptied = "said" | "found";

/** All that is known to be there. null: not to be looked at before its owner has been asked. */
export async function doubtAll(
  db: Queryable,
  { personKey, node }: Place,
  how: Emptied,
  lookAt: Date | null,
): Promise<void> {
  const wait = lookAt === null ? null : secondsUntil(lookAt);
  await run(db, how === "said" ? DOUBT_SQL : `${DOUBT_SQL} and ${IS_COVERED}`, [
    "purge",
    wait,
    personKey,
    node,
  ]);
}

/** The owner meant it, or it needs no asking. Returns how many posts will be taken back. */
export async function confirmPurge(db: Queryable, jid: Jid, lookAt: Date): Promise<number> {
  const confirmed = await rows(
    db,
    `update items set look_at = now() + make_interval(secs => ?) from people p
     where p.id = items.person_id and p.jid = ? and doubt = 'purge' and look_at = 'infinity'
     returning item_id`,
    [secondsUntil(lookAt), jid],
  );
  return confirmed.length;
}

/** Those to look at now, one after the other per person; a crash makes them due again. */
export async function claimDoubts(db: Queryable, limit: number): Promise<Doubt[]> {
  return await rows<Doubt>(
    db,
    `with due as (
       select person_id, node, item_id from items
       where doubt is not null and look_at <= now()
       order by look_at, seen_at limit ? for update skip locked),
     claimed as (
       update items i set look_at = now() + interval '1 minute'
       from due d, people p
       where i.person_id = d.person_id and i.node = d.node and i.item_id = d.item_id
         and p.id = i.person_id
       returning i.person_id, p.jid, i.node, i.item_id, i.doubt, i.seen_at)
     select c.person_id as "personKey", c.jid, c.node, c.item_id as "itemId", c.doubt as reason
     from claimed c order by c.seen_at`,
    [limit],
  );
}

export interface Surroundings {
  /** Something was published in the node, five seconds before at most, and may have pushed it out. */
  readonly pushed: boolean;
  /** It was new, and nothing has come since a look found it. */
  readonly untouched: boolean;
  /** What was there before it and should be there still, the latest first. */
  readonly older: readonly string[];
}

/**
 * A full node pushes out its oldest item: a look that found this one after the last publish, when
 * it was not doubted yet, has shown that it was not that. What came after the doubt counts too: a
 * server that was slow to answer tells of it late. A doubt that was settled meanwhile (it was claimed
 * again just before) takes nothing back by this.
 */
export async function surroundingsOf(db: Queryable, key: ItemKey): Promise<Surroundings> {
  const row = await firstRow<Surroundings>(
    db,
    `select
       c.doubted_at is null or exists (
         select 1 from items o where o.person_id = c.person_id and o.node = c.node and o.item_id <> c.item_id
           and o.seen_at >= c.doubted_at - interval '5 seconds'
           and o.seen_at > coalesce(c.shown_at, '-infinity')) as pushed,
       coalesce(c.seen_at > c.doubted_at - interval '10 minutes', false)
         and c.shown_at is not null and not exists (${NEWER_SQL}) as untouched,
       array(
         select o.item_id from items o where o.person_id = c.person_id and o.node = c.node
           and o.gone_at is null and o.doubt is null and ${IS_BEFORE}
         order by o.seen_at desc limit 5) as older
     from items c where c.person_id = ? and c.node = ? and c.item_id = ?`,
    [key.personKey, key.node, key.itemId],
  );
  return row ?? { pushed: true, untouched: false, older: [] };
}

export async function settleDoubt(db: Queryable, key: ItemKey, isGone: boolean): Promise<void> {
  await run(
    db,
    `update items set doubt = null, doubted_at = null, look_at = null, shown_at = null,
       gone_at = case when ?::boolean then now() end
     where person_id = ? and node = ? and item_id = ?`,
    [isGone, key.personKey, key.node, key.itemId],
  );
}

/**
 * Of the posts of the federation, those that a read of the newest items should have brought: they
 * are newer than one that it brought, or new and found by the last look, with nothing after it.
 * Others may have been pushed out.
 */
export async function missingItems(
  db: Queryable,
  feed: Place,
  found: readonly string[],
): Promise<MissingItem[]> {
  const { personKey, node } = feed;
  return await rows<MissingItem>(
    db,
    `with found as materialized (
       select seen_at, edited_at from items
       where person_id = ? and node = ? and item_id = any(?::text[]))
     select c.item_id as id, c.${IS_FRESH} as fresh from items c
     where c.person_id = ? and c.node = ? and c.state = 'published' and c.gone_at is null
       and c.doubt is null and c.item_id <> all(?::text[])
       and (c.seen_at > (select min(seen_at) from found)
           and exists (select 1 from found o where ${IS_BEFORE})
         or c.${IS_FRESH} and c.shown_at is not null and not exists (${NEWER_SQL}))
     order by c.seen_at`,
    [personKey, node, [...found], personKey, node, [...found]],
  );
}

export interface PresentItems {
  /** Of the federation, and taken to be in the node. */
  readonly posts: number;
  /** All of them. */
  readonly fresh: boolean;
  /** Those about which their owner has been asked. */
  readonly asked: number;
}

export async function presentItems(
  db: Queryable,
  feed: Place,
  how: Emptied,
): Promise<PresentItems> {
  const isPresent = how === "said" ? "doubt is null" : `doubt is null and ${IS_COVERED}`;
  const row = await firstRow<{ posts: string; fresh: boolean | null; asked: string }>(
    db,
    `select count(*) filter (where ${isPresent}) as posts,
       bool_and(${IS_FRESH}) filter (where ${isPresent}) as fresh,
       count(*) filter (where doubt = 'purge' and look_at = 'infinity') as asked
     from items
     where person_id = ? and node = ? and state = 'published' and gone_at is null`,
    [feed.personKey, feed.node],
  );
  const { posts = 0, fresh = null, asked = 0 } = row ?? {};
  return { posts: Number(posts), fresh: fresh === true, asked: Number(asked) };
}
