/** A post that has not come everywhere is tried again at once, by its author's word. */
import type { Guid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import { enqueueActivity } from "./deliveries.ts";
import { notifySql } from "./destinations.ts";
import { tellNews } from "./news.ts";

const KINDS = ["pod", "person"] as const;

/**
 * What was refused for good is put there anew, and what waits is due now. To how many places it
 * goes; null when this is no post of this person.
 */
export async function retryDeliveries(
  db: Queryable,
  accountKey: string,
  guid: Guid,
): Promise<number | null> {
  const post = await firstRow<{ id: string; root_guid: string }>(
    db,
    `select id, root_guid from activities
     where guid = ? and author_id = ? and type in ('note', 'share') and deleted_at is null`,
    [guid, accountKey],
  );
  if (post === undefined) return null;
  const refused = await rows<{ kind: (typeof KINDS)[number]; address: string }>(
    db,
    `select d.kind, d.address from ledger l join destinations d on d.id = l.destination_id
     where l.activity_id = ? and l.outcome = 'refused' and d.kind in ('pod', 'person')`,
    [post.id],
  );
  for (const kind of KINDS) {
    const addresses = refused.filter((one) => one.kind === kind).map((one) => one.address);
    await enqueueActivity(db, post.id, post.root_guid, { kind, addresses });
  }
  const due = await rows<{ id: string; pod: string }>(
    db,
    `with waiting as (
       update deliveries q set next_attempt = now() from destinations d
       where d.id = q.destination_id and q.activity_id = ? and d.kind in ('pod', 'person')
       returning q.destination_id, split_part(d.address, ' ', 1) as pod)
     select distinct destination_id as id, pod from waiting`,
    [post.id],
  );
  // One that backs off is tried this once; when that fails, its back-off is what it was.
  await run(
    db,
    `with woken as (
       update destinations set due_at = least(due_at, now()), wakes = wakes + 1,
         attempts = case when due_at > now() then greatest(attempts - 1, 0) else attempts end
       where id = any(?::bigint[]) returning kind)
     select ${notifySql("kind")} from (select distinct kind from woken) as kinds`,
    [due.map(({ id }) => id)],
  );
  // A worker that knows a pod as broken down tries it all the same.
  for (const podUrl of new Set(due.map(({ pod }) => pod)))
    await tellNews(db, { what: "returned", podUrl });
  return due.length;
}
