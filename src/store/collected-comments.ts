/** The comments nodes that the clients of local authors keep, and what was seen in them. */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { pushedSql } from "./collected-placed.ts";
import { firstRow, rows, run, secondsUntil, type Queryable } from "./database.ts";

export interface NodePlace {
  readonly service: Jid;
  readonly node: string;
}

export interface CommentNode extends NodePlace {
  readonly postGuid: Guid;
  readonly subscribed: boolean;
  /** Events have come, and no read has found more than they brought. */
  readonly delivers: boolean;
  readonly checks: number;
}

/** A node belongs to the post that named it first: a copy of the post names it too. */
export async function watchComments(
  db: Queryable,
  personKey: string,
  postGuid: Guid,
  place: NodePlace,
): Promise<void> {
  await run(
    db,
    `insert into comment_nodes (service, node, post_guid, person_id) values (?, ?, ?, ?)
     on conflict do nothing`,
    [place.service, place.node, postGuid, personKey],
  );
}

const NODE = `select n.service, n.node, n.post_guid as "postGuid", n.subscribed, n.checks,
  n.last_event_at is not null as delivers
  from comment_nodes n join people p on p.id = n.person_id and p.closed_at is null`;

export async function commentNode(db: Queryable, place: NodePlace): Promise<CommentNode | null> {
  const { service, node } = place;
  const row = await firstRow<CommentNode>(db, `${NODE} where n.service = ? and n.node = ?`, [
    service,
    node,
  ]);
  return row ?? null;
}

/** Not due again while they are looked at; what a crash leaves half done is due a minute later. */
export async function claimDueCommentNodes(
  db: Queryable,
  limit: number,
  busy: readonly Jid[] = [],
): Promise<CommentNode[]> {
  return await rows<CommentNode>(
    db,
    `with due as (
       select service, node from comment_nodes
       where next_check_at <= now() and service <> all(?::text[])
       order by next_check_at limit ? for update skip locked),
     claimed as (
       update comment_nodes c set next_check_at = now() + interval '1 minute'
       from due d where c.service = d.service and c.node = d.node returning c.service, c.node)
     ${NODE} where (n.service, n.node) in (select service, node from claimed)`,
    [[...busy], limit],
  );
}

/** Nothing of this service is to be looked at before. */
export async function putOffComments(db: Queryable, service: Jid, until: Date): Promise<void> {
  const seconds = secondsUntil(until);
  for (const [table, due] of [
    ["comment_nodes", "next_check_at"],
    ["comment_items", "look_at"],
  ] as const) {
    await run(
      db,
      `update ${table} set ${due} = now() + make_interval(secs => ?)
       where service = ? and ${due} < now() + make_interval(secs => ?)`,
      [seconds, service, seconds],
    );
  }
}

export async function commentNodeDue(
  db: Queryable,
  place: NodePlace,
  lost: boolean,
): Promise<void> {
  await run(
    db,
    `update comment_nodes set next_check_at = now(), subscribed = subscribed and not ?::boolean
     where service = ? and node = ?`,
    [lost, place.service, place.node],
  );
}

/** After a reconnect: within the next hour, or a thousand nodes would be read at once. */
export async function allCommentNodesDue(db: Queryable): Promise<void> {
  await run(
    db,
    `update comment_nodes set subscribed = false,
       next_check_at = least(next_check_at, now() + make_interval(secs => 5 + 3600 * random()))`,
  );
}

export interface CommentNodeCheck {
  readonly subscribed: boolean;
  readonly missed: boolean;
  readonly nextCheckAt: Date;
}

export async function commentNodeChecked(
  db: Queryable,
  place: NodePlace,
  check: CommentNodeCheck,
): Promise<void> {
  await run(
    db,
    `update comment_nodes set subscribed = ?,
       next_check_at = now() + make_interval(secs => ?),
       checks = case when ?::boolean then 0 else checks + 1 end,
       last_event_at = case when ?::boolean then null else last_event_at end
     where service = ? and node = ?`,
    [
      check.subscribed,
      secondsUntil(check.nextCheckAt),
      check.missed,
      check.missed,
      place.service,
      place.node,
    ],
  );
}

export async function commentNodeDelivered(db: Queryable, place: NodePlace): Promise<void> {
  await run(
    db,
    `update comment_nodes set last_event_at = now()
     where service = ? and node = ?
       and (last_event_at is null or last_event_at < now() - interval '1 hour')`,
    [place.service, place.node],
  );
}

export interface SeenComment {
  readonly publisher: Jid;
  readonly hash: string;
  readonly gone: boolean;
}

