import assert from "node:assert/strict";
import { test } from "node:test";
import { follow, unfollow } from "../../../src/bridge/follow.ts";
import { parsePersonAddress, personAddress } from "../../../src/activitystreams/delivery.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { diasporaId, jid } from "../../support/fixtures.ts";
import { bridgeBench, NODE, wordsOf } from "./bench.ts";

const BOB = jid("bob@example.org");
const ALICE = diasporaId("alice@pod.example");

test("following subscribes and tells the other pod, in private, once", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await Promise.all([1, 2, 3, 4].map(() => follow(BOB, ALICE, NODE, bench.store, bench.effects)));
  const [contact, ...more] = await bench.waiting("person", personAddress(alice));
  assert.deepEqual(more, []);
  assert.ok(contact?.content.type === "activity");
  const { activity } = contact.content;
  assert.deepEqual(
    [activity.verb, activity.audience, activity.actor.id, activity.object],
    ["follow", "limited", BOB, { type: "person", id: ALICE }],
  );
  assert.deepEqual(await bench.db("subscriptions").pluck("jid"), [BOB]);
  assert.deepEqual(await bench.store.transaction((tx) => tx.contactPods(bob.key)), [alice.podUrl]);
  assert.deepEqual(await bench.stream(alice, bob), [], "a contact is no post");
});

test("following, stopping and following again are three contacts of one root, in order", async () => {
  await using bench = await bridgeBench();
  await bench.account();
  const alice = await bench.remote();
  await follow(BOB, ALICE, NODE, bench.store, bench.effects);
  await unfollow(BOB, ALICE, NODE, bench.store, bench.effects);
  await follow(BOB, ALICE, NODE, bench.store, bench.effects);
  const waiting = await bench.waiting("person", personAddress(alice));
  assert.deepEqual(wordsOf(waiting), ["follow", "unfollow", "follow"]);
  assert.equal(new Set(waiting.map((one) => one.rootGuid)).size, 1);
});

test("who has stopped reads nothing more and gets no public posts' pod", async () => {
  await using bench = await bridgeBench();
  const bob = await bench.account();
  await bench.remote();
  await follow(BOB, ALICE, NODE, bench.store, bench.effects);
  await unfollow(BOB, ALICE, NODE, bench.store, bench.effects);
  assert.deepEqual(await bench.db("subscriptions").pluck("jid"), []);
  assert.deepEqual(await bench.store.transaction((tx) => tx.contactPods(bob.key)), []);
  await assert.rejects(unfollow(BOB, ALICE, NODE, bench.store, bench.effects), (error) =>
    isDxError(error, "DX_ITEM_NOT_FOUND"),
  );
});

test("stopping twice at the same moment tells the other pod once", async () => {
  await using bench = await bridgeBench();
  await bench.account();
  const alice = await bench.remote();
  await follow(BOB, ALICE, NODE, bench.store, bench.effects);
  await bench.deliverAll();
  await Promise.allSettled(
    [1, 2, 3].map(() => unfollow(BOB, ALICE, NODE, bench.store, bench.effects)),
  );
  assert.deepEqual(wordsOf(await bench.waiting("person", personAddress(alice))), ["unfollow"]);
});

for (const [what, reader, person, code] of [
  ["who has not opted in", "eve@example.org", "alice@pod.example", "DX_NOT_REGISTERED"],
  ["whom nobody finds", "bob@example.org", "nobody@pod.example", "DX_PERSON_NOT_FOUND"],
] as const) {
  test(`following fails for somebody ${what}, and leaves nothing behind`, async () => {
    await using bench = await bridgeBench();
    await bench.account();
    await bench.remote();
    await assert.rejects(
      follow(jid(reader), diasporaId(person), NODE, bench.store, bench.effects),
      (error) => isDxError(error, code),
    );
    assert.equal(await bench.count("subscriptions"), 0);
    assert.equal(await bench.count("deliveries"), 0);
    await assert.rejects(
      unfollow(jid(reader), diasporaId(person), NODE, bench.store, bench.effects),
      (error) => isDxError(error, "DX_ITEM_NOT_FOUND"),
    );
  });
}

test("a person's address on the queue names the pod, with its port, and the guid", async () => {
  await using bench = await bridgeBench();
  const alice = await bench.remote("alice@localhost:3000", "http://localhost:3000/");
  assert.deepEqual(parsePersonAddress(personAddress(alice)), {
    podUrl: "http://localhost:3000/",
    guid: alice.guid,
  });
});
