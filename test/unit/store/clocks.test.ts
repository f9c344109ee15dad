/** The clock of this process and that of the database differ, or one of them jumps. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLog } from "../../../src/log/log.ts";
import { firstRow, type Database } from "../../../src/store/database.ts";
import { retryDelivery } from "../../../src/store/deliveries.ts";
import {
  claimDestinations,
  nextDue,
  releaseDestination,
  wakeDestinations,
} from "../../../src/store/destinations.ts";
import { createInboxRetries } from "../../../src/store/inbox-retries.ts";
import { createInboxWriter } from "../../../src/store/inbox.ts";
import { startWorker } from "../../../src/store/worker.ts";
import { testDatabase } from "../../support/database.ts";
import { dueIn, queueBench } from "./queue-support.ts";

const HOUR_MS = 3_600_000;
const inAMinute = (): Date => new Date(Date.now() + 60_000);

const JUMPS = [
  ["an hour ahead", HOUR_MS],
  ["an hour behind", -HOUR_MS],
] as const;

/** Only what the clock shows is false: time passes as always. */
function jump(t: TestContext, ms: number): void {
  const real = Date.now;
  t.mock.method(Date, "now", () => real() + ms);
}

async function dueSeconds(db: Database, table: "deliveries" | "inbox"): Promise<number> {
  const row = await firstRow<{ seconds: number }>(
    db,
    `select extract(epoch from max(next_attempt) - clock_timestamp())::float8 as seconds
     from ${table}`,
  );
  return row?.seconds ?? Number.NaN;
}

function assertAMinute(seconds: number | null): void {
  assert.ok(seconds !== null && seconds > 30 && seconds <= 61, `due in ${String(seconds)} s`);
}

for (const [name, ms] of JUMPS) {
  test(`with a clock ${name} of the database's everything is due when it was meant`, async (t) => {
    await using store = await testDatabase();
    const { db } = store;
    const queue = await queueBench(db);
    await queue.enqueue("one");
    const held = await queue.claimOne(1);
    const [delivery] = await queue.pending(held);
    assert.ok(delivery !== undefined);
    const limits = { maxRows: 10, maxInFlight: 10 };
    await createInboxWriter(db, limits, () => undefined).add({
      kind: "public",
      recipient: null,
      body: Buffer.from("x"),
      claimedHost: "pod.example",
    });
    const inbox = await firstRow<{ id: string }>(db, "select id from inbox");
    jump(t, ms);
    await retryDelivery(db, delivery, inAMinute(), "later");
    assertAMinute(await dueSeconds(db, "deliveries"));
    await createInboxRetries(db, limits)(inbox?.id ?? "", inAMinute(), "later");
    assertAMinute(await dueSeconds(db, "inbox"));
    const release = { state: "unreachable", next: inAMinute(), error: "away" } as const;
    await releaseDestination(db, held, 1, release);
    assertAMinute(await dueIn(db));
    assertAMinute(await nextDue(db, "pod"));
  });

  test(`a clock that jumps ${name} neither stops a worker nor makes it spin`, async (t) => {
    await using store = await testDatabase();
    const { db } = store;
    await wakeDestinations(db, "pod", ["https://a.example/"]);
    await db.raw("update destinations set due_at = now() + interval '1 second'");
    let claims = 0;
    let worked = 0;
    const worker = startWorker({
      ...{ db, worker: 1, kind: "pod", batch: 1, concurrency: 1, log: silentLog },
      ready() {
        claims += 1;
        return true;
      },
      async handle(claimed) {
        for (const one of claimed) await releaseDestination(db, one, 1, { state: "drained" });
        worked += 1;
      },
    });
    await sleep(100);
    jump(t, ms);
    for (let round = 0; worked === 0; round += 1) {
      assert.ok(round < 600, "it was never worked on");
      await sleep(10);
    }
    await worker.stop();
    assert.ok(claims < 20, `${String(claims)} claims`);
  });
}

test("a lease is the database's time: with another clock here nobody takes what is held", async (t) => {
  await using store = await testDatabase();
  await wakeDestinations(store.db, "pod", ["https://a.example/"]);
  assert.equal((await claimDestinations(store.db, "pod", 1, 1)).length, 1);
  jump(t, HOUR_MS);
  assert.equal((await claimDestinations(store.db, "pod", 2, 1)).length, 0);
});

test("a backlog that was counted is counted anew after a second, though the clock went back", async (t) => {
  await using store = await testDatabase();
  const { db } = store;
  const limits = { maxRows: 2, maxInFlight: 10 };
  const writer = createInboxWriter(db, limits, () => undefined);
  const message = {
    kind: "public",
    recipient: null,
    body: Buffer.from("x"),
    claimedHost: "pod.example",
  } as const;
  await writer.add(message);
  await writer.add(message);
  await assert.rejects(writer.add(message));
  await db.raw("delete from inbox");
  jump(t, -HOUR_MS);
  await sleep(1_100);
  await writer.add(message);
});
