import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allCommentNodesDue,
  claimCommentDoubts,
  claimDueCommentNodes,
  commentNode,
  commentNodeChecked,
  commentNodeDelivered,
  commentNodeDue,
  doubtComments,
  missingComments,
  recordComment,
  seenComments,
  settleCommentDoubt,
  watchComments,
} from "../../../src/store/collected-comments.ts";
import {
  forgetPlaced,
  placedBelow,
  placedItem,
  rememberPlaced,
} from "../../../src/store/collected-placed.ts";
import type { Database } from "../../../src/store/database.ts";
import { closeLocal, insertLocal, type StoredLocal } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber, jid, localPerson } from "../../support/fixtures.ts";

const PLACE = {
  service: jid("comments.example.org"),
  node: "urn:xmpp:microblog:0:comments/first-post",
};
const EVE = jid("eve@example.org");
const MAL = jid("mal@example.org");

async function watched(db: Database): Promise<StoredLocal> {
  const bob = await insertLocal(db, createVault("key"), localPerson());
  await watchComments(db, bob.key, guidNumber(1), PLACE);
  return bob;
}

test("a comments node belongs to the post that named it first", async () => {
  await using store = await testDatabase();
  const bob = await watched(store.db);
  await watchComments(store.db, bob.key, guidNumber(2), PLACE);
  assert.deepEqual(await commentNode(store.db, PLACE), {
    ...PLACE,
    postGuid: guidNumber(1),
    subscribed: false,
    delivers: false,
    checks: 0,
  });
  assert.equal(await commentNode(store.db, { ...PLACE, node: "other" }), null);
});

test("a node is looked at by one, later if nothing comes, and not for who left", async () => {
  await using store = await testDatabase();
  const bob = await watched(store.db);
  const [due] = await claimDueCommentNodes(store.db, 5);
  assert.equal(due?.postGuid, guidNumber(1));
  assert.deepEqual(await claimDueCommentNodes(store.db, 5), []);
  const nextCheckAt = new Date(Date.now() + 9e9);
  await commentNodeChecked(store.db, PLACE, { subscribed: true, missed: false, nextCheckAt });
  await commentNodeDelivered(store.db, PLACE);
  const known = await commentNode(store.db, PLACE);
  assert.deepEqual([known?.subscribed, known?.delivers, known?.checks], [true, true, 1]);
  await commentNodeDue(store.db, PLACE, true);
  assert.equal((await claimDueCommentNodes(store.db, 5))[0]?.subscribed, false);
  await allCommentNodesDue(store.db);
  await closeLocal(store.db, bob);
  assert.deepEqual(await claimDueCommentNodes(store.db, 5), []);
});

test("pitfall 25: whoever was first under an item's name stays its publisher", async () => {
  await using store = await testDatabase();
  await watched(store.db);
  await recordComment(store.db, PLACE, { id: "c1", publisher: EVE, hash: "1" });
  await recordComment(store.db, PLACE, { id: "c1", publisher: MAL, hash: "2" });
  const seen = await seenComments(store.db, PLACE, ["c1", "c2"]);
  assert.deepEqual([...seen], [["c1", { publisher: EVE, hash: "1", gone: false }]]);
  await recordComment(store.db, PLACE, { id: "c1", publisher: EVE, hash: "3" });
  assert.equal((await seenComments(store.db, PLACE, ["c1"])).get("c1")?.hash, "3");
});

test("a comment that is gone is looked for once more, and stays gone", async () => {
  await using store = await testDatabase();
  await watched(store.db);
  for (const id of ["a", "b", "c"]) {
    await recordComment(store.db, PLACE, { id, publisher: EVE, hash: id });
  }
  await store.db.raw(
    "update comment_items set seen_at = now() - interval '1 hour' where item_id < 'c'",
  );
  await store.db.raw(
    "update comment_items set seen_at = seen_at - interval '1 hour' where item_id = 'a'",
  );
  assert.deepEqual(await missingComments(store.db, PLACE, ["a", "c"]), ["b"]);
  await doubtComments(store.db, PLACE, ["a", "b"], new Date(0));
  const doubts = await claimCommentDoubts(store.db, 5);
  const facts = doubts.map(({ itemId, pushed }) => [itemId, pushed]);
  assert.deepEqual(facts.sort(), [
    ["a", true],
    ["b", true],
  ]);
  assert.deepEqual(doubts[0]?.postGuid, guidNumber(1));
  await settleCommentDoubt(store.db, PLACE, "a", true);
  await settleCommentDoubt(store.db, PLACE, "b", false);
  const seen = await seenComments(store.db, PLACE, ["a", "b"]);
  assert.deepEqual([seen.get("a")?.gone, seen.get("b")?.gone], [true, false]);
  assert.deepEqual(await missingComments(store.db, PLACE, ["b", "c"]), []);
});

