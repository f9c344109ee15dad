import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { Seen } from "../../../src/activitystreams/stream.ts";
import { entombActivity } from "../../../src/store/activities.ts";
import type { Database } from "../../../src/store/database.ts";
import { enqueueActivity, finishDeliveries, retryDelivery } from "../../../src/store/deliveries.ts";
import { claimDestinations, releaseDestination } from "../../../src/store/destinations.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { deliveriesOf, everythingOf } from "../../../src/store/reports.ts";
import { testDatabase } from "../../support/database.ts";
import { social, type Said } from "./social-support.ts";

async function everything(db: Database, accountKey: string): Promise<Seen[]> {
  const found: Seen[] = [];
  for await (const seen of everythingOf(db, accountKey)) found.push(seen);
  return found;
}

test("where a post went, who would not have it and why, and for whom it still waits", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, eve } = people;
  const older = await people.post(bob, { markdown: "x".repeat(200) });
  const post = await people.post(bob, { markdown: "Hello" });
  await people.post(eve);
  await people.comment(bob, post);
  const names = ["away", "good", "later", "no"];
  const addresses = names.map((name) => `https://${name}.example/`);
  const put = { kind: "pod", addresses } as const;
  await enqueueActivity(db, post.id, post.guid, put);
  const mailbox = { kind: "person", addresses: [personAddress(alice)] } as const;
  await enqueueActivity(db, post.id, post.guid, mailbox);
  const claimed = await claimDestinations(db, "pod", 1, 10);
  const next = new Date("2030-01-01");
  for (const destination of claimed) {
    const [delivery] = await pendingDeliveries(db, [destination.id], 1);
    assert.ok(delivery !== undefined);
    const { address } = destination;
    if (address.includes("good"))
      await finishDeliveries(db, { delivered: [delivery], refused: [] }, true);
    if (address.includes("later")) await retryDelivery(db, delivery, next, "422");
    if (address.includes("no.")) {
      await retryDelivery(db, delivery, new Date(), "500 no");
      await finishDeliveries(db, { delivered: [], refused: [delivery] }, true);
    }
    if (address.includes("away")) {
      const release = { state: "unreachable", next, error: "no answer" } as const;
      await releaseDestination(db, destination, 1, release);
    }
  }
  const [first, second, ...more] = await deliveriesOf(db, bob.key, 10);
  assert.ok(first !== undefined && second !== undefined && more.length === 0);
  assert.deepEqual([first.guid, first.words], [post.guid, "Hello"]);
  assert.deepEqual(first.delivered, ["https://good.example/"]);
  assert.deepEqual(first.refused, [{ address: "https://no.example/", reason: "500 no" }]);
  const [away, later, person] = first.waiting;
  assert.deepEqual(away, { address: "https://away.example/", next, reason: "no answer" });
  assert.deepEqual(later, { address: "https://later.example/", next, reason: "422" });
  assert.deepEqual([person?.address, person?.reason], [personAddress(alice), null]);
  assert.deepEqual([second.guid, second.words.length, second.waiting], [older.guid, 80, []]);
  assert.equal((await deliveriesOf(db, bob.key, 1)).length, 1);
});

test("everything that a person said, oldest first, however much; not what was taken back, nor others' words", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const root = await people.post(alice);
  const said: Said[] = [
    await people.post(bob, {}, { to: [alice] }),
    await people.share(bob, root, alice),
  ];
  for (let each = 0; each < 450; each += 1) said.push(await people.comment(bob, root));
  await entombActivity(db, (await people.post(bob)).id);
  const found = await everything(db, bob.key);
  assert.deepEqual(
    found.map(({ activity }) => activity),
    said.map(({ activity }) => activity),
  );
  assert.deepEqual(found[1]?.root?.activity, root.activity);
  assert.deepEqual(await everything(db, people.eve.key), []);
});
