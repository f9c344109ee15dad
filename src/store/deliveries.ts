/**
 * What must go out: one row per activity and destination, deleted when it is done. The
 * compact ledger keeps who got what, for pods and persons; who reads a JID's stream can
 * see it in the subscriptions.
 */
import type { DestinationKind, PendingDelivery } from "../activitystreams/delivery.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { rows, run, type Database, type Queryable } from "./database.ts";
import { NOTIFY_SQL, once, WAKE_SQL, wakeSql } from "./destinations.ts";
import { activityOf, type ActivityRow } from "./activities.ts";
import { authorOf, type AuthorRow } from "./people.ts";

export interface NewDelivery {
  readonly kind: DestinationKind;
  readonly addresses: readonly string[];
  readonly rootGuid: string;
  readonly content: { readonly activityId: string } | { readonly notice: string };
}

/** Part of the transaction that stores what it is about. */
export async function enqueueDeliveries(db: Queryable, delivery: NewDelivery): Promise<void> {
  if (delivery.addresses.length === 0) return;
  const activityId = "activityId" in delivery.content ? delivery.content.activityId : null;
  const notice = "notice" in delivery.content ? delivery.content.notice : null;
  await run(db, PUT_SQL(WAKE_SQL), [
    delivery.kind,
    once(delivery.addresses),
    activityId,
    notice,
    delivery.rootGuid,
    delivery.kind,
  ]);
}

/** One statement: each further one is a way to the database and back for somebody who waits. */
const PUT_SQL = (wake: string): string =>
  `with woken as (${wake}),
   put as (
     insert into deliveries (destination_id, activity_id, notice, root_guid)
     select id, ?::bigint, ?, ? from woken
     on conflict (destination_id, activity_id) where activity_id is not null do nothing)
   select ${NOTIFY_SQL} from (select 1 from woken limit 1) as any_woken`;

export interface NewsForReaders {
  readonly activityId: string;
  readonly rootGuid: string;
  readonly personKey: string;
  readonly node: string;
  /** Of these people only: the readers of a limited post. */
  readonly only: readonly Guid[] | null;
}

/** To every JID that is subscribed to this node of this person. */
export async function enqueueForReaders(db: Queryable, news: NewsForReaders): Promise<void> {
  const limited =
    news.only === null
      ? ""
      : "and jid in (select jid from people where guid = any(?::text[]) and closed_at is null)";
  const readers = `select jid as address from subscriptions where person_id = ? and node = ? ${limited}`;
  await run(db, PUT_SQL(wakeSql(readers)), [
    "jid",
    news.personKey,
    news.node,
    ...(news.only === null ? [] : [[...news.only]]),
    news.activityId,
    null,
    news.rootGuid,
    "jid",
  ]);
}

interface PendingRow extends ActivityRow, AuthorRow {
  readonly delivery_id: string;
  readonly destination_id: string;
  readonly attempts: number;
  readonly root_guid: string;
  readonly activity_id: string | null;
  readonly notice: string | null;
  readonly author_left: boolean | null;
}

/**
 * The next rows of these destinations in the order in which they were put there. A row waits
 * while an earlier one of the same root waits: a retract never overtakes its create.
 */
export async function pendingDeliveries(
  db: Database,
  destinationIds: readonly string[],
  limit: number,
): Promise<PendingDelivery[]> {
  const found = await rows<PendingRow>(
    db,
    `select d.id as delivery_id, d.destination_id, d.attempts, d.root_guid, d.activity_id, d.notice,
            a.guid, a.verb, a.audience, a.object, a.published,
            p.network, p.guid as author_guid, p.diaspora_id, p.jid, p.name, p.public_key,
            p.photo_url, pods.url as pod_url,
            p.closed_at is not null and a.verb in ('post', 'follow') as author_left
     from deliveries d
     left join activities a on a.id = d.activity_id
     left join people p on p.id = a.author_id
     left join pods on pods.id = p.pod_id
     where d.destination_id = any(?::bigint[]) and d.next_attempt <= now()
       and not exists (
         select 1 from deliveries e
         where e.destination_id = d.destination_id and e.root_guid = d.root_guid
           and e.id < d.id and e.next_attempt > now())
     order by d.id limit ?`,
    [[...destinationIds], limit],
  );
  // Deleted while it waited: there is nothing left to bring, and it must not hold the others.
  // Nor is it brought when its author has left: the key may be in memory still.
  const gone = found.filter(
    (row) => row.author_left === true || (row.activity_id !== null && row.object === null),
  );
  if (gone.length > 0) {
    const ids = gone.map((row) => row.delivery_id);
    await run(db, "delete from deliveries where id = any(?::bigint[])", [ids]);
  }
  return found.filter((row) => !gone.includes(row)).map(deliveryOf);
}

function deliveryOf(row: PendingRow): PendingDelivery {
  return {
    id: row.delivery_id,
    destinationId: row.destination_id,
    attempts: row.attempts,
    rootGuid: row.root_guid,
    content:
      row.activity_id === null
        ? { type: "notice", text: row.notice ?? "" }
        : {
            type: "activity",
            activityId: row.activity_id,
            activity: activityOf(row),
            author: authorOf(row),
          },
  };
}

export interface DeliveryOutcomes {
  readonly delivered: readonly PendingDelivery[];
  readonly refused: readonly PendingDelivery[];
}

/** Finished rows leave the hot table; `keepLedger` for pods and persons. */
export async function finishDeliveries(
  db: Queryable,
  outcomes: DeliveryOutcomes,
  keepLedger: boolean,
): Promise<void> {
  const all = [...outcomes.delivered, ...outcomes.refused];
  if (all.length === 0) return;
  const ids = all.map((delivery) => delivery.id);
  if (!keepLedger) {
    await run(db, "delete from deliveries where id = any(?::bigint[])", [ids]);
    return;
  }
  const refused = outcomes.refused.map((delivery) => delivery.id);
  await run(
    db,
    `with gone as (
       delete from deliveries where id = any(?::bigint[])
       returning id, activity_id, destination_id)
     insert into ledger (activity_id, destination_id, outcome)
     select activity_id, destination_id,
            case when id = any(?::bigint[]) then 'refused' else 'delivered' end
     from gone where activity_id is not null
     on conflict (activity_id, destination_id) do update set
       outcome = excluded.outcome, at = excluded.at`,
    [ids, refused],
  );
}

/** Puts one message off without holding the others of its destination. */
export async function retryDelivery(
  db: Queryable,
  delivery: PendingDelivery,
  next: Date,
  error: string,
): Promise<void> {
  await run(
    db,
    `update deliveries set attempts = attempts + 1, next_attempt = ?, last_error = ?
     where id = ?`,
    [next, error.slice(0, 500), delivery.id],
  );
}
