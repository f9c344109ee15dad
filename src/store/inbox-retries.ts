/** Received messages that wait for another try, and those that wait for what they belong to. */
import { firstRow, rows, run, secondsUntil, type Database, type Queryable } from "./database.ts";
import { wakeDestinations } from "./destinations.ts";
import { COUNT_EVERY_MS } from "./inbox-shares.ts";

/** `waitsFor`: the GUID of what it belongs to. When that comes, it is tried again at once. */
export type InboxRetries = (
  id: string,
  next: Date,
  error: string,
  waitsFor?: string,
) => Promise<boolean>;

export interface InboxRetryLimits {
  readonly maxRows: number;
  /** Of one host, that wait for what they belong to. Default 1,000. */
  readonly maxOrphans?: number;
}

const MAX_ORPHANS = 1_000;

/**
 * Puts a message off, or says that there is no room. What waits for another try may take half
 * of the inbox: whoever claims to be of a host that never answers needs no key for it, and
 * would fill it for hours. Of comments on posts that never were each host has its own share.
 */
export function createInboxRetries(db: Database, limits: InboxRetryLimits): InboxRetries {
  const { maxOrphans = MAX_ORPHANS } = limits;
  let counted = { at: Number.NEGATIVE_INFINITY, rows: 0 };
  return async (id, next, error, waitsFor) => {
    const now = performance.now();
    const most = Math.floor(limits.maxRows / 2);
    if (now - counted.at > COUNT_EVERY_MS) {
      const row = await firstRow<{ waiting: string }>(
        db,
        `select count(*) as waiting
         from (select 1 from inbox where attempts > 0 limit ?) as counted`,
        [most],
      );
      counted = { at: now, rows: Number(row?.waiting ?? 0) };
    }
    if (counted.rows >= most) return false;
    if (waitsFor !== undefined && (await hasOrphans(db, id, maxOrphans))) return false;
    counted.rows += 1;
    await retryInbox(db, { id, next, error, waitsFor: waitsFor ?? null });
    return true;
  };
}

/** So many others of the same host as this message's wait for what they belong to. */
async function hasOrphans(db: Queryable, id: string, limit: number): Promise<boolean> {
  const row = await firstRow<{ waiting: string }>(
    db,
    `select count(*) as waiting from (
       select 1 from inbox o
       where o.destination_id = (select destination_id from inbox where id = ?)
         and o.waits_for is not null and o.id <> ? limit ?) as counted`,
    [id, id, limit],
  );
  return Number(row?.waiting ?? 0) >= limit;
}

export interface InboxRetry {
  readonly id: string;
  readonly next: Date;
  readonly error: string;
  readonly waitsFor?: string | null;
}

export async function retryInbox(
  db: Queryable,
  { id, next, error, waitsFor = null }: InboxRetry,
): Promise<void> {
  await run(
    db,
    `update inbox set attempts = attempts + 1,
       next_attempt = now() + make_interval(secs => ?), last_error = ?, waits_for = ?
     where id = ?`,
    [secondsUntil(next), error.slice(0, 500), waitsFor, id],
  );
}

/** Its turn comes later; that is no try of it. */
export async function holdInbox(db: Queryable, id: string, next: Date): Promise<void> {
  await run(db, "update inbox set next_attempt = now() + make_interval(secs => ?) where id = ?", [
    secondsUntil(next),
    id,
  ]);
}

/**
 * These are here now: what waited for one of them is due. Part of the transaction that stores
 * them. False when nothing did.
 */
export async function arrived(db: Queryable, guids: readonly string[]): Promise<boolean> {
  const freed = await rows<{ address: string }>(
    db,
    `with freed as (
       update inbox set next_attempt = now(), waits_for = null where waits_for = any(?::text[])
       returning destination_id)
     select address from destinations where id in (select destination_id from freed)`,
    [[...guids]],
  );
  await wakeDestinations(
    db,
    "inbox",
    freed.map(({ address }) => address),
  );
  return freed.length > 0;
}

/** Something that was asked for of this host has not been worked on yet. */
export async function isQuietWaiting(db: Queryable, host: string): Promise<boolean> {
  const found = await firstRow(
    db,
    `select 1 as one from inbox i join destinations d on d.id = i.destination_id
     where d.kind = 'inbox' and d.address = ? and i.quiet_before is not null limit 1`,
    [host],
  );
  return found !== undefined;
}
