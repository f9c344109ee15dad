import assert from "node:assert/strict";
import { test } from "node:test";
import {
  claimDoubts,
  confirmPurge,
  doubtAll,
  doubtItems,
  missingItems,
  presentItems,
  settleDoubt,
  surroundingsOf,
} from "../../../src/store/collected-doubts.ts";
import { placeItems } from "../../../src/store/collected-order.ts";
import type { Database } from "../../../src/store/database.ts";
import { recordItem, type ItemState } from "../../../src/store/feeds.ts";
import { insertLocal } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { jid, localPerson } from "../../support/fixtures.ts";

const NODE = "urn:xmpp:microblog:0";
const BOB = jid("bob@example.org");
const NOW = new Date(0);
const LATER = new Date(Date.now() + 9e6);

interface Feed {
  readonly personKey: string;
  readonly node: string;
}

/** Items that stand in bob's node, the oldest first, an hour apart, the last one an hour ago. */
async function node(db: Database, items: Readonly<Record<string, ItemState>>): Promise<Feed> {
  const { key } = await insertLocal(db, createVault("key"), localPerson({ jid: BOB }));
  const ids = Object.entries(items);
  for (const [index, [itemId, state]] of ids.entries()) {
    await recordItem(db, { personKey: key, node: NODE, itemId }, "hash", state);
    await db.raw("update items set seen_at = now() - make_interval(hours => ?) where item_id = ?", [
      ids.length - index,
      itemId,
    ]);
  }
  return { personKey: key, node: NODE };
}

const three = { a: "published", b: "published", c: "published" } as const;

async function claimed(db: Database): Promise<string[]> {
  const doubts = await claimDoubts(db, 10);
  return doubts.map(({ itemId, reason }) => `${itemId} ${reason}`);
}

test("what is doubted is looked at when it is time, by one worker, again after a crash", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await doubtItems(store.db, feed, ["b", "unknown"], "retract", NOW);
  await doubtItems(store.db, feed, ["c"], "missing", LATER);
  assert.deepEqual(await claimed(store.db), ["b retract"]);
  assert.deepEqual(await claimed(store.db), []);
  await store.db.raw("update items set look_at = now() where item_id = 'b'");
  assert.deepEqual(await claimed(store.db), ["b retract"]);
  await settleDoubt(store.db, { ...feed, itemId: "b" }, true);
  await store.db.raw("update items set look_at = now() where look_at is not null");
  assert.deepEqual(await claimed(store.db), ["c missing"]);
});

test("what lies before an item is what is there still: gone and doubted ones do not count", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, { ...three, d: "published", e: "published" });
  await doubtItems(store.db, feed, ["a"], "retract", NOW);
  await settleDoubt(store.db, { ...feed, itemId: "a" }, true);
  await doubtItems(store.db, feed, ["b", "e"], "retract", NOW);
  const { older } = await surroundingsOf(store.db, { ...feed, itemId: "e" });
  assert.deepEqual(older, ["d", "c"]);
  assert.deepEqual(await surroundingsOf(store.db, { ...feed, itemId: "b" }), {
    pushed: false,
    untouched: false,
    older: [],
  });
});

test("pitfall 21: a doubt that was claimed twice and is settled takes nothing back any more", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await doubtItems(store.db, feed, ["a"], "retract", NOW);
  await settleDoubt(store.db, { ...feed, itemId: "a" }, true);
  const { pushed, untouched } = await surroundingsOf(store.db, { ...feed, itemId: "a" });
  assert.deepEqual({ pushed, untouched }, { pushed: true, untouched: false });
});

for (const [when, offset, pushed] of [
  ["four seconds before", "-4 seconds", true],
  ["four seconds after", "4 seconds", true],
  ["six seconds before", "-6 seconds", false],
  ["a minute after (a slow server tells late)", "1 minute", true],
] as const) {
  test(`pitfall 21: a publish ${when} the retraction is ${pushed ? "" : "not "}near`, async () => {
    await using store = await testDatabase();
    const feed = await node(store.db, three);
    await doubtItems(store.db, feed, ["a"], "retract", NOW);
    await store.db.raw(
      `update items set seen_at = (select doubted_at from items where item_id = 'a') + ?::interval
       where item_id = 'c'`,
      [offset],
    );
    assert.equal((await surroundingsOf(store.db, { ...feed, itemId: "a" })).pushed, pushed);
  });
}