async function ageOf(db: Database, itemId: string, age: string): Promise<void> {
  for (const column of ["comment_items set seen_at", "placed_items set placed_at"]) {
    await db.raw(`update ${column} = now() - ?::interval where item_id = ?`, [age, itemId]);
  }
}

test("pitfall 21: a service that counts for each publisher pushes nobody's out with another's", async () => {
  await using store = await testDatabase();
  await watched(store.db);
  for (const [index, id] of ["m1", "e1", "e2", "e3"].entries()) {
    const publisher = id.startsWith("m") ? MAL : EVE;
    await recordComment(store.db, PLACE, { id, publisher, hash: id });
    await ageOf(store.db, id, `${String(9 - index)} hours`);
  }
  assert.deepEqual(await missingComments(store.db, PLACE, ["m1", "e2"]), ["e3"]);
  assert.deepEqual(await missingComments(store.db, PLACE, ["m1"]), []);
  await doubtComments(store.db, PLACE, ["e1", "e3"], new Date(0));
  const doubts = await claimCommentDoubts(store.db, 5);
  const facts = doubts.map(({ itemId, older, pushed }) => [itemId, older, pushed]);
  assert.deepEqual(facts.sort(), [
    ["e1", [], false],
    ["e3", ["e2"], false],
  ]);
});

for (const [who, age, attached, pushed] of [
  ["another", "1 minute", false, false],
  ["another", "-1 minute", false, true],
  ["another", "-1 minute", true, false],
  ["the person themselves", "1 second", false, true],
] as const) {
  test(`pitfall 21: what we put ${attached ? "beside the post" : "there"} for ${who} may have pushed out what is gone after ${age}: ${String(pushed)}`, async () => {
    await using store = await testDatabase();
    const bob = await watched(store.db);
    const placed = { ...PLACE, publisher: MAL, attached: false };
    await rememberPlaced(store.db, guidNumber(1), { ...placed, itemId: "p1" });
    await ageOf(store.db, "p1", "1 hour");
    await recordComment(store.db, PLACE, { id: "e1", publisher: EVE, hash: "e1" });
    await ageOf(store.db, "e1", "1 hour");
    await doubtComments(store.db, PLACE, ["e1"], new Date(0));
    const publisher = who === "another" ? jid("carol@example.org") : MAL;
    const other = { ...placed, publisher, itemId: "p2", attached };
    await rememberPlaced(store.db, guidNumber(2), other);
    await ageOf(store.db, "p2", age);
    const [doubt] = await claimCommentDoubts(store.db, 5);
    assert.deepEqual([doubt?.older, doubt?.pushed], [[], pushed]);
    const below = await placedBelow(store.db, PLACE, "p1");
    assert.deepEqual(below, { author: bob.jid, older: [], pushed });
    const isOlder = who !== "another";
    const above = await placedBelow(store.db, PLACE, "p2");
    if (!attached) assert.deepEqual(above?.older, isOlder ? ["p1"] : []);
  });
}

test("what was put into somebody's node is remembered as it was put there", async () => {
  await using store = await testDatabase();
  const item = { ...PLACE, itemId: "i", publisher: EVE, attached: true };
  assert.equal(await placedItem(store.db, guidNumber(1)), null);
  await rememberPlaced(store.db, guidNumber(1), { ...item, attached: false });
  await rememberPlaced(store.db, guidNumber(1), item);
  assert.deepEqual(await placedItem(store.db, guidNumber(1)), item);
  await forgetPlaced(store.db, guidNumber(1));
  assert.equal(await placedItem(store.db, guidNumber(1)), null);
});
