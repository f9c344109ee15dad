import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Knex } from "knex";
import pg from "pg";
import { isDxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import {
  guarded,
  isUnavailable,
  openDatabase,
  rows,
  type Database,
} from "../../../src/store/database.ts";
import {
  migrateAlone,
  migrateSchema,
  missingMigrations,
  NEEDS,
} from "../../../src/store/migrate.ts";
import { down, up } from "../../../migrations/20261121-base.ts";
import { down as removeIndex } from "../../../migrations/20261124-rules.ts";
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

test("each migration is a transaction of its own: what one locks is free while the next one works", async () => {
  await using store = await bareDatabase();
  const said: unknown[] = [];
  await migrateSchema(store.db, { ...silentLog, info: (facts: unknown) => said.push(facts) });
  const done = await rows(store.db, "select distinct xmin::text from knex_migrations");
  const names = await namesOnDisk();
  assert.equal(done.length, names.length);
  assert.deepEqual(said, [{ migrations: names }]);
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

const LATER = "29991231-of-the-next-version";

async function withLater(db: Database): Promise<void> {
  await migrateSchema(db, silentLog);
  await db("knex_migrations").insert({ name: LATER, batch: 99, migration_time: new Date() });
}

test("a version serves beside the next one, on tables that it does not know", async () => {
  await using store = await bareDatabase();
  await withLater(store.db);
  const said: unknown[] = [];
  const log = { ...silentLog, warn: (facts: unknown) => said.push(facts) };
  await migrateSchema(store.db, log);
  assert.deepEqual(said, [{ migrations: [LATER] }]);
  assert.deepEqual(await missingMigrations(store.db), []);
});

test("a version does not begin on tables from which was taken away what it needs", async () => {
  await using store = await bareDatabase();
  await withLater(store.db);
  const [oldest] = await namesOnDisk();
  await store.db("settings").insert({ name: NEEDS, value: oldest });
  await migrateSchema(store.db, silentLog);
  await store.db("settings").where({ name: NEEDS }).update({ value: LATER });
  await assert.rejects(
    migrateSchema(store.db, silentLog),
    (error) => isDxError(error, "DX_SCHEMA_NEW") && error.message.includes(LATER),
  );
});

test("several that are started together bring it up to date once, also after one that was killed in it", async () => {
  await using store = await bareDatabase();
  const one = openDatabase({ url: store.url, poolSize: 2, patient: true });
  const other = openDatabase({ url: store.url, poolSize: 2, patient: true });
  try {
    // As a process leaves it that dies in the middle.
    await missingMigrations(store.db);
    await store.db("knex_migrations_lock").update({ is_locked: 1 });
    const said: string[] = [];
    const log = { ...silentLog, info: (_: unknown, sentence: string) => said.push(sentence) };
    await Promise.all([migrateAlone(one, log), migrateAlone(other, log)]);
    assert.equal(said.length, 1);
    assert.deepEqual(await missingMigrations(store.db), []);
  } finally {
    await Promise.all([one.destroy(), other.destroy()]);
  }
});

test("a change of a table that is in use lets others by, and comes after them", async () => {
  await using store = await bareDatabase();
  await migrateSchema(store.db, silentLog);
  await removeIndex(store.db);
  await store.db("knex_migrations").where({ name: "20261124-rules" }).delete();
  const patient = openDatabase({ url: store.url, poolSize: 2, patient: true });
  const using = await store.db.transaction();
  const tables = await rows<{ tablename: string }>(
    store.db,
    "select tablename from pg_tables where schemaname = 'public' and tablename not like 'knex%'",
  );
  await using.raw(`lock table ${tables.map((row) => row.tablename).join(", ")} in share mode`);
  try {
    const migrated = migrateAlone(patient, silentLog);
    await sleep(2_300);
    await using.commit();
    await migrated;
    assert.deepEqual(await missingMigrations(store.db), []);
  } finally {
    await patient.destroy();
  }
});

test("a migration that a deadlock has ended is done anew", async () => {
  await using store = await bareDatabase();
  const deadlock = new pg.DatabaseError("deadlock detected", 0, "error");
  deadlock.code = "40P01";
  let tries = 0;
  const up = async (config: Knex.MigratorConfig): Promise<unknown> => {
    tries += 1;
    if (tries === 1) throw deadlock;
    return (await store.db.migrate.up(config)) as unknown;
  };
  const migrate = { list: store.db.migrate.list.bind(store.db.migrate), up };
  const db = new Proxy(store.db, {
    get: (knex, key): unknown => (key === "migrate" ? migrate : Reflect.get(knex, key)),
  });
  await migrateSchema(db, silentLog);
  assert.ok(tries > 1);
  assert.deepEqual(await missingMigrations(store.db), []);
});

test("who vanishes in the middle of a transaction holds its rows for 15 seconds", async () => {
  await using store = await testDatabase();
  const found = await rows(store.db, "show idle_in_transaction_session_timeout");
  assert.deepEqual(found, [{ idle_in_transaction_session_timeout: "15s" }]);
});

test("a machine that vanishes while it waits for its turn, or works, does not keep its locks", async () => {
  await using store = await bareDatabase();
  const patient = openDatabase({ url: store.url, poolSize: 2, patient: true });
  try {
    const told = await rows(
      patient,
      "select distinct source from pg_settings where name ~ '^tcp_(user_timeout|keepalives)'",
    );
    assert.deepEqual(told, [{ source: "session" }]);
  } finally {
    await patient.destroy();
  }
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
