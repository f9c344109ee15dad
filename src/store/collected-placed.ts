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

export interface PlacedBelow {
  /** Of the post. */
  readonly author: Jid;
  readonly older: readonly string[];
}

/** An item that was put into a node of comments, with what was there before it, the latest first. */
export async function placedBelow(
  db: Queryable,
  { service, node }: Pick<PlacedItem, "service" | "node">,
  itemId: string,
): Promise<PlacedBelow | null> {
  const row = await firstRow<PlacedBelow>(
    db,
    `select l.jid as author, array(
       select i.item_id from (
         select item_id, placed_at as at from placed_items
         where service = p.service and node = p.node and not attached
         union all
         select item_id, seen_at from comment_items
         where service = p.service and node = p.node and gone_at is null) as i
       where i.at < p.placed_at order by i.at desc limit ?) as older
     from placed_items p
     join comment_nodes n on n.service = p.service and n.node = p.node
     join people l on l.id = n.person_id
     where p.service = ? and p.node = ? and p.item_id = ? and not p.attached`,
    [MOST_OLDER, service, node, itemId],
  );
  return row ?? null;
}
