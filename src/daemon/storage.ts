/** The store, opened: given or private database, schema, key, locks, listening. */
import { join } from "node:path";
import type { DestinationKind } from "../activitystreams/delivery.ts";
import type { Config } from "../config.ts";
import { DxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { forgetIdleHosts, freeLeasesOfTheDead, missingWorkers } from "../store/destinations.ts";
import { startEmbedded } from "../store/embedded.ts";
import { migrateAlone, missingMigrations, refuseTooNew } from "../store/migrate.ts";
import { LOCK_WORKER, openPresence, type StorePresence } from "../store/presence.ts";
import { createRemotePeople, type RemotePeopleStore } from "../store/remote-cache.ts";
import { openStandings, type StandingsCache } from "../store/standings-cache.ts";
import { createVault, proveKey, type Vault } from "../store/vault.ts";

export interface Storage {
  readonly db: Database;
  readonly vault: Vault;
  readonly presence: StorePresence;
  readonly remotes: RemotePeopleStore;
  /** What the operator says of pods, people and addresses. */
  readonly standings: StandingsCache;
  close(): Promise<void>;
}

const FREE_LEASES_EVERY_MS = 5_000;
const FORGET_HOSTS_EVERY_MS = 15 * 60_000;

/** A database that is there, given or our own, and what ends it. */
export async function openConfiguredDatabase(
  config: Config,
  log: Log,
): Promise<{ db: Database; url: string; close(): Promise<void> }> {
  const embedded =
    config.database.url === null
      ? await startEmbedded({ dataDir: join(config.dataDir, "postgresql"), log })
      : null;
  const url = embedded?.url ?? config.database.url ?? "";
  const db = openDatabase({ url, poolSize: config.database.poolSize });
  return {
    db,
    url,
    async close() {
      await db.destroy();
      await embedded?.stop();
    },
  };
}

export interface StorageEvents {
  readonly onWake: (kind: DestinationKind | null) => void;
  /** Others may take this process for dead: what it has leased may be theirs. */
  readonly onBreak?: () => void;
  /** See PodPace. */
  readonly onHeld?: (host: string) => void;
  /** See PodBreaker. */
  readonly onReturned?: (podUrl: string) => void;
}

export async function openStorage(
  config: Config,
  log: Log,
  { onWake, onBreak, onHeld, onReturned }: StorageEvents,
): Promise<Storage> {
  const database = await openConfiguredDatabase(config, log);
  const { db } = database;
  try {
    await prepareSchema(database, config, log);
    const vault = createVault(config.security.key);
    await proveKey(db, vault);
    const people = await openPeople(database, config, log);
    const presence = await openPresence({
      url: database.url,
      log,
      onWake,
      ...(onBreak === undefined ? {} : { onBreak }),
      onNews: (news) => {
        if (news === null) people.remotes.forgetAll();
        else if (news.what === "person") people.remotes.forget(news.id);
        else if (news.what === "held") onHeld?.(news.host);
        else onReturned?.(news.podUrl);
      },
    }).catch(async (error: unknown) => {
      await people.standings.close();
      throw error;
    });
    const freeLeases = leasesOfTheDead(db, onWake);
    await freeLeases();
    const timers = [
      setInterval(() => void freeLeases(), FREE_LEASES_EVERY_MS),
      // Not done this time, it is done the next.
      setInterval(() => void forgetIdleHosts(db).catch(() => undefined), FORGET_HOSTS_EVERY_MS),
    ];
    return {
      db,
      vault,
      presence,
      ...people,
      async close() {
        timers.forEach(clearInterval);
        await people.standings.close();
        await presence.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openPeople(
  { db, url }: { readonly db: Database; readonly url: string },
  config: Config,
  log: Log,
): Promise<Pick<Storage, "remotes" | "standings">> {
  const late: { standings?: StandingsCache } = {};
  const remotes = createRemotePeople(
    db,
    ({ diasporaId, podUrl }) => late.standings?.now().ofPerson(diasporaId, podUrl) ?? null,
  );
  const listed = (): boolean => config.moderation.listed;
  const onChange = remotes.forgetAll;
  late.standings = await openStandings({ url, db, log, listed, onChange });
  return { remotes, standings: late.standings };
}

/**
 * What the last run of this daemon held is free at once. Later on whoever is missing at two looks
 * is dead: a connection that broke is back before the second.
 */
function leasesOfTheDead(db: Database, onWake: (kind: null) => void): () => Promise<void> {
  let suspected: readonly number[] | null = null;
  const look = async (): Promise<void> => {
    const isFirst = suspected === null;
    const freed =
      suspected?.length === 0 ? 0 : await freeLeasesOfTheDead(db, LOCK_WORKER, suspected);
    suspected = isFirst ? [] : await missingWorkers(db, LOCK_WORKER);
    if (freed > 0) onWake(null);
  };
  // The database is away: it is looked again.
  return () => look().catch(() => undefined);
}

/** On connections of its own: with many rows a change of the schema takes minutes. */
export async function migrateAt(url: string, log: Log): Promise<void> {
  const db = openDatabase({ url, poolSize: 2, patient: true });
  try {
    await migrateAlone(db, log);
  } finally {
    await db.destroy();
  }
}

async function prepareSchema(
  { db, url }: { readonly db: Database; readonly url: string },
  config: Config,
  log: Log,
): Promise<void> {
  if (config.database.migrate) {
    await migrateAt(url, log);
    return;
  }
  await refuseTooNew(db, log);
  const missing = await missingMigrations(db);
  if (missing.length > 0) {
    throw new DxError("DX_SCHEMA_OLD", { detail: "run `diaspora-x migrate` first" });
  }
}
