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
