/** What was put into other people's nodes, and how: its end takes back just that (XEP-0470). */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { firstRow, run, type Queryable } from "./database.ts";

export interface PlacedItem {
  readonly service: string;
  readonly node: string;
  readonly itemId: string;
  /** By whom, on the XMPP side. */
  readonly publisher: Jid;
  /** Attached to the post; else an item among its comments. */
  readonly attached: boolean;
}

export async function rememberPlaced(db: Queryable, guid: Guid, item: PlacedItem): Promise<void> {
  await run(
    db,
    `insert into placed_items (guid, service, node, item_id, publisher, attached)
     values (?, ?, ?, ?, ?, ?)
     on conflict (guid) do update set service = excluded.service, node = excluded.node,
       item_id = excluded.item_id, publisher = excluded.publisher, attached = excluded.attached,
       placed_at = now()`,
    [guid, item.service, item.node, item.itemId, item.publisher, item.attached],
  );
}

export async function placedItem(db: Queryable, guid: Guid): Promise<PlacedItem | null> {
  const row = await firstRow<PlacedItem>(
    db,
    `select service, node, item_id as "itemId", publisher, attached
     from placed_items where guid = ?`,
    [guid],
  );
  return row ?? null;
}

export async function forgetPlaced(db: Queryable, guid: Guid): Promise<void> {
  await run(db, "delete from placed_items where guid = ?", [guid]);
}

const MOST_OLDER = 5;

/**
 * Whether anything has come to the comments node of item `c` that may have pushed it out: by
 * others, or by us.
 */
export function pushedSql(doubtedAt: string): string {
  const since = `${doubtedAt} - interval '5 seconds'`;
  return `(exists (
      select 1 from comment_items o where o.service = c.service and o.node = c.node
        and o.item_id <> c.item_id and o.seen_at > ${since})
    or exists (
      select 1 from placed_items o where o.service = c.service and o.node = c.node
        and o.item_id <> c.item_id and not o.attached and o.placed_at > ${since}))`;
}

export interface PlacedBelow {
  /** Of the post. */
  readonly author: Jid;
  /** Something has come within the last five seconds, and may have pushed it out. */
  readonly pushed: boolean;
  /** Of the same publisher, the latest first. */
  readonly older: readonly string[];
}

/** An item that was put into a node of comments, with what was there before it. */
export async function placedBelow(
  db: Queryable,
  { service, node }: Pick<PlacedItem, "service" | "node">,
  itemId: string,
): Promise<PlacedBelow | null> {
  const row = await firstRow<PlacedBelow>(
    db,
    `select l.jid as author, ${pushedSql("now()")} as pushed,
       array(
         select o.item_id from placed_items o where o.service = c.service and o.node = c.node
           and o.publisher = c.publisher and not o.attached and o.placed_at < c.placed_at
         order by o.placed_at desc limit ?) as older
     from placed_items c
     join comment_nodes n on n.service = c.service and n.node = c.node
     join people l on l.id = n.person_id
     where c.service = ? and c.node = ? and c.item_id = ? and not c.attached`,
    [MOST_OLDER, service, node, itemId],
  );
  return row ?? null;
}
