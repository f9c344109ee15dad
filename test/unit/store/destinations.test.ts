import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { finishDeliveries, retryDelivery } from "../../../src/store/deliveries.ts";
import {
  claimDestinations,
  freeLeasesOfTheDead,
  missingWorkers,
  nextDue,
  releaseDestination,
  renewLeases,
  wakeDestinations,
} from "../../../src/store/destinations.ts";
import { LOCK_WORKER } from "../../../src/store/presence.ts";
import { podReturned } from "../../../src/store/silence.ts";
import { testDatabase } from "../../support/database.ts";
import { assertDueNow, dueIn, POD, queueBench } from "./queue-support.ts";

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

test("transactions that wake the same destinations in another order do not wait for each other for ever", async () => {
  await using store = await testDatabase();
  const addresses = Array.from(
    { length: 30 },
    (_, index) => `https://pod${String(index)}.example/`,
  );
  await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      store.db.transaction((tx) =>
        wakeDestinations(tx, "pod", index % 2 === 0 ? addresses : [...addresses].reverse()),
      ),
    ),
  );
  const claimed = await claimDestinations(store.db, "pod", 1, 100);
  assert.equal(claimed.length, 30);
  assert.deepEqual(new Set(claimed.map((one) => one.wakes)), new Set(["9"]));
});

test("an address that is named twice is woken once", async () => {
  await using store = await testDatabase();
  const ids = await wakeDestinations(store.db, "pod", [POD, POD]);
  assert.deepEqual([...ids.keys()], [POD]);
  assert.equal((await wakeDestinations(store.db, "pod", [])).size, 0);
});

test("workers that claim at the same time share the destinations, each to one", async () => {
  await using store = await testDatabase();
  const addresses = Array.from({ length: 100 }, (_, index) => `person${String(index)}@example.org`);
  await wakeDestinations(store.db, "jid", addresses);
  const claims = await Promise.all(
    Array.from({ length: 10 }, (_, worker) => claimDestinations(store.db, "jid", worker + 1, 15)),
  );
  const all = claims.flat().map((one) => one.address);
  assert.equal(new Set(all).size, all.length, "nobody has what another has");
  const rest = await claimDestinations(store.db, "jid", 99, 100);
  assert.equal(all.length + rest.length, 100);
  assert.deepEqual(await claimDestinations(store.db, "jid", 100, 100), []);
});

test("a kind is claimed by its own workers only", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD]);
  assert.deepEqual(await claimDestinations(store.db, "person", 1, 10), []);
});

test("a lease that ran out can be taken, and its late holder changes nothing any more", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("root");
  const late = await queue.claimOne(1);
  assert.deepEqual(await queue.claim(2), []);
  await store.db.raw("update destinations set lease_until = now() - interval '1 second'");
  const now = await queue.claimOne(2);
  await releaseDestination(store.db, late, 1, {
    state: "unreachable",
    next: inAnHour(),
    error: "x",
  });
  assert.deepEqual(await queue.claim(3), [], "the second holder still has it");
  await releaseDestination(store.db, now, 2, { state: "more" });
  assert.equal((await queue.claimOne(3)).attempts, 0);
});

test("a claim whose answer was lost is free after a while, and at once after a break", async () => {
  await using store = await testDatabase();
  const { db } = store;
  await wakeDestinations(db, "pod", [POD, "https://known.example/"]);
  const [known] = await claimDestinations(db, "pod", 1, 1);
  assert.ok(known !== undefined);
  const [lost] = await claimDestinations(db, "pod", 1, 1, { working: [known.id] });
  assert.ok(lost !== undefined);
  const working = [known.id];
  assert.deepEqual(await claimDestinations(db, "pod", 1, 9, { working }), []);
  assert.deepEqual(await claimDestinations(db, "pod", 2, 9, { broke: true }), [], "not another's");
  const again = await claimDestinations(db, "pod", 1, 9, { working, broke: true });
  assert.deepEqual(
    again.map(({ id }) => id),
    [lost.id],
  );
  await db.raw("update destinations set lease_until = lease_until - interval '16 seconds'");
  assert.equal((await claimDestinations(db, "pod", 1, 9, { working })).length, 1);
});

