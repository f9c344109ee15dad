/** What `/ready` says of each fault, with a real database where there is one. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import {
  databaseCheck,
  drainingCheck,
  inboxCheck,
  migrationsCheck,
  streamCheck,
} from "../../../src/daemon/checks.ts";
import { silentLog } from "../../../src/log/log.ts";
import { createReadiness } from "../../../src/metrics/readiness.ts";
import { openDatabase } from "../../../src/store/database.ts";
import { inboxFigures } from "../../../src/store/figures.ts";
import { createInboxWriter } from "../../../src/store/inbox.ts";
import { writeRefusal } from "../../../src/store/refused-writes.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { bareDatabase, testDatabase } from "../../support/database.ts";

const WELL = { ok: true, says: "answers" };

test("a database that answers is well, and how long it took is told", async () => {
  await using store = await testDatabase();
  const took: (number | null)[] = [];
  assert.deepEqual(await databaseCheck(store.db, (seconds) => took.push(seconds)).look(), WELL);
  assert.equal(took.length, 1);
  assert.ok((took[0] ?? -1) >= 0);
});

test("a database that is cut off is said to be so, and is well again when it is back", async () => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const db = openDatabase({ url: proxy.url, poolSize: 2 });
  const took: (number | null)[] = [];
  const check = databaseCheck(db, (seconds) => took.push(seconds));
  assert.deepEqual(await check.look(), WELL);
  proxy.cut();
  assert.deepEqual(await check.look(), { ok: false, says: "the database cannot be reached" });
  assert.deepEqual(await migrationsCheck(db).look(), {
    ok: false,
    says: "not known while the database is away",
  });
  assert.equal(took.at(-1), null, "how long it once took is no longer told");
  proxy.mend();
  assert.deepEqual(await check.look(), WELL);
  await db.destroy();
});

for (const [code, says] of [
  ["53100", "the database takes no writes: its disk is full"],
  ["58030", "the database takes no writes: its disk fails"],
  ["25006", "the database takes no writes"],
] as const) {
  test(`a database that answers but refuses writes with ${code} is said to do so, and is well again by itself`, async () => {
    await using store = await testDatabase();
    const told: boolean[] = [];
    const check = databaseCheck(
      store.db,
      () => undefined,
      (writable) => told.push(writable),
    );
    await assert.rejects(
      store.db.transaction((tx) =>
        tx.raw(`do $$ begin raise exception 'no' using errcode = '${code}'; end $$`),
      ),
    );
    assert.deepEqual(await check.look(), { ok: false, says });
    assert.deepEqual(
      [(await writeRefusal(store.db)) === null, await writeRefusal(store.db, 0)],
      [false, null],
    );
    assert.deepEqual(await check.look(), WELL);
    assert.deepEqual(told, [false, true]);
  });
}

test("whether there is room again is tried where room would be taken", async () => {
  await using store = await testDatabase();
  await assert.rejects(
    store.db.raw("do $$ begin raise exception 'no' using errcode = '53100'; end $$"),
  );
  const spilled: string[] = [];
  store.db.on("query", ({ sql }: { readonly sql: string }) => spilled.push(sql));
  assert.equal(await writeRefusal(store.db, 0), null);
  const sort = spilled.find((sql) => sql.includes("generate_series")) ?? "";
  const plan = await store.db.transaction(async (tx) => {
    await tx.raw("set local work_mem = '64kB'");
    const { rows } = await tx.raw<{ rows: { "QUERY PLAN": string }[] }>(`explain analyze ${sort}`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  });
  assert.match(plan, /external merge {2}Disk/);
});

test("a database that hangs holds /ready up for less than a second or so", async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const db = openDatabase({ url: `postgres://x:y@127.0.0.1:${String(port)}/z`, poolSize: 2 });
  const checks = [databaseCheck(db, () => undefined), migrationsCheck(db)];
  const began = performance.now();
  const { ok, json } = await createReadiness({ checks, log: silentLog }).answer();
  assert.ok(performance.now() - began < 3_000);
  assert.equal(ok, false);
  assert.match(json, /"database":\{"ok":false,"says":"has not answered within 0.8 s"\}/);
  void db.destroy();
});

test("a schema without this version's migrations is said to be old", async () => {
  await using store = await bareDatabase();
  assert.deepEqual(await migrationsCheck(store.db).look(), {
    ok: false,
    says: "the schema is older than this version",
  });
  await using complete = await testDatabase();
  const check = migrationsCheck(complete.db);
  assert.deepEqual(await check.look(), { ok: true, says: "up to date" });
});

for (const [state, online, ok, says] of [
  ["asking", false, false, "the component is not held yet"],
  ["standing-by", false, true, "standing by: another daemon holds the component"],
  ["holding", true, true, "online"],
  ["holding", false, false, "the XMPP server is not reached, or does not let the component in"],
  [null, false, false, "the component is not held yet"],
] as const) {
  test(`the stream of who is ${state ?? "starting"} and ${online ? "on" : "off"}line: ${says}`, async () => {
    const standby = () => (state === null ? null : { state });
    const finding = await streamCheck({ stream: { online }, standby }).look();
    assert.deepEqual([finding.ok, finding.says], [ok, says]);
    assert.equal(finding.standby === true, state === "standing-by");
  });
}

test("an inbox that is full is said to be so", async () => {
  await using store = await testDatabase();
  const limits = { maxRows: 2, maxInFlight: 10 };
  const check = inboxCheck(
    () => inboxFigures(store.db, limits.maxRows),
    () => limits.maxRows,
  );
  assert.deepEqual(await check.look(), { ok: true, says: "has room" });
  const writer = createInboxWriter(store.db, limits, () => undefined);
  const message = { kind: "public", recipient: null, body: Buffer.from("x") } as const;
  await writer.add({ ...message, claimedHost: "a.example" });
  await writer.add({ ...message, claimedHost: "b.example" });
  assert.deepEqual(await check.look(), {
    ok: false,
    says: "full: pods are asked to come back later",
    serves: true,
  });
  limits.maxRows = 3;
  assert.equal((await check.look()).ok, true);
});

test("a daemon that is being stopped says so", async () => {
  assert.deepEqual(await drainingCheck(() => true).look(), {
    ok: false,
    says: "this daemon is being stopped",
  });
  assert.equal((await drainingCheck(() => false).look()).ok, true);
});
