/**
 * What must go out: one row per activity and destination, deleted when it is done. For everybody
 * on the XMPP side who reads a person's stream it is one row too (readers.ts). The compact ledger
 * keeps who got what, for pods and persons; who reads a stream can be seen in the subscriptions.
 */
import { randomBytes } from "node:crypto";
import {
  SILENT,
  type DeliveryForm,
  type DestinationKind,
  type PendingDelivery,
  type Signal,
} from "../activitystreams/delivery.ts";
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import { run, secondsUntil, type Queryable } from "./database.ts";
import { NOTIFY_SQL, once, WAKE_SQL } from "./destinations.ts";

/** Columns that are absent are null, the form is `event`. */
export interface NewDelivery {
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

/** Somebody waits to hear what became of it: it is given up by whoever drains. */
const IS_WAITED_FOR = "(verb in ('follow', 'unfollow') or type in ('message', 'conversation'))";

/**
 * One statement, also for the deliveries of several activities: each further one is a way to the
 * database and back for somebody who waits. For a pod that has been silent for long nothing is
 * put: the ledger says why it did not get it.
 */
const PUT_SQL = `with woken as (${WAKE_SQL}),
   news as (
     select * from jsonb_to_recordset(?::jsonb) as n (place integer, activity_id bigint,
       root_guid text, form text, sealer_id bigint, signal jsonb, signal_from text, node text,
       thread_guid text, only_guids text[], except_id bigint)),
   put as (
     insert into deliveries (destination_id, activity_id, edition, root_guid, form, sealer_id,
       signal, signal_from, node, thread_guid, only_guids, except_id)
     select woken.id, n.activity_id, (select changed from activities where id = n.activity_id),
       n.root_guid, n.form, n.sealer_id, n.signal, n.signal_from, n.node, n.thread_guid,
       n.only_guids, n.except_id
     from unnest(?::text[], ?::integer[]) as t (address, place)
     join woken using (address) join news n using (place)
     where not silent or (select ${IS_WAITED_FOR} from activities where id = n.activity_id)
     order by n.place
     on conflict (destination_id, activity_id, form, edition)
       where activity_id is not null and only_guids is null do nothing),
   passed_over as (
     insert into ledger (activity_id, destination_id, outcome, detail)
     select a.id, woken.id, 'refused', '${SILENT}'
     from unnest(?::text[], ?::integer[]) as t (address, place)
     join woken using (address) join news using (place) join activities a on a.id = activity_id
     where silent and not ${IS_WAITED_FOR} on conflict do nothing)
   select ${NOTIFY_SQL} from (select 1 from woken limit 1) as any_woken`;

/** Part of the transaction that stores what they are about. In the order in which they are given. */
export async function putDeliveries(
  db: Queryable,
  kind: DestinationKind,
  news: readonly NewDelivery[],
): Promise<void> {
  const targets = news.flatMap(({ addresses }, place) =>
    once(addresses).map((address) => ({ address, place })),
  );
  if (targets.length === 0) return;
  const addresses = targets.map(({ address }) => address);
  await run(db, PUT_SQL, [
    kind,
    once(addresses),
    JSON.stringify(news.map(columnsOf)),
    addresses,
    targets.map(({ place }) => place),
    addresses,
    targets.map(({ place }) => place),
    kind,
  ]);
}

function columnsOf(delivery: NewDelivery, place: number): Readonly<Record<string, unknown>> {
  return {
    place,
    activity_id: delivery.activityId,
    root_guid: delivery.rootGuid,
    form: delivery.form ?? "event",
    sealer_id: delivery.sealerKey,
    signal: delivery.signal,
    signal_from: delivery.signalFrom,
    node: delivery.node,
    thread_guid: delivery.threadGuid,
    only_guids: delivery.only,
    except_id: delivery.exceptKey,
  };
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
  const { kind, ...delivery } = to;
  await putDeliveries(db, kind, [{ ...delivery, activityId, rootGuid }]);
}

export async function enqueueSignal(
  db: Queryable,
  jid: Jid,
  from: DiasporaId | null,
  signal: Signal,
  // Alone: nothing waits for it, and it for nothing.
  rootGuid = `signal:${randomBytes(16).toString("hex")}`,
): Promise<void> {
  await putDeliveries(db, "jid", [{ addresses: [jid], rootGuid, signal, signalFrom: from }]);
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
  await putForReaders(db, [news]);
}

export async function putForReaders(db: Queryable, news: readonly NewsForReaders[]): Promise<void> {
  await putDeliveries(
    db,
    "stream",
    news.map(({ personKey, ...delivery }) => ({ addresses: [personKey], ...delivery })),
  );
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
  await putDeliveries(db, "stream", [{ addresses: [authorKey], threadGuid, only, ...delivery }]);
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
  readonly delivered: readonly Pick<PendingDelivery, "id">[];
  readonly refused: readonly Pick<PendingDelivery, "id">[];
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
