/**
 * The one pool of connections, and the one place where PostgreSQL's errors become ours.
 */
import { randomInt } from "node:crypto";
import knex, { type Knex } from "knex";
import pg from "pg";
import { DxError, describeError } from "../errors/error.ts";

export type Database = Knex;
/** A pool, or one transaction of it. */
export type Queryable = Knex | Knex.Transaction;

export interface DatabaseOptions {
  /** `postgres://…`; the unix-socket form `postgres://user:pw@/db?host=/dir` too. */
  readonly url: string;
  readonly poolSize: number;
  /** For migrations: a statement may take as long as it takes. */
  readonly patient?: boolean;
}

export function openDatabase(options: DatabaseOptions): Database {
  return knex({
    client: "pg",
    connection: {
      ...connectionOptions(options.url),
      ...(options.patient === true ? PATIENT : {}),
    },
    pool: { min: 0, max: options.poolSize },
    // A request on a dead database must not hang: the sender gets a 503 and tries again.
    acquireConnectionTimeout: 5_000,
    // knex would write to standard output what it throws anyway.
    log: { debug: silent, warn: silent, error: silent, deprecate: silent },
  });
}

const PATIENT = {
  statement_timeout: 0,
  query_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  // See migrate.ts.
  lock_timeout: 2_000,
} as const;

const silent = (): void => undefined;

/** Connections of the pool: at work, idle, and how many statements wait for one. */
export function poolFigures(db: Database): Record<"used" | "free" | "waiting", number> {
  // knex types its client as any; its pool is tarn's.
  const { pool } = db.client as { readonly pool: PoolOfKnex };
  return { used: pool.numUsed(), free: pool.numFree(), waiting: pool.numPendingAcquires() };
}

interface PoolOfKnex {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

interface ConnectionOptions {
  readonly connectionString: string;
  readonly application_name: string;
  readonly connectionTimeoutMillis: number;
  readonly statement_timeout: number;
  readonly query_timeout: number;
  readonly idle_in_transaction_session_timeout: number;
}

/** This process, as PostgreSQL shows it in pg_stat_activity, and as its notifications are signed. */
export const PROCESS_NAME = `diaspora-x ${String(randomInt(1, 2 ** 31 - 1))}`;

/** How pg wants it, for the pool and for the connection that listens. */
export function connectionOptions(url: string): ConnectionOptions {
  return {
    connectionString: url,
    application_name: PROCESS_NAME,
    connectionTimeoutMillis: 5_000,
    // A statement here is small; one that runs this long waits for a lock or a dying disk.
    statement_timeout: 30_000,
    // A server that has stopped answers nothing, not even that: this clock is our own.
    query_timeout: 10_000,
    // Whoever has vanished in the middle of a transaction would hold its rows for hours.
    idle_in_transaction_session_timeout: 60_000,
  };
}

// PostgreSQL Appendix A: connection exceptions, resources, operator intervention, system errors,
// read-only transaction (a standby after fail-over).
const UNAVAILABLE_CLASSES = new Set(["08", "53", "57", "58"]);
const UNAVAILABLE_CODES = new Set(["25006", "ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE"]);
const UNAVAILABLE_TEXT =
  /Connection terminated|Query read timeout|timeout expired|timeout exceeded when trying to connect|Unable to acquire a connection|Timeout acquiring a connection|the database system is|ECONNREFUSED|ENOENT|ECONNRESET/;

export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (UNAVAILABLE_CODES.has(code)) return true;
  if (code.length === 5 && UNAVAILABLE_CLASSES.has(code.slice(0, 2))) return true;
  return UNAVAILABLE_TEXT.test(error.message);
}

/** Runs database work; a database that is away becomes DX_STORE_UNAVAILABLE. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isUnavailable(error)) {
      throw new DxError("DX_STORE_UNAVAILABLE", { detail: describeError(error), cause: error });
    }
    throw error;
  }
}

/**
 * How long it is until a moment of this process's clock. What is due is written as the database's
 * `now()` and that long: its clock decides, and the two may be an hour apart.
 */
export function secondsUntil(moment: Date): number {
  return (moment.getTime() - Date.now()) / 1000;
}

/** Beyond that something else is wrong. */
const TRIES = 3;

/**
 * Two transactions that wake the same destinations, one after the other and each in its own
 * order, wait for each other until the database ends one (SQLSTATE 40P01): that one is done anew.
 * So the work may run several times, and does nothing outside of its transaction.
 */
export async function inTransaction<T>(
  db: Database,
  work: (tx: Knex.Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await guarded(() => db.transaction(work));
    } catch (error) {
      const deadlock = error instanceof pg.DatabaseError && error.code === "40P01";
      if (!deadlock || attempt >= TRIES) throw error;
    }
  }
}

/** SQLSTATE 55P03: somebody else works with it. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "55P03";
}

/** SQLSTATE 23505, of this constraint where one is named. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof pg.DatabaseError &&
    error.code === "23505" &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/**
 * The rows of a raw statement, as the shape that its text promises. Each text is prepared once on
 * each connection: planning took longer than running it. So texts are constants, never made of
 * values.
 */
export async function rows<Row>(
  db: Queryable,
  sql: string,
  bindings: readonly Knex.RawBinding[] = [],
): Promise<Row[]> {
  const ask = async (): Promise<Row[]> => {
    const statement = db.raw<{ rows: Row[] }>(sql, [...bindings]);
    // knex hands options to pg as they are, and returns the same statement.
    statement.options({ name: nameOf(sql) });
    const result: { rows: Row[] } = await statement;
    return result.rows;
  };
  const turn = turns.get(db);
  if (turn === undefined) return await ask();
  const answer = turn.then(ask);
  turns.set(
    db,
    answer.catch(() => undefined),
  );
  return await answer;
}

/** Of transactions in which several work side by side. */
const turns = new WeakMap<Queryable, Promise<unknown>>();

/** One statement at a time: a connection bears no more. */
export function takeTurns(tx: Queryable): void {
  turns.set(tx, Promise.resolve());
}

/** The same for a statement of which nothing is wanted back. */
export async function run(
  db: Queryable,
  sql: string,
  bindings: readonly Knex.RawBinding[] = [],
): Promise<void> {
  await rows(db, sql, bindings);
}

const names = new Map<string, string>();

function nameOf(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined) return known;
  const name = `dx${String(names.size)}`;
  names.set(sql, name);
  return name;
}

export async function firstRow<Row>(
  db: Queryable,
  sql: string,
  bindings: readonly Knex.RawBinding[] = [],
): Promise<Row | undefined> {
  return (await rows<Row>(db, sql, bindings))[0];
}
