/**
 * The knex migrations of this package. Their names in the database carry no extension,
 * so that a checkout (`.ts`) and the built package (`.js`) share one history.
 */
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Knex } from "knex";
import type { Log } from "../log/log.ts";
import type { Database } from "./database.ts";

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

/** Brings the schema up to date; each migration is a transaction of its own. */
export async function migrateSchema(db: Database, log: Log): Promise<void> {
  const [, done] = (await db.migrate.latest({ migrationSource: source })) as [number, string[]];
  if (done.length > 0) log.info({ migrations: done }, "the database schema was brought up to date");
}

/** Migrations that this package has and the database has not. */
export async function missingMigrations(db: Database): Promise<string[]> {
  const [, pending] = (await db.migrate.list({ migrationSource: source })) as [
    unknown,
    MigrationFile[],
  ];
  return pending.map((migration) => migration.name);
}
