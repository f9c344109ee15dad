import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { entombActivity } from "../../../src/store/activities.ts";
import { rows } from "../../../src/store/database.ts";
import {
  enqueueActivity,
  enqueueSignal,
  finishDeliveries,
  retryDelivery,
} from "../../../src/store/deliveries.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { closeLocal, insertLocal, reopenLocal } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { jid, localPerson } from "../../support/fixtures.ts";
import { countRows, POD, queueBench, storedPost } from "./queue-support.ts";

const inAnHour = (): Date => new Date(Date.now() + 3_600_000);

test("a post for many is one row each, in the order in which they were put there", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db, "jid");
  const readers = ["a@example.org", "b@example.org", "c@example.org"];
  await queue.enqueue("one", readers);
  await queue.enqueue("two", readers);
  const claimed = await queue.claim(1);
  const pending = await pendingDeliveries(
    store.db,
    claimed.map((one) => one.id),
    100,
  );
  assert.deepEqual(
    pending.map((one) => one.rootGuid),
    ["one", "one", "one", "two", "two", "two"],
  );
  const few = await pendingDeliveries(
    store.db,
    claimed.map((one) => one.id),
    4,
  );
  assert.deepEqual(
    few.map((one) => one.id),
    pending.slice(0, 4).map((one) => one.id),
  );
});

test("the same post for the same destination waits once", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  const activityId = await queue.enqueue("root");
  await enqueueActivity(store.db, activityId, "root", { kind: "pod", addresses: [POD] });
  assert.equal((await queue.pending(await queue.claimOne(1))).length, 1);
});

test("two notices for one person are two", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db, "jid");
  for (const text of ["first", "second"]) {
    await enqueueSignal(store.db, jid("bob@example.org"), null, { kind: "words", text });
  }
  const pending = await queue.pending(await queue.claimOne(1));
  assert.deepEqual(
    pending.map((one) => one.content),
    [
      { type: "signal", from: null, signal: { kind: "words", text: "first" } },
      { type: "signal", from: null, signal: { kind: "words", text: "second" } },
    ],
  );
});

test("a message that was put off holds what follows on its root and nothing else", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  for (const root of ["poison", "other", "poison", "third"]) await queue.enqueue(root);
  const held = await queue.claimOne(1);
  const [poison] = await queue.pending(held);
  assert.ok(poison !== undefined);
  await retryDelivery(store.db, poison, inAnHour(), "422");
  assert.deepEqual(await queue.roots(held), ["other", "third"]);
  await retryDelivery(store.db, poison, new Date(Date.now() - 1), "422");
  const again = await queue.pending(held);
  assert.deepEqual(
    again.map((one) => one.rootGuid),
    ["poison", "other", "poison", "third"],
  );
  assert.deepEqual(
    again.map((one) => one.attempts),
    [2, 0, 0, 0],
  );
});

test("a message that was put off holds its root at that destination only", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  const pods = ["https://a.example/", "https://b.example/"];
  await queue.enqueue("root", pods);
  await queue.enqueue("root", pods);
  const [one, other] = await queue.claim(1);
  assert.ok(one !== undefined && other !== undefined);
  const [first] = await queue.pending(one);
  assert.ok(first !== undefined);
  await retryDelivery(store.db, first, inAnHour(), "500");
  assert.deepEqual(await queue.roots(one), []);
  assert.deepEqual(await queue.roots(other), ["root", "root"]);
});

test("the ledger keeps who got what, and a later outcome replaces an earlier one", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  const good = await queue.enqueue("good");
  const bad = await queue.enqueue("bad");
  const held = await queue.claimOne(1);
  const [delivered, refused] = await queue.pending(held);
  assert.ok(delivered !== undefined && refused !== undefined);
  await finishDeliveries(store.db, { delivered: [delivered], refused: [refused] }, true);
  const ledger = (): Promise<unknown[]> =>
    rows(store.db, "select activity_id, outcome from ledger order by activity_id");
  assert.deepEqual(await ledger(), [
    { activity_id: good, outcome: "delivered" },
    { activity_id: bad, outcome: "refused" },
  ]);
  assert.deepEqual(await queue.pending(held), []);
  await enqueueActivity(store.db, bad, "bad", { kind: "pod", addresses: [POD] });
  await finishDeliveries(store.db, { delivered: await queue.pending(held), refused: [] }, true);
  assert.deepEqual(await ledger(), [
    { activity_id: good, outcome: "delivered" },
    { activity_id: bad, outcome: "delivered" },
  ]);
});

test("finishing twice is finishing once, and nothing is written where no ledger is kept", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db, "jid");
  await queue.enqueue("root", ["bob@example.org"]);
  const pending = await queue.pending(await queue.claimOne(1));
  await finishDeliveries(store.db, { delivered: pending, refused: [] }, false);
  await finishDeliveries(store.db, { delivered: pending, refused: [] }, true);
  await finishDeliveries(store.db, { delivered: [], refused: [] }, true);
  assert.equal(await countRows(store.db, "deliveries"), 0);
  assert.equal(await countRows(store.db, "ledger"), 0);
});

test("a post that was deleted before it went out does not hold what is behind it", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  const gone = await queue.enqueue("gone");
  await queue.enqueue("other");
  await entombActivity(store.db, gone);
  const held = await queue.claimOne(1);
  assert.deepEqual(await queue.roots(held), ["other"]);
  await sleep(1);
  assert.equal(await countRows(store.db, "deliveries"), 1, "its row does not stay for ever");
});

test("an activity comes out of the queue as it went in, with its author", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("root");
  const [delivery] = await queue.pending(await queue.claimOne(1));
  assert.ok(delivery?.content.type === "activity");
  const { activity, author } = delivery.content;
  assert.equal(activity.verb, "post");
  assert.deepEqual(activity.published, new Date("2026-01-02T03:04:05Z"));
  assert.deepEqual(activity.actor, { network: "diaspora", id: author.diasporaId, name: "alice" });
  assert.equal("podUrl" in author && author.podUrl, POD);
});

test("what a person has not yet published when they leave is not published any more", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const queue = await queueBench(db);
  const vault = createVault("a key for tests");
  const bob = await insertLocal(db, vault, localPerson());
  const activityId = await storedPost(db, bob.key);
  await enqueueActivity(db, activityId, "bob", { kind: "pod", addresses: [POD] });
  await queue.enqueue("alice");
  await closeLocal(db, bob);
  const destination = await queue.claimOne(1);
  assert.deepEqual(await queue.roots(destination), ["alice"]);
  await reopenLocal(db, bob.jid);
  assert.deepEqual(await queue.roots(destination), ["alice"], "nor when they come back");
});
