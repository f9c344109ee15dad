/**
 * The embedded default: a PostgreSQL of the daemon's own, for installations without a
 * `database.url`. It listens at a unix socket only, keeps its data in the data folder,
 * stops with the daemon and is started again when it crashes.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DxError, describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { databaseUrl, ensureCluster, ensureDatabase, socketFolder } from "./embedded-cluster.ts";
import { prepareHome } from "./embedded-home.ts";
import { lockDataFolder } from "./embedded-lock.ts";
import {
  startPostmaster,
  stopPostmaster,
  type Postmaster,
  type PostmasterOptions,
} from "./embedded-postmaster.ts";
import { choosePrograms } from "./embedded-programs.ts";

export interface EmbeddedOptions {
  /** The database's own folder; one daemon at a time. */
  readonly dataDir: string;
  readonly log: Log;
  /** PostgreSQL's own, over ours: `{ fsync: "off" }` for a test whose data may be lost. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedDatabase {
  /** `postgres://…?host=<socket folder>`, for pg and knex. Stays the same when it is started again. */
  readonly url: string;
  readonly dataDir: string;
  /** Of the postmaster that runs now. */
  readonly pid: number;
  /** Idempotent. Committed data is on disk when it resolves. */
  stop(): Promise<void>;
}

/** Between two starts of a server that keeps crashing. */
const RESTART_MS = [100, 1_000, 5_000, 30_000];
/** A server that ran this long before it crashed begins a new count. */
const STABLE_MS = 60_000;

/** Throws DX_EMBEDDED_FAILED, with what to do about it. */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  try {
    return await startLocked(options);
  } catch (error) {
    if (isDxError(error)) throw error;
    throw new DxError("DX_EMBEDDED_FAILED", { detail: describeError(error), cause: error });
  }
}

async function startLocked(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockDataFolder(dataDir);
  try {
    return await startIn(dataDir, unlock, options);
  } catch (error) {
    unlock();
    throw error;
  }
}

async function startIn(
  dataDir: string,
  unlock: () => void,
  { log, settings = {} }: EmbeddedOptions,
): Promise<EmbeddedDatabase> {
  const home = prepareHome(dataDir, log);
  const binaries = choosePrograms(home.runAs, home.major);
  await ensureCluster({ ...home, binaries, durable: settings["fsync"] !== "off" });
  const socketDir = socketFolder(home.folder, home.runAs);
  const kept = await keepRunning({ ...home, binaries, socketDir, settings }, log);
  await ensureDatabase(home.folder, socketDir).catch(async (error: unknown) => {
    await kept.stop();
    throw error;
  });
  const url = databaseUrl(home.folder, socketDir);
  const address = join(dataDir, ADDRESS);
  writeFileSync(address, url, { mode: 0o600 });
  return {
    url,
    dataDir,
    get pid() {
      return kept.pid();
    },
    stop: async () => {
      rmSync(address, { force: true });
      await kept.stop();
      if (socketDir !== join(home.folder, "socket"))
        rmSync(socketDir, { recursive: true, force: true });
      unlock();
    },
  };
}

/** Holds the address while the server runs; who may read the folder has the password anyway. */
const ADDRESS = "address";

/** Of the server that a daemon runs in this folder; null: none does. */
export function runningAddress(dataDir: string): string | null {
  const file = join(resolve(dataDir), ADDRESS);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

interface Kept {
  pid(): number;
  stop(): Promise<void>;
}

async function keepRunning(options: PostmasterOptions, log: Log): Promise<Kept> {
  let current = await startPostmaster(options);
  const stopping = new AbortController();
  const watching = watch();
  // A daemon that dies of an exception takes its server with it; only kill -9 does not.
  const onExit = (): void => {
    try {
      process.kill(current.pid, "SIGINT");
    } catch {
      // Gone already.
    }
  };
  process.once("exit", onExit);

  async function watch(): Promise<void> {
    let crashes = 0;
    for (;;) {
      const began = Date.now();
      await current.exited;
      if (stopping.signal.aborted) return;
      crashes = Date.now() - began > STABLE_MS ? 1 : crashes + 1;
      log.error({ crashes }, "the private PostgreSQL ended by itself; starting it again");
      const next = await restarted(crashes);
      if (next === null) return;
      current = next;
      log.info({ pid: next.pid }, "the private PostgreSQL runs again");
    }
  }

  async function restarted(crashes: number): Promise<Postmaster | null> {
    for (let attempt = crashes - 1; ; attempt++) {
      const wait = RESTART_MS[Math.min(attempt, RESTART_MS.length - 1)];
      await delay(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return null;
      try {
        return await startPostmaster(options);
      } catch (error) {
        log.error({ reason: describeError(error) }, "the private PostgreSQL does not start");
      }
    }
  }

  return {
    pid: () => current.pid,
    stop: async () => {
      stopping.abort();
      process.removeListener("exit", onExit);
      await stopPostmaster(current);
      await watching;
    },
  };
}
