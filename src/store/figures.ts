/**
 * How much waits. Asked again and again while the daemon works, so each statement reads a bounded
 * number of rows by an index, however many there are.
 */
import type { DestinationKind } from "../activitystreams/delivery.ts";
import { GIVE_UP_DAYS } from "../activitystreams/delivery.ts";
import { firstRow, rows, type Queryable } from "./database.ts";

export interface DeliveryFigures {
  readonly kind: DestinationKind;
  /** Up to MOST. */
  readonly waiting: number;
  /** Seconds for which the first destination that answers has been due; 0: none is. */
  readonly oldest: number;
  /** Up to MOST, as the next. */
  readonly backingOff: number;
  readonly silent: number;
}

const KINDS: readonly DestinationKind[] = ["pod", "person", "jid", "stream", "node"];

const MOST = "10000";
/** Of those that are due, the first are looked at for one that answers. */
const FIRST = "1000";

/**
 * The inner limits keep PostgreSQL from reading more to join or to filter it; their orders, and
 * the words with 'infinity', lead it to an index that it need not read to its end
 * (destinations_due, destinations_away).
 */
const DELIVERIES_SQL = `
  with away as materialized (
    select kind, unreachable_since from destinations
    where unreachable_since is not null and kind in ('pod', 'person')
    order by split_part(address, ' ', 1) limit ${MOST})
  select k.kind, waiting.rows::integer as waiting, oldest.seconds as oldest,
         later.rows::integer as "backingOff",
         (select count(*) from away where away.kind = k.kind
            and unreachable_since < now() - interval '${String(GIVE_UP_DAYS)} days')::integer as silent
  from unnest(?::text[]) as k (kind)
  cross join lateral (
    select count(*) as rows from (
      select 1 from (
        select id from destinations t
        where t.kind = k.kind and t.due_at < 'infinity' order by t.due_at limit ${MOST}) as t
      cross join lateral (
        select 1 from deliveries d where d.destination_id = t.id limit ${MOST}) as d
      limit ${MOST}) as counted) as waiting
  cross join lateral (
    select coalesce(extract(epoch from now() - min(due_at)), 0)::float8 as seconds from (
      select due_at, attempts from destinations t
      where t.kind = k.kind and t.due_at < 'infinity' and t.due_at <= now()
      order by due_at limit ${FIRST}) as early
    where attempts = 0) as oldest
  cross join lateral (
    select count(*) as rows from (
      select attempts from destinations t
      where t.kind = k.kind and t.due_at > now() and t.due_at < 'infinity'
      order by t.due_at limit ${MOST}) as counted
    where attempts > 0) as later`;

export async function deliveryFigures(db: Queryable): Promise<DeliveryFigures[]> {
  return await rows<DeliveryFigures>(db, DELIVERIES_SQL, [[...KINDS]]);
}

export interface InboxFigures {
  /** Up to the limit of the inbox, and one more. */
  readonly waiting: number;
  /** Seconds since the first message that has not been tried yet arrived; 0: there is none. */
  readonly oldest: number;
}

export async function inboxFigures(db: Queryable, maxRows: number): Promise<InboxFigures> {
  const row = await firstRow<InboxFigures>(
    db,
    `select
       (select count(*) from (select 1 from inbox limit ?) as counted)::integer as waiting,
       (select coalesce(extract(epoch from now() - min(received_at)), 0) from (
          select received_at, attempts, next_attempt from inbox order by id limit ${MOST}) as early
        where attempts = 0 and next_attempt <= now())::float8 as oldest`,
    [maxRows + 1],
  );
  return row ?? { waiting: 0, oldest: 0 };
}

/** Whether nothing can be written: it is the standby of another, or was told only to read. */
export async function isReadOnly(db: Queryable): Promise<boolean> {
  const row = await firstRow<{ closed: boolean }>(
    db,
    `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as closed`,
  );
  return row?.closed === true;
}