export async function seenComments(
  db: Queryable,
  place: NodePlace,
  ids: readonly string[],
): Promise<Map<string, SeenComment>> {
  const found = await rows<{
    item_id: string;
    publisher: Jid;
    content_hash: string;
    gone: boolean;
  }>(
    db,
    `select item_id, publisher, content_hash, gone_at is not null as gone from comment_items
     where service = ? and node = ? and item_id = any(?::text[])`,
    [place.service, place.node, [...ids]],
  );
  return new Map(
    found.map((row) => [
      row.item_id,
      { publisher: row.publisher, hash: row.content_hash, gone: row.gone },
    ]),
  );
}

/** Whoever was first under an item's name stays its publisher. */
export async function recordComment(
  db: Queryable,
  place: NodePlace,
  item: { readonly id: string; readonly publisher: Jid; readonly hash: string },
): Promise<void> {
  await run(
    db,
    `insert into comment_items (service, node, item_id, publisher, content_hash)
     values (?, ?, ?, ?, ?)
     on conflict (service, node, item_id) do update set content_hash = excluded.content_hash
       where comment_items.publisher = excluded.publisher`,
    [place.service, place.node, item.id, item.publisher, item.hash],
  );
}

/** These may be gone from the node; to be looked at, as src/store/collected-doubts.ts says. */
export async function doubtComments(
  db: Queryable,
  place: NodePlace,
  ids: readonly string[],
  lookAt: Date,
): Promise<void> {
  await run(
    db,
    `update comment_items set doubted_at = now(), look_at = now() + make_interval(secs => ?)
     where service = ? and node = ? and item_id = any(?::text[]) and gone_at is null
       and look_at is null`,
    [secondsUntil(lookAt), place.service, place.node, [...ids]],
  );
}

/**
 * Of the comments that are known, those that a read of the newest should have brought: something
 * older of the same publisher is there.
 * COMPAT(ejabberd): what it lets a node hold it counts for each publisher.
 */
export async function missingComments(
  db: Queryable,
  place: NodePlace,
  found: readonly string[],
): Promise<string[]> {
  const { service, node } = place;
  const missing = await rows<{ item_id: string }>(
    db,
    `select c.item_id from comment_items c
     join (
       select publisher, min(seen_at) as since from comment_items
       where service = ? and node = ? and item_id = any(?::text[])
       group by publisher) f on f.publisher = c.publisher and c.seen_at > f.since
     where c.service = ? and c.node = ? and c.gone_at is null and c.look_at is null
       and c.item_id <> all(?::text[])
     order by c.seen_at`,
    [service, node, [...found], service, node, [...found]],
  );
  return missing.map((row) => row.item_id);
}

export interface CommentDoubt extends NodePlace {
  readonly itemId: string;
  readonly publisher: Jid;
  readonly postGuid: Guid;
  /** Something has come, five seconds before the doubt at most, and may have pushed it out. */
  readonly pushed: boolean;
  /** What the same publisher said before it and should be there still, the latest first. */
  readonly older: readonly string[];
}

const MOST_OLDER = 5;

export async function claimCommentDoubts(
  db: Queryable,
  limit: number,
  busy: readonly Jid[] = [],
): Promise<CommentDoubt[]> {
  return await rows<CommentDoubt>(
    db,
    `with due as (
       select service, node, item_id from comment_items
       where look_at <= now() and service <> all(?::text[])
       order by look_at limit ? for update skip locked),
     claimed as (
       update comment_items i set look_at = now() + interval '1 minute'
       from due d where i.service = d.service and i.node = d.node and i.item_id = d.item_id
       returning i.*)
     select c.service, c.node, c.item_id as "itemId", c.publisher, n.post_guid as "postGuid",
       ${pushedSql("c.doubted_at")} as pushed,
       array(
         select o.item_id from comment_items o where o.service = c.service and o.node = c.node
           and o.publisher = c.publisher and o.gone_at is null and o.look_at is null
           and o.seen_at < c.seen_at
         order by o.seen_at desc limit ?) as older
     from claimed c join comment_nodes n on n.service = c.service and n.node = c.node`,
    [[...busy], limit, MOST_OLDER],
  );
}

export async function settleCommentDoubt(
  db: Queryable,
  place: NodePlace,
  itemId: string,
  isGone: boolean,
): Promise<void> {
  await run(
    db,
    `update comment_items set look_at = null, doubted_at = null,
       gone_at = case when ?::boolean then now() end
     where service = ? and node = ? and item_id = ?`,
    [isGone, place.service, place.node, itemId],
  );
}
