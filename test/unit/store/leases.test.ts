import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Destination } from "../../../src/activitystreams/delivery.ts";
import { silentLog } from "../../../src/log/log.ts";
import { openDatabase, rows, type Database } from "../../../src/store/database.ts";
import { releaseDestination, wakeDestinations } from "../../../src/store/destinations.ts";
import { startWorker, type Worker } from "../../../src/store/worker.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { testDatabase } from "../../support/database.ts";
import { POD } from "./queue-support.ts";

const LEASE_SECONDS = 0.6;

type Work = (one: Destination, signal: AbortSignal) => Promise<void>;

function start(db: Database, worker: number, work: Work): Worker {
  return startWorker({
    db,
    worker,
    kind: "pod",
    batch: 1,
    concurrency: 4,
    log: silentLog,
    ready: () => true,
    leaseSeconds: LEASE_SECONDS,
    async handle(claimed, signal) {
      for (const one of claimed) {
        await work(one, signal);
        await releaseDestination(db, one, worker, { state: "drained" });
      }
    },
  });
}

async function until(what: string, holds: () => boolean, ms = 3_000): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    assert.ok(waited < ms, `never: ${what}`);
    await sleep(10);
  }
}

test("work that takes longer than a lease is nobody else's meanwhile", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD]);
  const worked: number[] = [];
  const ended: boolean[] = [];
  const slow = start(store.db, 1, async (_, signal) => {
    worked.push(1);
    await sleep(LEASE_SECONDS * 3_000);
    ended.push(signal.aborted);
  });
  await until("the first has it", () => worked.length === 1);
  const other = start(store.db, 2, () => {
    worked.push(2);
    return Promise.resolve();
  });
  while (ended.length === 0) {
    other.wake();
    await sleep(50);
  }
  await slow.stop();
  await other.stop();
  assert.deepEqual([worked, ended], [[1], [false]]);
});

test("who has lost a lease is told before the next send, and what the other holds stays the other's", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD]);
  const sent: string[] = [];
  const first = start(store.db, 1, async (_, signal) => {
    for (let message = 1; message <= 30 && !signal.aborted; message += 1) {
      sent.push(`first ${String(message)}`);
      await sleep(100);
    }
    sent.push("first ended");
  });
  await until("something is sent", () => sent.length > 0);
  // As when its connection is gone, and another takes it for dead.
  await store.db.raw("update destinations set lease_until = null, leased_by = null");
  const second = start(store.db, 2, async () => {
    sent.push("second");
    await until("the first has stopped", () => sent.includes("first ended"));
    await sleep(50);
  });
  await until("the second has it", () => sent.includes("second"));
  await until("the first has stopped", () => sent.includes("first ended"));
  assert.ok(!sent.includes("first 30"));
  const held = await rows(store.db, "select leased_by from destinations");
  assert.deepEqual(held, [{ leased_by: 2 }]);
  await first.stop();
  await second.stop();
});

test("after a break it looks at once, not at the next third", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD]);
  const told: boolean[] = [];
  const worker = startWorker({
    ...{ db: store.db, worker: 1, kind: "pod", batch: 1, concurrency: 1, log: silentLog },
    ready: () => true,
    async handle(_, signal) {
      await store.db.raw("update destinations set leased_by = 2");
      worker.recheck();
      await until("it is told", () => signal.aborted);
      told.push(signal.aborted);
    },
  });
  await until("the work ended", () => told.length === 1);
  await worker.stop();
});

test("who cannot ask the database for seconds takes its leases for lost", async () => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const db = openDatabase({ url: proxy.url, poolSize: 2 });
  await wakeDestinations(store.db, "pod", [POD]);
  let told = false;
  const worker = start(db, 1, async (_, signal) => {
    proxy.cut();
    await until("it is told", () => signal.aborted, 20_000);
    told = true;
    proxy.mend();
  });
  await until("the work ended", () => told, 25_000);
  await worker.stop();
  await db.destroy();
});

test("a daemon that stops says so to whoever works, also when it claimed meanwhile", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD, "https://other.example/"]);
  const aborted: boolean[] = [];
  const worker = start(store.db, 1, async (_, signal) => {
    await sleep(30);
    aborted.push(signal.aborted);
  });
  await worker.stop();
  assert.ok(!aborted.includes(false), JSON.stringify(aborted));
  const held = await rows(store.db, "select 1 from destinations where leased_by is not null");
  assert.deepEqual(held, []);
});
