/**
 * When something must go out. What must go out is in `deliveries` and `inbox`; here is one
 * row per pod, person's mailbox, JID, person's stream, foreign node or claimed host with the
 * time at which it is due, its back-off and its lease. New work never re-arms a destination
 * that is backing off, so a dead pod costs one row and one probe however much is posted.
 */
import type { Destination, DestinationKind, Release } from "../activitystreams/delivery.ts";
import { GIVE_UP_DAYS } from "../activitystreams/delivery.ts";
import { firstRow, rows, run, secondsUntil, type Queryable } from "./database.ts";

/** A worker's lease: it is renewed while the work lasts (leases.ts). */
export const LEASE_SECONDS = 90;

export const WAKE_CHANNEL = "diaspora_x_wake";

/** Nothing was heard of this pod for so long that it gets nothing more. */
const IS_SILENT = `(destinations.kind in ('pod', 'person') and coalesce(
  destinations.unreachable_since < now() - interval '${String(GIVE_UP_DAYS)} days', false))`;

/**
 * Marks destinations as due, making those that do not exist: `id, address`. Bindings: the kind,
 * the addresses, each once. They are taken in order, so that two transactions that wake the same
 * pods cannot wait for each other.
 */
export const WAKE_SQL = wakeSql("select unnest(?::text[]) as address");

/** The same for the addresses that a query gives. `silent`: see Destination. */
export function wakeSql(addresses: string): string {
  return `
  insert into destinations (kind, address, due_at)
  select ?, address, now() from (${addresses}) as chosen order by address
  on conflict (kind, address) do update set
    wakes = destinations.wakes + 1,
    due_at = case when destinations.attempts = 0
                  then least(destinations.due_at, now()) else destinations.due_at end
  returning id, address, ${IS_SILENT} as silent`;
}

/**
 * Tells the other processes. Its binding is the kind; the name behind it lets the listener pass
 * over what its own process has said, which wakes its workers itself.
 */
export const NOTIFY_SQL = notifySql("?");

/** The same for the kind that an expression gives. */
export function notifySql(kind: string): string {
  return `pg_notify('${WAKE_CHANNEL}', ${kind} || ' ' || current_setting('application_name'))`;
}

export function once(addresses: readonly string[]): string[] {
  return [...new Set(addresses)];
}

/** In the transaction that puts something there. Returns the ids by address. */
export async function wakeDestinations(
  db: Queryable,
  kind: DestinationKind,
  addresses: readonly string[],
): Promise<Map<string, string>> {
  if (addresses.length === 0) return new Map();
  const made = await rows<{ id: string; address: string }>(
    db,
    `with woken as (${WAKE_SQL}) select id, address, ${NOTIFY_SQL} from woken`,
    [kind, once(addresses), kind],
  );
  return new Map(made.map((row) => [row.address, row.id]));
}

/**
 * Leases need not survive a crash of the database, so their commits wait for no disk. The setting
 * is local to the statement's own transaction, and read at its commit.
 */
const NO_FSYNC = "set_config('synchronous_commit', 'off', true)";

/** Longer than any answer is waited for (query_timeout). */
const CLAIM_SECONDS = 15;

export interface ClaimOptions {
  /** What this worker knows to hold. */
  readonly working?: readonly string[];
  readonly leaseSeconds?: number;
  /** The way to the database broke, or it stood still: claims may have gone astray just now. */
  readonly broke?: boolean;
  /** None of these, and none that could not be reached: there is no room for the slow. */
  readonly without?: readonly string[] | null;
}

/**
 * Takes up to `limit` due destinations that nobody else holds. A claim whose answer was lost is
 * held by this worker without its knowing: what is not among `working` and was taken a while ago,
 * or before a break, is free.
 */
