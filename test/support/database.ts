/**
 * Real PostgreSQL for tests: one private cluster per test process, started at the first
 * use and thrown away at the end; each test has a database to itself, copied from a
 * migrated template.
 */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { silentLog } from "../../src/log/log.ts";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { startEmbedded } from "../../src/store/embedded.ts";
import { migrateSchema } from "../../src/store/migrate.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly db: Database;
}

interface Cluster {
  readonly url: string;
  readonly admin: Database;
  stop(): Promise<void>;
}

const TEMPLATE = "dx_template";
/** The data may be lost, so nothing waits for the disk. */
const FAST = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

let cluster: Promise<Cluster> | undefined;
let made = 0;
const free: Opened[] = [];
const everyDatabase: Database[] = [];

after(async () => {
  await Promise.all(everyDatabase.map((db) => db.destroy()));
  await (await cluster)?.stop();
});

async function startCluster(): Promise<Cluster> {
  const dataDir = mkdtempSync(join(tmpdir(), "dx-test-"));
  // PostgreSQL does not run as root: the account that it then has must reach its folder.
  chmodSync(dataDir, 0o755);
  const server = await startEmbedded({ dataDir, log: silentLog, settings: FAST });
  const admin = openDatabase({ url: server.url, poolSize: 1 });
  await admin.raw(`create database ${TEMPLATE}`);
  const template = openDatabase({ url: databaseUrl(server.url, TEMPLATE), poolSize: 1 });
  await migrateSchema(template, silentLog);
  await template.destroy();
  return {
    url: server.url,
    admin,
    async stop() {
      await admin.destroy();
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

interface Opened {
  readonly url: string;
  readonly db: Database;
}

async function create(template: string): Promise<Opened> {
  cluster ??= startCluster();
  const { url: clusterUrl, admin } = await cluster;
  made += 1;
  const name = `test_${String(made)}`;
  await admin.raw(`create database ${name} template ${template}`);
  const url = databaseUrl(clusterUrl, name);
  const opened = { url, db: openDatabase({ url, poolSize: 10 }) };
  everyDatabase.push(opened.db);
  return opened;
}

/** Children before parents. */
const TABLES =
  "ledger deliveries inbox destinations feeds items audiences activities subscriptions " +
  "relationships people pods settings";

async function empty(db: Database): Promise<void> {
  const deletes = TABLES.split(" ").map((table) => `delete from ${table};`);
  await db.raw(`set local statement_timeout = 2000; ${deletes.join(" ")}`);
}

/**
 * A database with the schema and nothing in it, for one test. It is emptied and used again,
 * with its connections, which is a tenth of the time that a new one takes.
 */
export async function testDatabase(): Promise<TestDatabase> {
  const opened = free.pop() ?? (await create(TEMPLATE));
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await empty(opened.db);
      free.push(opened);
    },
  };
}

/** A database without the schema. */
export async function bareDatabase(): Promise<TestDatabase> {
  const opened = await create("template1");
  return { ...opened, [Symbol.asyncDispose]: () => opened.db.destroy() };
}
