/**
 * What must go out: one row per activity and destination, deleted when it is done. For everybody
 * on the XMPP side who reads a person's stream it is one row too (readers.ts). The compact ledger
 * keeps who got what, for pods and persons; who reads a stream can be seen in the subscriptions.
 */
import { randomBytes } from "node:crypto";
import type {
  DeliveryForm,
  DestinationKind,
  PendingDelivery,
  Signal,
} from "../activitystreams/delivery.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import { run, secondsUntil, type Queryable } from "./database.ts";
import { NOTIFY_SQL, once, WAKE_SQL } from "./destinations.ts";

/** Columns that are absent are null, the form is `event`. */
interface NewDelivery {
  readonly kind: DestinationKind;
  readonly addresses: readonly string[];
  readonly rootGuid: string;
  readonly activityId?: string;
  readonly form?: DeliveryForm;
  readonly sealerKey?: string;
  readonly signal?: Signal;
  readonly signalFrom?: DiasporaId | null;
  readonly node?: string;
  readonly threadGuid?: Guid;
  readonly only?: readonly Guid[] | null;
  readonly exceptKey?: string;
}

/** One statement: each further one is a way to the database and back for somebody who waits. */
const PUT_SQL = `with woken as (${WAKE_SQL}),
   put as (
     insert into deliveries (destination_id, activity_id, edition, root_guid, form, sealer_id,
       signal, signal_from, node, thread_guid, only_guids, except_id)
     select id, ?::bigint, (select changed from activities where id = ?::bigint), ?, ?, ?::bigint,
       ?::jsonb, ?, ?, ?, ?::text[], ?::bigint
     from woken
     on conflict (destination_id, activity_id, form, edition)
       where activity_id is not null and only_guids is null do nothing)
   select ${NOTIFY_SQL} from (select 1 from woken limit 1) as any_woken`;

/** Part of the transaction that stores what it is about. */
async function put(db: Queryable, delivery: NewDelivery): Promise<void> {
  if (delivery.addresses.length === 0) return;
  const { activityId = null, only = null } = delivery;
  await run(db, PUT_SQL, [
    delivery.kind,
    once(delivery.addresses),
    activityId,
    activityId,
    delivery.rootGuid,
    delivery.form ?? "event",
    delivery.sealerKey ?? null,
    delivery.signal === undefined ? null : JSON.stringify(delivery.signal),
    delivery.signalFrom ?? null,
    delivery.node ?? null,
    delivery.threadGuid ?? null,
    only === null ? null : [...only],
    delivery.exceptKey ?? null,
    delivery.kind,
  ]);
}

export interface Recipients {
  readonly kind: "pod" | "person" | "jid" | "node";
  readonly addresses: readonly string[];
  readonly form?: DeliveryForm;
  readonly sealerKey?: string;
}

export async function enqueueActivity(
  db: Queryable,
  activityId: string,
  rootGuid: string,
  to: Recipients,
): Promise<void> {
  await put(db, { ...to, activityId, rootGuid });
}

export async function enqueueSignal(
  db: Queryable,
  jid: Jid,
  from: DiasporaId | null,
  signal: Signal,
  // Alone: nothing waits for it, and it for nothing.
  rootGuid = `signal:${randomBytes(16).toString("hex")}`,
): Promise<void> {
  await put(db, { kind: "jid", addresses: [jid], rootGuid, signal, signalFrom: from });
}

export interface NewsForReaders {
  readonly activityId: string;
  readonly rootGuid: string;
  readonly personKey: string;
  readonly node: string;
  /** Of these people only: the readers of a limited post. */
  readonly only: readonly Guid[] | null;
}

/** To everybody who reads this node of this person when it goes out. */
export async function enqueueForReaders(db: Queryable, news: NewsForReaders): Promise<void> {
  const { personKey, ...delivery } = news;
  await put(db, { kind: "stream", addresses: [personKey], ...delivery });
}

export interface NewsBelow {
  readonly activityId: string;
  readonly rootGuid: string;
  readonly post: {
    readonly guid: Guid;
    readonly authorKey: string;
    readonly only: readonly Guid[] | null;
  };
  readonly exceptKey?: string;
}

/** To everybody who reads below this post when it goes out. */
export async function enqueueForThread(db: Queryable, news: NewsBelow): Promise<void> {
  const { post, ...delivery } = news;
  const { guid: threadGuid, authorKey, only } = post;
  await put(db, { kind: "stream", addresses: [authorKey], threadGuid, only, ...delivery });
}

/** Of one for a stream: its readers up to this JID have it. */
export async function deliveryProgress(
  db: Queryable,
  delivery: PendingDelivery,
  jid: Jid,
): Promise<void> {
  await run(db, "update deliveries set progress = ? where id = ?", [jid, delivery.id]);
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
    // Two rows for one destination, where it changed between them: what became of the later.
    `with gone as (
       delete from deliveries where id = any(?::bigint[])
       returning id, activity_id, destination_id, attempts, last_error),
     outcome as (
       select distinct on (activity_id, destination_id) *, id = any(?::bigint[]) as refused
       from gone where activity_id is not null
       order by activity_id, destination_id, id desc)
     insert into ledger (activity_id, destination_id, outcome, detail, failures)
     select o.activity_id, o.destination_id,
            case when o.refused then 'refused' else 'delivered' end,
            coalesce(o.last_error, case when o.refused then d.last_error end),
            o.attempts + o.refused::integer
     from outcome o join destinations d on d.id = o.destination_id
     on conflict (activity_id, destination_id) do update set outcome = excluded.outcome,
       detail = excluded.detail, failures = excluded.failures, at = excluded.at`,
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
    `update deliveries set attempts = attempts + 1,
       next_attempt = now() + make_interval(secs => ?), last_error = ?
     where id = ?`,
    [secondsUntil(next), error.slice(0, 500), delivery.id],
  );
}