test("what was put there while a worker drained is not lost when it lets go", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("first");
  const held = await queue.claimOne(1);
  const pending = await queue.pending(held);
  await queue.enqueue("second");
  await finishDeliveries(store.db, { delivered: pending, refused: [] }, true);
  await releaseDestination(store.db, held, 1, { state: "drained" });
  await assertDueNow(store.db);
  assert.deepEqual(await queue.roots(await queue.claimOne(1)), ["second"]);
});

test("a release and a wake-up that meet leave the destination due, whoever comes first", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  for (let round = 0; round < 30; round += 1) {
    await queue.enqueue(`round ${String(round)}`);
    const held = await queue.claimOne(1);
    const pending = await queue.pending(held);
    await finishDeliveries(store.db, { delivered: pending, refused: [] }, false);
    await Promise.all([
      queue.enqueue(`racing ${String(round)}`),
      releaseDestination(store.db, held, 1, { state: "drained" }),
    ]);
    const again = await queue.claimOne(2);
    const rest = await queue.pending(again);
    assert.deepEqual(
      rest.map((one) => one.rootGuid),
      [`racing ${String(round)}`],
    );
    await finishDeliveries(store.db, { delivered: rest, refused: [] }, false);
    await releaseDestination(store.db, again, 2, { state: "drained" });
  }
});

test("a release waits for a wake-up that is not committed yet", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("first");
  const held = await queue.claimOne(1);
  const tx = await store.db.transaction();
  await wakeDestinations(tx, "pod", [POD]);
  const released = releaseDestination(store.db, held, 1, { state: "drained" });
  await sleep(30);
  await tx.commit();
  await released;
  await assertDueNow(store.db);
});

test("a drained destination waits for the next wake-up, and sleeps without end until then", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD]);
  const [held] = await claimDestinations(store.db, "pod", 1, 1);
  assert.ok(held !== undefined);
  await releaseDestination(store.db, held, 1, { state: "drained" });
  assert.equal(await dueIn(store.db), null);
  assert.equal(await nextDue(store.db, "pod"), null);
});

test("a destination is due again when the first message that was put off is", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("one");
  await queue.enqueue("other");
  const held = await queue.claimOne(1);
  const [one, other] = await queue.pending(held);
  assert.ok(one !== undefined && other !== undefined);
  await retryDelivery(store.db, one, inAnHour(), "later");
  await retryDelivery(store.db, other, new Date(Date.now() + 600_000), "sooner");
  await releaseDestination(store.db, held, 1, { state: "drained" });
  const seconds = await dueIn(store.db);
  assert.ok(seconds !== null && seconds > 500 && seconds <= 600, String(seconds));
});

test("a message whose time came while others were worked on is not forgotten", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("put off");
  const first = await queue.claimOne(1);
  const [put] = await queue.pending(first);
  assert.ok(put !== undefined);
  await retryDelivery(store.db, put, new Date(Date.now() + 40), "soon");
  await releaseDestination(store.db, first, 1, { state: "more" });
  const slow = await queue.claimOne(1);
  assert.deepEqual(await queue.roots(slow), []);
  await sleep(60);
  await releaseDestination(store.db, slow, 1, { state: "drained" });
  await assertDueNow(store.db);
});

test("what waits behind a message that was put off does not make its destination spin", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("root");
  await queue.enqueue("root");
  const held = await queue.claimOne(1);
  const [first] = await queue.pending(held);
  assert.ok(first !== undefined);
  await retryDelivery(store.db, first, inAnHour(), "later");
  await releaseDestination(store.db, held, 1, { state: "drained" });
  const seconds = await dueIn(store.db);
  assert.ok(seconds !== null && seconds > 3000, String(seconds));
});

test("new posts do not wake a pod that is backing off", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("one");
  const held = await queue.claimOne(1);
  await releaseDestination(store.db, held, 1, {
    state: "unreachable",
    next: inAnHour(),
    error: "connection refused",
  });
  for (const root of ["two", "three", "four"]) await queue.enqueue(root);
  assert.deepEqual(await queue.claim(1), []);
  const seconds = await dueIn(store.db);
  assert.ok(seconds !== null && seconds > 3000, String(seconds));
});

test("failures are counted until it is reached again", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("one");
  for (const attempts of [0, 1, 2]) {
    const held = await queue.claimOne(1);
    assert.equal(held.attempts, attempts);
    const next = new Date(Date.now() - 1);
    await releaseDestination(store.db, held, 1, {
      state: "unreachable",
      next,
      error: "x".repeat(9_999),
    });
  }
  await releaseDestination(store.db, await queue.claimOne(1), 1, { state: "more" });
  assert.equal((await queue.claimOne(1)).attempts, 0);
});