for (const [what, found, pushed] of [
  ["it", ["a", "b", "c"], false],
  ["only younger ones", ["b", "c"], true],
  ["nothing", [], true],
] as const) {
  test(`pitfall 21: what a publish may have pushed out is told by a look after it that found ${what}`, async () => {
    await using store = await testDatabase();
    const feed = await node(store.db, three);
    await store.db.raw("update items set seen_at = now() where item_id = 'c'");
    await placeItems(store.db, feed, found);
    await doubtItems(store.db, feed, ["a"], "retract", NOW);
    assert.equal((await surroundingsOf(store.db, { ...feed, itemId: "a" })).pushed, pushed);
  });
}

test("pitfall 21: an edited item proves nothing about older ones, wherever it is listed", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await store.db.raw("update items set content_hash = '2:abc'");
  await recordItem(store.db, { ...feed, itemId: "a" }, "2:def", "published");
  await placeItems(store.db, feed, ["a", "c"]);
  assert.deepEqual(await missingFrom(store.db, feed, ["a", "c"]), []);
  await doubtItems(store.db, feed, ["b"], "retract", NOW);
  assert.deepEqual((await surroundingsOf(store.db, { ...feed, itemId: "b" })).older, []);
  const { older } = await surroundingsOf(store.db, { ...feed, itemId: "c" });
  assert.deepEqual(older, []);
});

test("that a hash has another form than before is no edit", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await recordItem(store.db, { ...feed, itemId: "a" }, "2:abc", "published");
  assert.deepEqual(await missingFrom(store.db, feed, ["a"]), ["b", "c"]);
});

test("pitfall 23: in a node that is found empty only what the look before had found is gone", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await placeItems(store.db, feed, ["b", "c"]);
  await placeItems(store.db, feed, []);
  assert.equal((await presentItems(store.db, feed, "found")).posts, 2);
  assert.equal((await presentItems(store.db, feed, "said")).posts, 3);
  await doubtAll(store.db, feed, "found", NOW);
  assert.deepEqual((await claimed(store.db)).sort(), ["b purge", "c purge"]);
});

for (const [what, age, newer, expected] of [
  ["new and nothing has come after it", "1 minute", false, true],
  ["new, but something has come that may have pushed it out", "1 minute", true, false],
  ["not new", "11 minutes", false, false],
] as const) {
  test(`pitfall 22: the oldest that a look found and the next does not is ${expected ? "" : "not "}missing when it is ${what}`, async () => {
    await using store = await testDatabase();
    const feed = await node(store.db, three);
    await store.db.raw(
      "update items set seen_at = now() - ?::interval - (interval '1 ms' * (ascii('c') - ascii(item_id)))",
      [age],
    );
    await placeItems(store.db, feed, ["a", "b", "c"]);
    if (newer) await recordItem(store.db, { ...feed, itemId: "d" }, "hash", "published");
    const found = newer ? ["b", "c", "d"] : ["b", "c"];
    await placeItems(store.db, feed, found);
    assert.deepEqual(await missingFrom(store.db, feed, found), expected ? ["a"] : []);
    await doubtItems(store.db, feed, ["a"], "missing", LATER);
    assert.equal((await surroundingsOf(store.db, { ...feed, itemId: "a" })).untouched, expected);
  });
}

test("items lie as they were found: an older one that was seen late, an edited one", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, { ...three, d: "published" });
  const before = await missingFrom(store.db, feed, ["b"]);
  assert.deepEqual(before, ["c", "d"]);
  await placeItems(store.db, feed, ["d", "a", "b"]);
  // What lies behind is younger; what has not been found stays where it was.
  assert.deepEqual(await missingFrom(store.db, feed, ["d"]), ["a", "b"]);
  assert.deepEqual(await missingFrom(store.db, feed, ["a"]), ["b"]);
  assert.deepEqual(await missingFrom(store.db, feed, ["c"]), ["d", "a", "b"]);
});

async function missingFrom(db: Database, feed: Feed, found: readonly string[]): Promise<string[]> {
  return (await missingItems(db, feed, found)).map(({ id }) => id);
}

