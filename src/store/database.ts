/**
 * The one pool of connections, and the one place where PostgreSQL's errors become ours.
 */
import { randomInt } from "node:crypto";
import knex, { type Knex } from "knex";
import pg from "pg";
import { DxError, describeError, isDxError } from "../errors/error.ts";
import { noteRefusals } from "./refused-writes.ts";

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
  const db = knex({
    client: "pg",
    connection: {
      ...connectionOptions(options.url),
      ...(options.patient === true ? PATIENT : {}),
    },
    pool: {
      min: 0,
      max: options.poolSize,
      ...(options.patient === true ? { afterCreate: endWhenVanished } : {}),
    },
    // A request on a dead database must not hang: the sender gets a 503 and tries again.
    acquireConnectionTimeout: 5_000,
    // knex would write to standard output what it throws anyway.
    log: { debug: silent, warn: silent, error: silent, deprecate: silent },
  });
  noteRefusals(db);
  return db;
}

const PATIENT = {
  statement_timeout: 0,
  query_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  // See migrate.ts.
  lock_timeout: 2_000,
} as const;

/**
 * A session whose other end has vanished without a word is ended, and its locks are free. Later
 * than whoever held them has given up what they stand for, or two would have it.
 */
export const VANISHED = `
  set tcp_user_timeout = 40000;
  set tcp_keepalives_idle = 20;
  set tcp_keepalives_interval = 5;
  set tcp_keepalives_count = 4;`;

/** Nothing else ends those that may take as long as they take. */
function endWhenVanished(
  client: pg.Client,
  done: (error: Error | null, client: pg.Client) => void,
): void {
  client.query(VANISHED, (error: Error | null) => {
    done(error, client);
  });
}

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
    // Whoever has vanished in the middle of a transaction would hold its rows for hours. Little
    // longer than an answer is waited for: all others that want these rows wait as long.
    idle_in_transaction_session_timeout: 15_000,
  };
}

// PostgreSQL Appendix A: connection exceptions, resources, operator intervention, system errors,
// read-only transaction (a standby after fail-over).
const UNAVAILABLE_CLASSES = new Set(["08", "53", "57", "58"]);
const UNAVAILABLE_CODES = new Set(["25006", "ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE"]);
const UNAVAILABLE_TEXT =
  /Connection terminated|Client has encountered a connection error|Query read timeout|timeout expired|timeout exceeded when trying to connect|Unable to acquire a connection|Timeout acquiring a connection|the database system is|ECONNREFUSED|ENOENT|ECONNRESET/;

export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (UNAVAILABLE_CODES.has(code)) return true;
  if (code.length === 5 && UNAVAILABLE_CLASSES.has(code.slice(0, 2))) return true;
  return UNAVAILABLE_TEXT.test(error.message);
}

/** It took too long, which may be a lock that one of many wants: SQLSTATE 57014, or our own clock. */
export function isTimedOut(error: unknown): boolean {
  if (isDxError(error, "DX_STORE_UNAVAILABLE")) return isTimedOut(error.cause);
  if (error instanceof pg.DatabaseError) return error.code === "57014";
  return error instanceof Error && error.message.includes("Query read timeout");
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
      if (!isDeadlock(error) || attempt >= TRIES) throw error;
    }
  }
}

/** SQLSTATE 40P01: of two that wait for each other the database has ended this one. */
export function isDeadlock(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "40P01";
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