test("leases of the dead are free at once, those of the living are not", async () => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD, "https://other.example/"]);
  const living = new pg.Client({ connectionString: store.url });
  await living.connect();
  await living.query("select pg_advisory_lock($1, $2)", [LOCK_WORKER, 2 ** 31 - 1]);
  try {
    const [kept] = await claimDestinations(store.db, "pod", 2 ** 31 - 1, 1);
    const [dead] = await claimDestinations(store.db, "pod", 7, 1);
    assert.ok(kept !== undefined && dead !== undefined);
    assert.deepEqual(await missingWorkers(store.db, LOCK_WORKER), [7]);
    assert.equal(await freeLeasesOfTheDead(store.db, LOCK_WORKER, [2 ** 31 - 1, 6]), 0);
    assert.equal(await freeLeasesOfTheDead(store.db, LOCK_WORKER, [7]), 1);
    const free = await claimDestinations(store.db, "pod", 8, 10);
    assert.deepEqual(
      free.map((one) => one.address),
      [dead.address],
    );
  } finally {
    await living.end();
  }
});

test("a worker that lives at another database does not keep leases here", async () => {
  await using store = await testDatabase();
  await using other = await testDatabase();
  await wakeDestinations(store.db, "pod", [POD]);
  await claimDestinations(store.db, "pod", 7, 1);
  await other.db.transaction(async (tx) => {
    await tx.raw("select pg_advisory_xact_lock(?, ?)", [LOCK_WORKER, 7]);
    assert.equal(await freeLeasesOfTheDead(store.db, LOCK_WORKER), 1);
  });
});

test("what was not tried goes back as it was: due, with its back-off and its error", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("root");
  const facts = (): Promise<unknown> =>
    store.db("destinations").select("attempts", "last_error", "unreachable_since").first();
  const away = { state: "unreachable", next: inAnHour(), error: "no answer" } as const;
  await releaseDestination(store.db, await queue.claimOne(1), 1, away);
  await store.db.raw("update destinations set due_at = now()");
  const before = await facts();
  await releaseDestination(store.db, await queue.claimOne(1), 1, { state: "untouched" });
  assert.deepEqual(await facts(), before);
  await assertDueNow(store.db);
  const later = { state: "untouched", next: inAnHour() } as const;
  await releaseDestination(store.db, await queue.claimOne(1), 1, later);
  assert.deepEqual(await facts(), before);
  const seconds = await dueIn(store.db);
  assert.ok(seconds !== null && seconds > 3_500 && seconds <= 3_600, String(seconds));
});

test("whoever failed before its pod was reached by another is tried again soon", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("root");
  await store.db.raw("update destinations set attempts = 9, unreachable_since = now()");
  const release = { state: "unreachable", next: inAnHour(), error: "x" } as const;
  const held = await queue.claimOne(1);
  await podReturned(store.db, POD);
  await releaseDestination(store.db, held, 1, release);
  const soon = await dueIn(store.db);
  assert.ok(soon !== null && soon <= 5, `due in ${String(soon)} s`);
  await store.db.raw("update destinations set due_at = now()");
  await releaseDestination(store.db, await queue.claimOne(1), 1, release);
  assert.ok(((await dueIn(store.db)) ?? 0) > 3_000, "as it says where nobody reached it");
});

test("who renews leases, who wakes and a pod that returns do not wait for each other for ever", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = Array.from({ length: 60 }, (_, at) => `${POD} person${String(at + 10)}`);
  // Rows lie in another order than their addresses.
  for (const address of people.toReversed()) await wakeDestinations(db, "person", [address]);
  const ids = (await claimDestinations(db, "person", 1, 100)).map(({ id }) => id);
  const away = "update destinations set unreachable_since = now()";
  for (let round = 0; round < 10; round += 1) {
    await db.raw(away);
    const [renewed] = await Promise.all([
      renewLeases(db, 1, ids, 90),
      wakeDestinations(db, "person", people),
      podReturned(db, POD),
      renewLeases(db, 1, ids.toReversed(), 90),
    ]);
    assert.equal(renewed.size, people.length);
  }
  assert.equal((await renewLeases(db, 2, ids, 90)).size, 0, "another has none of them");
});
