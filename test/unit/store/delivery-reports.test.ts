import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { PlaceReport } from "../../../src/activitystreams/delivery-report.ts";
import { entombActivity } from "../../../src/store/activities.ts";
import { run, type Database } from "../../../src/store/database.ts";
import { enqueueActivity, finishDeliveries, retryDelivery } from "../../../src/store/deliveries.ts";
import { deliveriesOf } from "../../../src/store/delivery-reports.ts";
import { retryDeliveries } from "../../../src/store/delivery-retry.ts";
import { claimDestinations, releaseDestination } from "../../../src/store/destinations.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { troubledPods } from "../../../src/store/troubled-pods.ts";
import { testDatabase } from "../../support/database.ts";
import { social, type Said } from "./social-support.ts";

const pod = (name: string): string => `https://${name}.example/`;
const inMinutes = (minutes: number): Date => new Date(Date.now() + minutes * 60_000);

type Became = "arrives" | "is late" | "is put off" | "refuses" | "is away";

/** What becomes of the post at each pod, by its name. */
async function bring(
  db: Database,
  post: Said,
  became: Readonly<Record<string, Became>>,
): Promise<void> {
  const addresses = Object.keys(became).map(pod);
  await enqueueActivity(db, post.id, post.guid, { kind: "pod", addresses });
  for (const destination of await claimDestinations(db, "pod", 1, 100)) {
    const [delivery] = await pendingDeliveries(db, [destination.id], 1);
    assert.ok(delivery !== undefined);
    const what = became[new URL(destination.address).hostname.replace(".example", "")];
    const release = { state: "unreachable", next: inMinutes(12), error: "no answer" } as const;
    if (what === "is away") {
      await releaseDestination(db, destination, 1, release);
      continue;
    }
    if (what !== "arrives") await retryDelivery(db, delivery, inMinutes(5), "the pod answered 500");
    const isOver = what === "arrives" || what === "is late";
    if (isOver) await finishDeliveries(db, { delivered: [delivery], refused: [] }, true);
    if (what === "refuses") {
      await finishDeliveries(db, { delivered: [], refused: [delivery] }, true);
    }
    await releaseDestination(db, destination, 1, { state: "drained" });
  }
}

function assertNear(seconds: number | null | undefined, minutes: number): void {
  assert.ok(
    seconds !== null && seconds !== undefined && Math.abs(seconds - minutes * 60) < 30,
    String(seconds),
  );
}

function atPod(places: readonly PlaceReport[], name: string): PlaceReport {
  const found = places.find((place) => place.pod === pod(name));
  assert.ok(found !== undefined, name);
  return found;
}

test("of each place: whether it has a post, how often that failed and why, when it is tried again", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { bob, eve } = people;
  const older = await people.post(bob, { markdown: "x".repeat(200) });
  const post = await people.post(bob, { markdown: "Hello" });
  await people.post(eve);
  await people.comment(bob, post);
  await bring(db, post, {
    good: "arrives",
    late: "is late",
    later: "is put off",
    no: "refuses",
    away: "is away",
  });
  const [first, second, ...more] = await deliveriesOf(db, bob.key, { newest: 10 });
  assert.ok(first !== undefined && second !== undefined && more.length === 0);
  assert.deepEqual([first.guid, first.words, first.places.length], [post.guid, "Hello", 5]);
  assert.deepEqual([second.guid, second.words.length, second.places], [older.guid, 80, []]);
  const { places } = first;
  const nothing = { person: null, awaySince: null, nextIn: null, givenUpAt: null };
  assert.deepEqual(atPod(places, "good"), {
    ...{ pod: pod("good"), state: "arrived", failures: 0, reason: null },
    ...nothing,
  });
  assert.deepEqual(atPod(places, "late"), {
    ...{ pod: pod("late"), state: "arrived", failures: 1, reason: "the pod answered 500" },
    ...nothing,
  });
  assert.deepEqual(atPod(places, "no"), {
    ...{ pod: pod("no"), state: "refused", failures: 2, reason: "the pod answered 500" },
    ...nothing,
  });
  const later = atPod(places, "later");
  assert.deepEqual([later.state, later.failures, later.awaySince], ["waiting", 1, null]);
  assertNear(later.nextIn, 5);
  const away = atPod(places, "away");
  assert.deepEqual([away.state, away.reason], ["waiting", "no answer"]);
  assertNear(away.nextIn, 12);
  assertNear(away.awaySince === null ? null : (Date.now() - away.awaySince.getTime()) / 1_000, 0);
  assertNear(
    away.givenUpAt === null ? null : (away.givenUpAt.getTime() - Date.now()) / 1_000,
    14 * 24 * 60,
  );
  assert.equal((await deliveriesOf(db, bob.key, { newest: 1 })).length, 1);
  const [same] = await deliveriesOf(db, bob.key, { guid: post.guid });
  assert.deepEqual([same?.guid, same?.places.length], [post.guid, 5]);
  assert.deepEqual(
    await deliveriesOf(db, eve.key, { guid: post.guid }),
    [],
    "for its author alone",
  );
  await entombActivity(db, post.id);
  assert.deepEqual(await deliveriesOf(db, bob.key, { guid: post.guid }), []);
});

