/**
 * The knex migrations of this package. Their names in the database carry no extension,
 * so that a checkout (`.ts`) and the built package (`.js`) share one history.
 *
 * Two neighbouring versions run side by side on one database while one takes the other's place:
 * a migration only adds. What no version needs any more is taken away one version later, by a
 * migration that says in NEEDS which one a daemon has to know from then on.
 */
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Knex } from "knex";
import { DxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { firstRow, isDeadlock, isLockTimeout, type Database } from "./database.ts";

const FOLDER = new URL("../../migrations/", import.meta.url);
const SUFFIX = /\.(?:ts|js)$/;

interface MigrationFile {
  readonly name: string;
  readonly file: string;
}

const source: Knex.MigrationSource<MigrationFile> = {
  async getMigrations() {
    const files = await readdir(fileURLToPath(FOLDER));
    return files
      .filter((file) => SUFFIX.test(file) && !file.endsWith(".d.ts"))
      .map((file) => ({ file, name: file.replace(SUFFIX, "") }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  getMigrationName: (migration) => migration.name,
  // The border at which a module from our own folder is believed to be a migration.
  getMigration: async (migration) =>
    (await import(new URL(migration.file, FOLDER).href)) as Knex.Migration,
};

// knex would not work beside migrations of a newer version.
const CONFIG = { migrationSource: source, disableMigrationsListValidation: true };

/** In `settings`: the migration that a daemon has to know. */
export const NEEDS = "schema-needs";

/**
 * Brings the schema up to date; each migration is a transaction of its own. Where a newer version
 * has done that already there is nothing to do. Throws DX_SCHEMA_NEW where that has taken away
 * what this one works with.
 */
export async function migrateSchema(db: Database, log: Log): Promise<void> {
  await refuseTooNew(db, log);
  const done = await latest(db);
  if (done.length > 0) log.info({ migrations: done }, "the database schema was brought up to date");
}

/** A change of a table waits for a moment only: whoever comes behind it waits too. */
const LOCK_TRIES = 120;
const LOCK_EVERY_MS = 500;

async function latest(db: Database): Promise<string[]> {
  const done: string[] = [];
  for (let tried = 1; ; tried += 1) {
    try {
      // knex's latest() would be one transaction for all: what the first locks would stay locked
      // as long as the next one takes.
      while ((await missingMigrations(db)).length > 0) {
        const [, now] = (await db.migrate.up(CONFIG)) as [number, string[]];
        done.push(...now);
      }
      return done;
    } catch (error) {
      if (!(isLockTimeout(error) || isDeadlock(error)) || tried >= LOCK_TRIES) throw error;
      await sleep(LOCK_EVERY_MS);
    }
  }
}

/**
 * One process at a time: several are started together. What a killed one left locked is free
 * then. Needs a second connection.
 */
export async function migrateAlone(db: Database, log: Log): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.raw("set local lock_timeout = 0; select pg_advisory_xact_lock(hashtext('migrate'))");
    if ((await missingMigrations(db)).length > 0) {
      await db.migrate.forceFreeMigrationsLock(CONFIG);
    }
    await migrateSchema(db, log);
  });
}

/** Migrations that this package has and the database has not. */
export async function missingMigrations(db: Database): Promise<string[]> {
  return (await compared(db)).missing;
}

/** Throws DX_SCHEMA_NEW; a schema that is newer and serves is told in the log. */
export async function refuseTooNew(db: Database, log: Log): Promise<void> {
  const { known, unknown } = await compared(db);
  if (unknown.length === 0) return;
  const row = await firstRow<{ value: string }>(db, "select value from settings where name = ?", [
    NEEDS,
  ]);
  if (row !== undefined && !known.has(row.value)) {
    throw new DxError("DX_SCHEMA_NEW", { detail: `it needs ${row.value}` });
  }
  log.warn(
    { migrations: unknown },
    "the database is of a newer version: this one serves beside it",
  );
}

async function compared(
  db: Database,
): Promise<{ known: ReadonlySet<string>; missing: string[]; unknown: string[] }> {
  const [done, pending] = (await db.migrate.list(CONFIG)) as [
    { readonly name: string }[],
    MigrationFile[],
  ];
  const known = new Set((await source.getMigrations([])).map(({ name }) => name));
  const unknown = done.map(({ name }) => name).filter((name) => !known.has(name));
  return { known, missing: pending.map(({ name }) => name), unknown };
}
