/** Real PostgreSQL for tests: each has a database to itself, copied from a migrated template. */
import { after } from "node:test";
import { openDatabase, type Database } from "../../src/store/database.ts";
import { databaseUrl, TEMPLATE, useCluster, type Cluster } from "./database-cluster.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  readonly db: Database;
}

let cluster: Promise<Cluster> | undefined;
let admin: Database | undefined;
let made = 0;
const free: Opened[] = [];
const everyDatabase: Database[] = [];

after(async () => {
  await Promise.all(everyDatabase.map((db) => db.destroy()));
  await admin?.destroy();
  await (await cluster)?.stop();
});

interface Opened {
  readonly url: string;
  readonly db: Database;
}

async function create(template: string): Promise<Opened> {
  cluster ??= useCluster();
  const { url: clusterUrl } = await cluster;
  admin ??= openDatabase({ url: clusterUrl, poolSize: 1 });
  made += 1;
  const name = `test_${String(process.pid)}_${String(made)}`;
  await admin.raw(`create database ${name} template ${template}`);
  const url = databaseUrl(clusterUrl, name);
  const opened = { url, db: openDatabase({ url, poolSize: 10 }) };
  everyDatabase.push(opened.db);
  return opened;
}

/** Children before parents. */
const TABLES =
  "standings quarantine accepted_senders " +
  "placed_items comment_items comment_nodes " +
  "newcomers ledger deliveries inbox destinations feeds items audiences photos activities subscriptions " +
  "preferences notices counters said conversation_people conversations " +
  "fetched_avatars own_avatars own_profiles profile_details profiles digests " +
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