test("what never went out is gone without a look", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, { a: "before", b: "withheld", c: "published" });
  await doubtItems(store.db, feed, ["a", "b"], "retract", NOW);
  assert.deepEqual(await claimed(store.db), []);
  const { older } = await surroundingsOf(store.db, { ...feed, itemId: "c" });
  assert.deepEqual(older, []);
});

test("pitfall 22: only what is newer than something that was found is missing", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, { ...three, d: "withheld", e: "published" });
  assert.deepEqual(await missingFrom(store.db, feed, ["b", "e"]), ["c"]);
  assert.deepEqual(await missingFrom(store.db, feed, ["a", "b", "c", "d", "e"]), []);
  assert.deepEqual(await missingFrom(store.db, feed, ["e"]), [], "pushed out, for all we know");
  assert.deepEqual(await missingFrom(store.db, feed, []), []);
  assert.deepEqual(await missingFrom(store.db, feed, ["new"]), []);
  await doubtItems(store.db, feed, ["c"], "missing", LATER);
  assert.deepEqual(await missingFrom(store.db, feed, ["b", "e"]), [], "once is enough");
});

test("pitfall 23: a purge waits for its owner's word, another person's is not theirs", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, { ...three, d: "withheld" });
  assert.deepEqual(await presentItems(store.db, feed, "said"), {
    posts: 3,
    fresh: false,
    asked: 0,
  });
  await doubtAll(store.db, feed, "said", null);
  assert.deepEqual(await presentItems(store.db, feed, "said"), {
    posts: 0,
    fresh: false,
    asked: 3,
  });
  assert.deepEqual(await claimed(store.db), []);
  assert.equal(await confirmPurge(store.db, jid("eve@example.org"), NOW), 0);
  assert.equal(await confirmPurge(store.db, BOB, NOW), 3);
  assert.equal(await confirmPurge(store.db, BOB, NOW), 0);
  assert.deepEqual((await claimed(store.db)).length, 3);
});

test("an item that is published anew is doubted no more", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await doubtItems(store.db, feed, ["a"], "retract", NOW);
  await recordItem(store.db, { ...feed, itemId: "a" }, "other hash", "published");
  assert.deepEqual(await claimed(store.db), []);
});

test("a retraction is stronger than a look that found nothing, and than its repeat", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await doubtItems(store.db, feed, ["b"], "missing", LATER);
  await doubtItems(store.db, feed, ["b"], "retract", NOW);
  await doubtItems(store.db, feed, ["b"], "missing", LATER);
  assert.deepEqual(await claimed(store.db), ["b retract"]);
});

test("other words leave an item where it was; one that was gone comes anew", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await recordItem(store.db, { ...feed, itemId: "a" }, "other hash", "published");
  assert.deepEqual(await missingFrom(store.db, feed, ["b"]), ["c"]);
  await doubtItems(store.db, feed, ["a"], "retract", NOW);
  await settleDoubt(store.db, { ...feed, itemId: "a" }, true);
  await recordItem(store.db, { ...feed, itemId: "a" }, "hash", "published");
  assert.deepEqual(await missingFrom(store.db, feed, ["b"]), ["c", "a"]);
});

test("what was seen a moment ago is fresh, what was seen an hour ago is not", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await store.db.raw("update items set seen_at = now() where item_id = 'c'");
  const missing = await missingItems(store.db, feed, ["a"]);
  assert.deepEqual(missing, [
    { id: "b", fresh: false },
    { id: "c", fresh: true },
  ]);
});

test("pitfall 21: a look between the end of an item and the event of that forgets nothing", async () => {
  await using store = await testDatabase();
  const feed = await node(store.db, three);
  await store.db.raw("update items set seen_at = now() where item_id = 'c'");
  await placeItems(store.db, feed, ["a", "b", "c"]);
  await placeItems(store.db, feed, ["b", "c"]);
  await doubtItems(store.db, feed, ["a"], "retract", NOW);
  assert.equal((await surroundingsOf(store.db, { ...feed, itemId: "a" })).pushed, false);
  await placeItems(store.db, feed, ["a", "b"]);
  await placeItems(store.db, feed, ["b"]);
  assert.equal((await surroundingsOf(store.db, { ...feed, itemId: "a" })).pushed, false);
});