test("since when a pod is away is counted from its first silence, until it answers", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const post = await people.post(people.bob);
  await bring(db, post, { away: "is away" });
  await run(db, "update destinations set unreachable_since = now() - interval '3 hours'");
  await run(db, "update destinations set due_at = now()");
  const [destination] = await claimDestinations(db, "pod", 1, 1);
  assert.ok(destination !== undefined);
  const release = { state: "unreachable", next: inMinutes(1), error: "no answer" } as const;
  await releaseDestination(db, destination, 1, release);
  const [report] = await deliveriesOf(db, people.bob.key, { newest: 1 });
  const since = report?.places[0]?.awaySince ?? new Date();
  assertNear((Date.now() - since.getTime()) / 1_000, 180);
  assert.equal((await troubledPods(db))[0]?.waiting, 1);
  await run(db, "update destinations set due_at = now()");
  const [again] = await claimDestinations(db, "pod", 1, 1);
  assert.ok(again !== undefined);
  await releaseDestination(db, again, 1, { state: "more" });
  const [mended] = await deliveriesOf(db, people.bob.key, { newest: 1 });
  assert.equal(mended?.places[0]?.awaySince, null);
  assert.deepEqual(await troubledPods(db), []);
});

test("of a public post: who has blocked its author, unless the pod has it for others", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, carol } = people;
  for (const one of [alice, carol]) {
    await changeRelationship(db, bob.key, one.key, { blocking: true });
  }
  const post = await people.post(bob);
  await enqueueActivity(db, post.id, post.guid, { kind: "pod", addresses: [alice.podUrl] });
  const [report] = await deliveriesOf(db, bob.key, { newest: 1 });
  assert.deepEqual(
    report?.places.map(({ person, pod: at, state }) => [person, at, state]),
    [
      [null, alice.podUrl, "waiting"],
      [carol.diasporaId, carol.podUrl, "blocked"],
    ],
  );
});

test("of a limited post: who it is for, who has blocked its author since, who was not to see it any more", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, carol } = people;
  const dora = await people.remote("dora", "third.example");
  const post = await people.post(bob, {}, { to: [alice, carol, dora] });
  const mailbox = { kind: "person", addresses: [personAddress(alice)] } as const;
  await enqueueActivity(db, post.id, post.guid, mailbox);
  await changeRelationship(db, bob.key, carol.key, { blocking: true });
  const [report] = await deliveriesOf(db, bob.key, { newest: 1 });
  assert.equal(report?.audience, "limited");
  assert.deepEqual(
    report.places.map(({ person, state }) => [person, state]),
    [
      [alice.diasporaId, "waiting"],
      [carol.diasporaId, "blocked"],
      [dora.diasporaId, "withheld"],
    ],
  );
});

test("a retry is due at once wherever the post is not, also where it was refused, and nowhere else", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { bob, eve } = people;
  const post = await people.post(bob);
  await bring(db, post, { good: "arrives", later: "is put off", no: "refuses", away: "is away" });
  assert.equal(await retryDeliveries(db, eve.key, post.guid), null, "nobody else's");
  assert.deepEqual(await claimDestinations(db, "pod", 1, 10), []);
  assert.equal(await db.transaction((tx) => retryDeliveries(tx, bob.key, post.guid)), 3);
  const due = await claimDestinations(db, "pod", 1, 10);
  assert.deepEqual(
    due.map(({ address }) => address).sort(),
    [pod("away"), pod("later"), pod("no")].sort(),
  );
  assert.equal(due.find(({ address }) => address === pod("away"))?.attempts, 0);
  for (const destination of due) {
    const pending = await pendingDeliveries(db, [destination.id], 10);
    assert.equal(pending.length, 1);
    await finishDeliveries(db, { delivered: pending, refused: [] }, true);
    await releaseDestination(db, destination, 1, { state: "drained" });
  }
  const [report] = await deliveriesOf(db, bob.key, { guid: post.guid });
  assert.deepEqual(new Set(report?.places.map(({ state }) => state)), new Set(["arrived"]));
  assert.equal(await retryDeliveries(db, bob.key, post.guid), 0);
});

test("which pods are in trouble is told without a word of anybody's", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const post = await people.post(people.bob, { markdown: "a secret" });
  await bring(db, post, { good: "arrives", later: "is put off", away: "is away" });
  const more = await people.post(people.bob);
  const put = { kind: "pod", addresses: [pod("away"), pod("fine")] } as const;
  await enqueueActivity(db, more.id, more.guid, put);
  const found = await troubledPods(db);
  assert.deepEqual(
    found.map((one) => [one.pod, one.waiting, one.reason]),
    [
      [pod("away"), 2, "no answer"],
      [pod("later"), 1, "the pod answered 500"],
    ],
  );
  assert.ok(!JSON.stringify(found).includes("secret"));
});

test("a retry that fails too leaves the pod's back-off where it was, for everybody", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const post = await people.post(people.bob);
  await bring(db, post, { away: "is away" });
  await db.raw("update destinations set attempts = 5");
  for (let turn = 0; turn < 3; turn += 1) {
    for (let press = 0; press < 4; press += 1) {
      await db.transaction((tx) => retryDeliveries(tx, people.bob.key, post.guid));
    }
    const [destination] = await claimDestinations(db, "pod", 1, 10);
    assert.ok(destination !== undefined);
    assert.equal(destination.attempts, 4, "pressed four times, tried once");
    const release = { state: "unreachable", next: inMinutes(12), error: "no answer" } as const;
    await releaseDestination(db, destination, 1, release);
    assert.deepEqual(await db("destinations").pluck("attempts"), [5]);
  }
});
