import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../../src/log/log.ts";
import { rows, type Database } from "../../../src/store/database.ts";
import { enqueueActivity } from "../../../src/store/deliveries.ts";
import { createHeard, podReturned } from "../../../src/store/silence.ts";
import { testDatabase } from "../../support/database.ts";
import { diasporaId, guidNumber } from "../../support/fixtures.ts";
import {
  assertDueNow,
  countRows,
  dueIn,
  POD,
  queueBench,
  type QueueBench,
} from "./queue-support.ts";

const OTHER = "https://other.example/";
const MAILBOX = `${POD} ${guidNumber(1)}`;
const ALICE = diasporaId("alice@pod.example");

async function away(db: Database, days: number, ...addresses: string[]): Promise<void> {
  await db.raw(
    `update destinations set attempts = 12, last_error = 'away', due_at = now() + interval '1 day',
       unreachable_since = now() - make_interval(days => ?) where address = any(?)`,
    [days, addresses],
  );
}

async function withMailbox(db: Database): Promise<QueueBench> {
  const queue = await queueBench(db);
  const activityId = await queue.enqueue("root", [POD, OTHER]);
  const mailbox = { kind: "person", addresses: [MAILBOX] } as const;
  await enqueueActivity(db, activityId, "root", mailbox);
  return queue;
}

test("a pod that was silent for two weeks gets no new post, and the ledger says why", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  await queue.enqueue("first", [POD, OTHER]);
  await away(store.db, 13, POD);
  await queue.enqueue("second", [POD, OTHER]);
  assert.equal(await countRows(store.db, "deliveries"), 4, "13 days are not two weeks");
  await away(store.db, 15, POD);
  await queue.enqueue("third", [POD, OTHER]);
  assert.equal(await countRows(store.db, "deliveries"), 5);
  const noted = await rows(
    store.db,
    `select d.address, l.outcome, l.detail from ledger l
     join destinations d on d.id = l.destination_id`,
  );
  const detail = "the pod has not answered for 14 days";
  assert.deepEqual(noted, [{ address: POD, outcome: "refused", detail }]);
  const due = await dueIn(store.db);
  assert.ok(due !== null && due > 80_000, "and it is not woken for it");
});

test("what somebody waits to hear of is put for a silent pod, so that its end is told", async () => {
  await using store = await testDatabase();
  const queue = await queueBench(store.db);
  const activityId = await queue.enqueue("first");
  await away(store.db, 15, POD);
  for (const change of ["verb = 'follow', type = 'person'", "verb = 'post', type = 'message'"]) {
    await store.db.raw("delete from deliveries");
    await store.db.raw(`update activities set ${change} where id = ?`, [activityId]);
    await enqueueActivity(store.db, activityId, "first", { kind: "pod", addresses: [POD] });
    assert.equal(await countRows(store.db, "deliveries"), 1, change);
  }
});

test("whoever claims a pod that was silent for two weeks knows it", async () => {
  await using store = await testDatabase();
  const queue = await withMailbox(store.db);
  await away(store.db, 15, POD);
  await away(store.db, 13, OTHER);
  await store.db.raw("update destinations set due_at = now() - interval '1 second'");
  const claimed = await queue.claim(1);
  const silent = new Map(claimed.map((one) => [one.address, one.silent]));
  assert.deepEqual([silent.get(POD), silent.get(OTHER)], [true, false]);
});

test("when a pod is back, all that waits for it and its people is due, and for no other", async () => {
  await using store = await testDatabase();
  await withMailbox(store.db);
  await away(store.db, 15, POD, OTHER, MAILBOX);
  await podReturned(store.db, POD);
  await assertDueNow(store.db, POD);
  await assertDueNow(store.db, MAILBOX);
  assert.ok(((await dueIn(store.db, OTHER)) ?? 0) > 80_000);
  const state = await rows(
    store.db,
    "select attempts, unreachable_since, last_error from destinations where address = ?",
    [MAILBOX],
  );
  assert.deepEqual(state, [{ attempts: 0, unreachable_since: null, last_error: null }]);
});

test("whatever comes from a pod has something for it tried, once a minute at most, and asks nothing for each message", async () => {
  await using store = await testDatabase();
  await withMailbox(store.db);
  await away(store.db, 1, POD, MAILBOX);
  let now = 0;
  let asked = 0;
  const returned: string[] = [];
  const heard = createHeard({
    db: store.db,
    podOf: () => {
      asked += 1;
      return Promise.resolve(POD);
    },
    mayTry: () => true,
    onHeard: (pod) => returned.push(pod),
    log: silentLog,
    now: () => now,
  });
  await Promise.all([heard(ALICE), heard(ALICE)]);
  await assertDueNow(store.db, POD);
  assert.ok(((await dueIn(store.db, MAILBOX)) ?? 0) > 80_000, "one of them tells");
  const state = await rows(
    store.db,
    `select attempts, last_error, unreachable_since is not null as away from destinations
     where address = ?`,
    [POD],
  );
  assert.deepEqual(state, [{ attempts: 12, last_error: "away", away: true }], "no answer yet");
  assert.deepEqual(returned, [POD]);
  await away(store.db, 1, POD);
  now = 30_000;
  await heard(ALICE);
  assert.deepEqual(returned, [POD], "it was tried a moment ago");
  now = 61_000;
  await heard(ALICE);
  assert.deepEqual(returned, [POD, POD]);
  now = 70_000;
  asked = 0;
  await podReturned(store.db, POD);
  for (let message = 0; message < 100; message += 1) await heard(ALICE);
  assert.equal(asked, 0, "nobody is away");
});

test("a pod that has asked for patience is not tried because it talks", async () => {
  await using store = await testDatabase();
  await withMailbox(store.db);
  await away(store.db, 1, POD);
  const heard = createHeard({
    db: store.db,
    podOf: () => Promise.resolve(POD),
    mayTry: (pod) => pod !== POD,
    onHeard: () => assert.fail("it was tried"),
    log: silentLog,
  });
  await heard(ALICE);
  assert.ok(((await dueIn(store.db, POD)) ?? 0) > 80_000);
});

test("a store that is away holds nothing up when something comes", async () => {
  await using store = await testDatabase();
  const heard = createHeard({
    db: store.db,
    podOf: () => Promise.reject(new Error("no database")),
    mayTry: () => true,
    onHeard: () => undefined,
    log: silentLog,
  });
  await withMailbox(store.db);
  await away(store.db, 1, POD);
  await heard(ALICE);
});
