import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { guarded, isUnavailable, openDatabase, rows } from "../../../src/store/database.ts";
import { migrateSchema, missingMigrations } from "../../../src/store/migrate.ts";
import { down, up } from "../../../migrations/20261121-base.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { bareDatabase, testDatabase } from "../../support/database.ts";

const FOLDER = new URL("../../../migrations/", import.meta.url);

async function namesOnDisk(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files.map((file) => file.replace(/\.ts$/, "")).sort();
}

test("an empty database lacks every migration, a migrated one lacks none", async () => {
  await using store = await bareDatabase();
  assert.deepEqual(await missingMigrations(store.db), await namesOnDisk());
  await migrateSchema(store.db, silentLog);
  assert.deepEqual(await missingMigrations(store.db), []);
});

test("migrating again changes nothing and is not announced", async () => {
  await using store = await bareDatabase();
  const said: string[] = [];
  const log = { ...silentLog, info: (_: unknown, sentence: string) => said.push(sentence) };
  await migrateSchema(store.db, log);
  await migrateSchema(store.db, log);
  assert.equal(said.length, 1);
});

test("their names in the database have no extension, so a checkout and a package share one history", async () => {
  await using store = await bareDatabase();
  await migrateSchema(store.db, silentLog);
  const done = await rows<{ name: string }>(
    store.db,
    "select name from knex_migrations order by id",
  );
  assert.deepEqual(
    done.map((row) => row.name),
    await namesOnDisk(),
  );
  assert.ok(done.every((row) => !/\.(?:ts|js)$/.test(row.name)));
});

test("a migration can be undone and done again, and leaves nothing behind", async () => {
  await using store = await bareDatabase();
  const tables = (): Promise<unknown[]> =>
    rows(store.db, "select tablename from pg_tables where schemaname = 'public'");
  await up(store.db);
  assert.notDeepEqual(await tables(), []);
  await down(store.db);
  assert.deepEqual(await tables(), []);
  await up(store.db);
});

test("a database that is away is DX_STORE_UNAVAILABLE, and soon", async () => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const db = openDatabase({ url: proxy.url, poolSize: 1 });
  await guarded(() => rows(db, "select 1"));
  proxy.cut();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await assert.rejects(
      guarded(() => rows(db, "select 1")),
      (error) => isDxError(error, "DX_STORE_UNAVAILABLE"),
    );
  }
  proxy.mend();
  await guarded(() => rows(db, "select 1"));
  await db.destroy();
});

test("a mistake of ours is no database that is away", async () => {
  await using store = await testDatabase();
  await assert.rejects(
    guarded(() => rows(store.db, "select nothing_such")),
    (error) => {
      return !isDxError(error) && !isUnavailable(error);
    },
  );
});
