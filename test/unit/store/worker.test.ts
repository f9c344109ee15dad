import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Destination } from "../../../src/activitystreams/delivery.ts";
import { silentLog } from "../../../src/log/log.ts";
import { openDatabase, rows, type Database } from "../../../src/store/database.ts";
import { releaseDestination, wakeDestinations } from "../../../src/store/destinations.ts";
import { startWorker, type Worker, type WorkerOptions } from "../../../src/store/worker.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { testDatabase } from "../../support/database.ts";

interface Bench {
  readonly worker: Worker;
  readonly handled: string[];
  until(test: () => boolean): Promise<void>;
}

const ME = 42;

/** A worker whose handler takes what `during` takes and then lets go. */
function start(
  db: Database,
  options: Partial<WorkerOptions> & { during?: (one: Destination) => Promise<void> } = {},
): Bench {
  const handled: string[] = [];
  const { during, ...rest } = options;
  const worker = startWorker({
    db,
    worker: ME,
    kind: "pod",
    batch: 1,
    concurrency: 4,
    log: silentLog,
    ready: () => true,
    handle: async (claimed) => {
      for (const one of claimed) {
        handled.push(one.address);
        await during?.(one);
        await releaseDestination(db, one, ME, { state: "drained" });
      }
    },
    ...rest,
  });
  return {
    worker,
    handled,
    async until(holds) {
      for (let round = 0; !holds(); round += 1) {
        assert.ok(round < 300, `only ${JSON.stringify(handled)} after 3 s`);
        await sleep(10);
      }
    },
  };
}

const pods = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `https://pod${String(index)}.example/`);

test("what is due at the start and what comes later is worked on, each once", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(10));
  const bench = start(store.db);
  await bench.until(() => bench.handled.length === 10);
  await wakeDestinations(store.db, "pod", ["https://late.example/"]);
  bench.worker.wake();
  await bench.until(() => bench.handled.length === 11);
  await bench.worker.stop();
  assert.deepEqual(new Set(bench.handled), new Set([...pods(10), "https://late.example/"]));
});

test("no more handlers are at work than allowed, with no more destinations each", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(20));
  let running = 0;
  let most = 0;
  let largest = 0;
  const bench = start(store.db, {
    batch: 3,
    concurrency: 2,
    handle: async (claimed) => {
      running += 1;
      most = Math.max(most, running);
      largest = Math.max(largest, claimed.length);
      await sleep(5);
      for (const one of claimed) {
        bench.handled.push(one.address);
        await releaseDestination(store.db, one, ME, { state: "drained" });
      }
      running -= 1;
    },
  });
  await bench.until(() => bench.handled.length === 20);
  await bench.worker.stop();
  assert.deepEqual([most, largest], [2, 3]);
});

test("a wake-up that comes while a claim is under way is not lost", async () => {
  await using store = await testDatabase();
  const bench = start(store.db);
  for (let round = 1; round <= 30; round += 1) {
    bench.worker.wake();
    const address = `https://round${String(round)}.example/`;
    // Committed after the claim has begun, announced before it has ended.
    await wakeDestinations(store.db, "pod", [address]);
    bench.worker.wake();
    await bench.until(() => bench.handled.includes(address));
  }
  await bench.worker.stop();
  assert.equal(bench.handled.length, 30);
});

test("while it is not ready nothing is claimed", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(1));
  let ready = false;
  const bench = start(store.db, { ready: () => ready });
  bench.worker.wake();
  await sleep(50);
  assert.deepEqual(bench.handled, []);
  const leases = await rows(store.db, "select leased_by from destinations");
  assert.deepEqual(leases, [{ leased_by: null }]);
  ready = true;
  bench.worker.wake();
  await bench.until(() => bench.handled.length === 1);
  await bench.worker.stop();
});

test("what is due a little later is worked on then, without a wake-up", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(1));
  await store.db.raw("update destinations set due_at = now() + interval '80 milliseconds'");
  const bench = start(store.db);
  await sleep(30);
  assert.deepEqual(bench.handled, []);
  await bench.until(() => bench.handled.length === 1);
  await bench.worker.stop();
});