export async function claimDestinations(
  db: Queryable,
  kind: DestinationKind,
  worker: number,
  limit: number,
  options: ClaimOptions = {},
): Promise<Destination[]> {
  const { working = [], leaseSeconds = LEASE_SECONDS, broke = false, without = null } = options;
  const trusted = broke ? 0 : CLAIM_SECONDS;
  const slow = without === null ? null : [...without];
  return await rows<Destination>(
    db,
    `update destinations set
       lease_until = now() + make_interval(secs => ?), leased_by = ?
     from (select ${NO_FSYNC}) as unsynced
     where id in (
       select id from destinations
       where kind = ? and due_at < 'infinity' and due_at <= now() and id <> all(?::bigint[])
         and (lease_until is null or lease_until < now()
           or (leased_by = ? and lease_until < now() + make_interval(secs => ?)))
         and (?::bigint[] is null or attempts = 0 and id <> all(?::bigint[]))
       order by due_at limit ? for update skip locked)
     returning id, kind, address, attempts, wakes, ${IS_SILENT} as silent`,
    [
      ...[leaseSeconds, worker, kind, [...working], worker, leaseSeconds - trusted],
      ...[slow, slow, limit],
    ],
  );
}

/**
 * Returns those that this worker has still. One whose time was over is had still while nobody took
 * it. They are taken in order, as whoever wakes them does.
 */
export async function renewLeases(
  db: Queryable,
  worker: number,
  ids: readonly string[],
  leaseSeconds: number,
): Promise<ReadonlySet<string>> {
  const renewed = await rows<{ id: string }>(
    db,
    `update destinations set lease_until = now() + make_interval(secs => ?)
     from (select ${NO_FSYNC}) as unsynced, (
       select id from destinations where id = any(?::bigint[]) and leased_by = ?
       order by kind, address for update) as held
     where destinations.id = held.id returning held.id`,
    [leaseSeconds, [...ids], worker],
  );
  return new Set(renewed.map(({ id }) => id));
}

/**
 * An earlier delivery of the same root at this destination was put off: this one waits behind it.
 * What was put off was tried, and of those an index knows.
 */
export function heldBy(delivery: string): string {
  return `exists (select 1 from deliveries e where e.destination_id = ${delivery}.destination_id
    and e.root_guid = ${delivery}.root_guid and e.id < ${delivery}.id and e.attempts > 0
    and e.next_attempt > now())`;
}

const CAME_DUE = {
  inbox: `select 1 from inbox q where q.destination_id = destinations.id
    and q.next_attempt <= now()`,
  deliveries: `select 1 from deliveries q where q.destination_id = destinations.id
    and q.next_attempt <= now() and not ${heldBy("q")}`,
};

const RETURNED_SECONDS = 5;

/** Gives the lease back. */
export async function releaseDestination(
  db: Queryable,
  destination: Destination,
  worker: number,
  release: Release,
): Promise<void> {
  if (release.state === "untouched") {
    const { next } = release;
    await run(
      db,
      `update destinations set lease_until = null, leased_by = null,
         due_at = coalesce(now() + make_interval(secs => ?), due_at)
       where id = ? and leased_by = ?`,
      [next === undefined ? null : secondsUntil(next), destination.id, worker],
    );
    return;
  }
  if (release.state === "unreachable") {
    const next = secondsUntil(release.next);
    // Fewer failures than when it was claimed: it was reached meanwhile, and is tried again soon.
    await run(
      db,
      `update destinations set lease_until = null, leased_by = null, attempts = attempts + 1,
         due_at = now() + make_interval(secs => case when attempts < ? then ?::float8 else ?::float8 end),
         last_error = ?, unreachable_since = coalesce(unreachable_since, now())
       where id = ? and leased_by = ?`,
      [
        ...[destination.attempts, Math.min(next, RETURNED_SECONDS), next],
        ...[release.error.slice(0, 500), destination.id, worker],
      ],
    );
    return;
  }
  const queue = destination.kind === "inbox" ? "inbox" : "deliveries";
  await releaseDrained(db, queue, worker, [{ destination, more: release.state === "more" }]);
}

export interface Drained {
  readonly destination: Destination;
  /** Something waits still. */
  readonly more: boolean;
}

