/**
 * When something must go out. What must go out is in `deliveries` and `inbox`; here is one
 * row per pod, person's mailbox, JID, person's stream, foreign node or claimed host with the
 * time at which it is due, its back-off and its lease. New work never re-arms a destination
 * that is backing off, so a dead pod costs one row and one probe however much is posted.
 */
import type { Destination, DestinationKind, Release } from "../activitystreams/delivery.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";

/** A worker's lease: long enough for a batch against a slow pod, and renewed by nobody. */
export const LEASE_SECONDS = 90;

export const WAKE_CHANNEL = "diaspora_x_wake";

/**
 * Marks destinations as due, making those that do not exist: `id, address`. Bindings: the kind,
 * the addresses, each once. They are taken in order, so that two transactions that wake the same
 * pods cannot wait for each other.
 */
export const WAKE_SQL = wakeSql("select unnest(?::text[]) as address");

/** The same for the addresses that a query gives. */
export function wakeSql(addresses: string): string {
  return `
  insert into destinations (kind, address, due_at)
  select ?, address, now() from (${addresses}) as chosen order by address
  on conflict (kind, address) do update set
    wakes = destinations.wakes + 1,
    due_at = case when destinations.attempts = 0
                  then least(destinations.due_at, now()) else destinations.due_at end
  returning id, address`;
}

/**
 * Tells the other processes. Its binding is the kind; the name behind it lets the listener pass
 * over what its own process has said, which wakes its workers itself.
 */
export const NOTIFY_SQL = `pg_notify('${WAKE_CHANNEL}', ? || ' ' || current_setting('application_name'))`;

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

/**
 * Takes up to `limit` due destinations that nobody else holds. A claim whose answer was lost, to a
 * database that stood still, is held by this worker without its knowing: what is not among
 * `working` and was taken a while ago is free.
 */
export async function claimDestinations(
  db: Queryable,
  kind: DestinationKind,
  worker: number,
  limit: number,
  working: readonly string[] = [],
): Promise<Destination[]> {
  return await rows<Destination>(
    db,
    `update destinations set
       lease_until = now() + make_interval(secs => ?), leased_by = ?
     from (select ${NO_FSYNC}) as unsynced
     where id in (
       select id from destinations
       where kind = ? and due_at <= now() and id <> all(?::bigint[])
         and (lease_until is null or lease_until < now()
           or (leased_by = ? and lease_until < now() + make_interval(secs => ?)))
       order by due_at limit ? for update skip locked)
     returning id, kind, address, attempts, wakes`,
    [LEASE_SECONDS, worker, kind, [...working], worker, LEASE_SECONDS - CLAIM_SECONDS, limit],
  );
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

/** Gives the lease back. */
export async function releaseDestination(
  db: Queryable,
  destination: Destination,
  worker: number,
  release: Release,
): Promise<void> {
  if (release.state === "unreachable") {
    await run(
      db,
      `update destinations set lease_until = null, leased_by = null, attempts = attempts + 1,
         due_at = ?, last_error = ? where id = ? and leased_by = ?`,
      [release.next, release.error.slice(0, 500), destination.id, worker],
    );
    return;
  }
  const queue = destination.kind === "inbox" ? "inbox" : "deliveries";
  // The row as it is now decides, not the snapshot of this statement: what was put here after
  // the last look has raised `wakes`, and then this destination stays due. What was put off may
  // have come due while others were worked on; what stands behind something put off has not.
  await run(
    db,
    `update destinations set lease_until = null, leased_by = null, attempts = 0,
       last_error = null,
       due_at = case when ?::boolean or wakes <> ?::bigint or exists (${CAME_DUE[queue]})
                     then now() else coalesce((select min(next_attempt) from ${queue} q
                       where q.destination_id = destinations.id and q.next_attempt > now()),
                       'infinity') end
     where id = ? and leased_by = ? returning ${NO_FSYNC}`,
    [release.state === "more", destination.wakes, destination.id, worker],
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

/** What a crashed worker held is free again as soon as its connection is gone. */
export async function freeLeasesOfTheDead(db: Queryable, lockClass: number): Promise<number> {
  const freed = await rows<{ id: string }>(
    db,
    `update destinations set lease_until = null, leased_by = null
     where leased_by is not null and leased_by not in (
       select objid::bigint::integer from pg_locks
       where locktype = 'advisory' and classid = ? and granted
         and database = (select oid from pg_database where datname = current_database()))
     returning id`,
    [lockClass],
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

/** Whether anything of this kind is due later, and when first. */
export async function nextDue(db: Queryable, kind: DestinationKind): Promise<Date | null> {
  const row = await firstRow<{ due_at: Date | null }>(
    db,
    `select min(due_at) as due_at from destinations
     where kind = ? and due_at < 'infinity' and (lease_until is null or lease_until < now())`,
    [kind],
  );
  return row?.due_at ?? null;
}