test("stopping waits for what is at work", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(1));
  let ended = false;
  const bench = start(store.db, {
    during: async () => {
      await sleep(60);
      ended = true;
    },
  });
  await bench.until(() => bench.handled.length === 1);
  await Promise.all([bench.worker.stop(), bench.worker.stop()]);
  assert.equal(ended, true);
});

test("nothing begins after stopping, not even what was being claimed", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(3));
  let stopped = false;
  const late: string[] = [];
  const bench = start(store.db, {
    during: (one) => {
      if (stopped) late.push(one.address);
      return Promise.resolve();
    },
  });
  // The first claim is under way.
  await bench.worker.stop();
  stopped = true;
  await sleep(80);
  assert.deepEqual(late, []);
  await wakeDestinations(store.db, "pod", ["https://late.example/"]);
  bench.worker.wake();
  await sleep(50);
  assert.equal(bench.handled.includes("https://late.example/"), false);
});

test("a handler that throws does not stop the others", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(5));
  const bench = start(store.db, {
    concurrency: 1,
    during: (one) => {
      if (one.address.includes("pod2")) throw new Error("a fault");
      return Promise.resolve();
    },
  });
  await bench.until(() => bench.handled.length === 5);
  await bench.worker.stop();
});

test("it goes on by itself when the database was away", async () => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const db = openDatabase({ url: proxy.url, poolSize: 2 });
  const bench = start(db);
  await sleep(30);
  proxy.cut();
  bench.worker.wake();
  await wakeDestinations(store.db, "pod", pods(1));
  await sleep(50);
  proxy.mend();
  await bench.until(() => bench.handled.length === 1);
  await bench.worker.stop();
  await db.destroy();
});

test("a destination that broke off and is worked on again is not given back under the hands of that work", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(1));
  const again = Promise.withResolvers<null>();
  const bench = start(store.db, {
    during: async () => {
      if (bench.handled.length === 1) throw new Error("a fault");
      await again.promise;
    },
  });
  await bench.until(() => bench.handled.length === 1);
  await store.db.raw("update destinations set lease_until = null, leased_by = null");
  bench.worker.wake();
  await bench.until(() => bench.handled.length === 2);
  // The first is given back after a second.
  await sleep(1_300);
  assert.deepEqual(await store.db("destinations").pluck("leased_by"), [ME]);
  again.resolve(null);
  await bench.worker.stop();
});

test("pitfall 59: whoever is slow holds a place for a moment only, and none when that is known", async () => {
  await using store = await testDatabase();
  const slow = pods(6).map((url) => `${url}slow`);
  await wakeDestinations(store.db, "pod", slow);
  const answered = Promise.withResolvers<undefined>();
  const bench = start(store.db, {
    concurrency: 2,
    aside: 10,
    during: (one) => (one.address.endsWith("slow") ? answered.promise : Promise.resolve()),
  });
  await bench.until(() => bench.handled.length === 6);
  await wakeDestinations(store.db, "pod", pods(20));
  bench.worker.wake();
  await bench.until(() => bench.handled.length === 26);
  answered.resolve(undefined);
  await bench.worker.stop();
});

test("when there is no room for more of the slow, they wait and the others do not", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", pods(5));
  await store.db.raw("update destinations set attempts = 3");
  let gate = Promise.withResolvers<undefined>();
  const bench = start(store.db, {
    concurrency: 2,
    aside: 2,
    during: (one) => (one.attempts > 0 ? gate.promise : Promise.resolve()),
  });
  await bench.until(() => bench.handled.length >= 2);
  const quick = ["https://quick1.example/", "https://quick2.example/", "https://quick3.example/"];
  await wakeDestinations(store.db, "pod", quick);
  bench.worker.wake();
  await bench.until(() => quick.every((address) => bench.handled.includes(address)));
  const first = gate;
  gate = Promise.withResolvers();
  gate.resolve(undefined);
  first.resolve(undefined);
  await bench.until(() => bench.handled.length === 8);
  await bench.worker.stop();
  assert.equal(new Set(bench.handled).size, 8);
});