/** Gives back the leases of those that were gone through, all of one queue. */
export async function releaseDrained(
  db: Queryable,
  queue: keyof typeof CAME_DUE,
  worker: number,
  drained: readonly Drained[],
): Promise<void> {
  // The row as it is now decides, not the snapshot of this statement: what was put here after
  // the last look has raised `wakes`, and then this destination stays due. What was put off may
  // have come due while others were worked on; what stands behind something put off has not.
  // They are taken in order, as whoever wakes them does.
  await run(
    db,
    `update destinations set lease_until = null, leased_by = null, attempts = 0,
       last_error = null, unreachable_since = null,
       due_at = case when done.more or destinations.wakes <> done.wakes
                       or exists (${CAME_DUE[queue]})
                     then now() else coalesce((select min(next_attempt) from ${queue} q
                       where q.destination_id = destinations.id and q.next_attempt > now()),
                       'infinity') end
     from (
       select w.* from unnest(?::bigint[], ?::bigint[], ?::boolean[]) as w (id, wakes, more)
       join destinations d on d.id = w.id order by d.kind, d.address for update of d) as done
     where destinations.id = done.id and leased_by = ? returning ${NO_FSYNC}`,
    [
      drained.map(({ destination }) => destination.id),
      drained.map(({ destination }) => destination.wakes),
      drained.map(({ more }) => more),
      worker,
    ],
  );
}

/** Gives leases back of which nothing else is known: what is due stays due. */
export async function dropLeases(
  db: Queryable,
  worker: number,
  ids: readonly string[],
): Promise<void> {
  await run(
    db,
    `update destinations set lease_until = null, leased_by = null
     where id = any(?::bigint[]) and leased_by = ?`,
    [[...ids], worker],
  );
}

/** Holders of leases of whose process nothing is seen. What is leased is due: of that an index knows. */
const OF_THE_DEAD = `due_at < 'infinity' and leased_by is not null and leased_by not in (
  select objid::bigint::integer from pg_locks
  where locktype = 'advisory' and classid = ? and granted
    and database = (select oid from pg_database where datname = current_database()))`;

/** Workers that hold leases and whose connection is gone: dead, or cut off for a moment. */
export async function missingWorkers(db: Queryable, lockClass: number): Promise<number[]> {
  const missing = await rows<{ leased_by: number }>(
    db,
    `select distinct leased_by from destinations where ${OF_THE_DEAD}`,
    [lockClass],
  );
  return missing.map((row) => row.leased_by);
}

/** What a crashed worker held is free again when its connection is gone. null: whichever is missing. */
export async function freeLeasesOfTheDead(
  db: Queryable,
  lockClass: number,
  among: readonly number[] | null = null,
): Promise<number> {
  const freed = await rows<{ id: string }>(
    db,
    `update destinations set lease_until = null, leased_by = null
     where ${OF_THE_DEAD} and (?::integer[] is null or leased_by = any(?::integer[]))
     returning id`,
    [lockClass, among === null ? null : [...among], among === null ? null : [...among]],
  );
  return freed.length;
}

/**
 * Hosts that claimed to have sent something, of which nothing waits any more: anybody can name a
 * new one with each message. Whoever wakes one meanwhile changes the row, and it stays.
 */
export async function forgetIdleHosts(db: Queryable): Promise<void> {
  await run(
    db,
    `delete from destinations d where kind = 'inbox' and due_at = 'infinity'
       and lease_until is null
       and not exists (select 1 from inbox i where i.destination_id = d.id)`,
  );
}

/** In how many seconds of the database's clock something of this kind is due first; null: never. */
export async function nextDue(db: Queryable, kind: DestinationKind): Promise<number | null> {
  const row = await firstRow<{ seconds: number | null }>(
    db,
    `select extract(epoch from min(due_at) - now())::float8 as seconds from destinations
     where kind = ? and due_at < 'infinity' and (lease_until is null or lease_until < now())`,
    [kind],
  );
  return row?.seconds ?? null;
}
