import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePersonAddress, personAddress } from "../../../src/activitystreams/delivery.ts";
import { block, unblock } from "../../../src/bridge/block.ts";
import { follow, unfollow } from "../../../src/bridge/follow.ts";
import type { SubscribedBy } from "../../../src/bridge/ports.ts";
import { settled } from "../../../src/bridge/settled.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { diasporaId, jid } from "../../support/fixtures.ts";
import { ALICE, BOB, NODE, peopleBench, profile, type PeopleBench } from "./people-bench.ts";

const act = (by: SubscribedBy = "pubsub") => ({ jid: BOB, id: ALICE, node: NODE, by });
const start = (bench: PeopleBench, by?: SubscribedBy) =>
  follow(act(by), bench.store, bench.effects);
const stop = (bench: PeopleBench, by?: SubscribedBy) =>
  unfollow(act(by), bench.store, bench.effects);

test("following subscribes and tells the other pod, in private, once", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await Promise.all([1, 2, 3, 4].map(() => start(bench)));
  const [contact, ...more] = await bench.waiting("person", personAddress(alice));
  assert.deepEqual(more, []);
  assert.ok(contact?.content.type === "activity");
  const { activity } = contact.content;
  assert.deepEqual(
    [activity.verb, activity.audience, activity.actor.id, activity.object],
    ["follow", "limited", BOB, { type: "person", id: ALICE }],
  );
  assert.deepEqual(await bench.db("subscriptions").pluck("jid"), [BOB]);
  assert.deepEqual(await bench.within((tx) => tx.contactPods(bob.key)), [alice.podUrl]);
  assert.ok(bench.woken.has("person"));
});

test("who follows somebody whose pod never took that hears so", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await start(bench);
  const [contact] = await bench.waiting("person", personAddress(alice));
  assert.ok(contact !== undefined);
  await settled(contact, "delivered", bench.store, bench.effects);
  assert.deepEqual(await bench.told(bob), []);
  await settled(contact, "refused", bench.store, bench.effects);
  const [words, ...more] = await bench.told(bob);
  assert.match(words ?? "", new RegExp(`The pod of ${ALICE} did not take that you follow them`));
  assert.deepEqual(more, []);
});

test("with the first contact goes what everybody knows of the person, behind it", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.within((tx) => tx.keepTold(bob.key, profile({ name: "Bob B." })));
  await start(bench);
  assert.deepEqual(await bench.told(alice), ["follow person", "update profile"]);
});

test("following, stopping and following again are three contacts of one root, in order", async () => {
  await using bench = await peopleBench();
  await bench.account();
  const alice = await bench.remote();
  await start(bench);
  await stop(bench);
  await start(bench);
  const waiting = await bench.waiting("person", personAddress(alice));
  assert.deepEqual(await bench.told(alice), ["follow person", "unfollow person", "follow person"]);
  assert.equal(new Set(waiting.map((one) => one.rootGuid)).size, 1);
});

test("who follows by node and by presence stops with the last of the two", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await start(bench, "pubsub");
  await start(bench, "presence");
  await stop(bench, "pubsub");
  assert.deepEqual(await bench.told(alice), ["follow person"]);
  assert.equal((await bench.within((tx) => tx.relationship(bob.key, alice.key))).following, true);
  await stop(bench, "presence");
  assert.deepEqual(await bench.told(alice), ["follow person", "unfollow person"]);
});

test("pitfall 3: an `unsubscribe` is an unfollow, and a second one says nothing more", async () => {
  await using bench = await peopleBench();
  await bench.account();
  const alice = await bench.remote();
  await start(bench, "presence");
  await stop(bench, "presence");
  await assert.rejects(stop(bench, "presence"), (error) => isDxError(error, "DX_ITEM_NOT_FOUND"));
  assert.deepEqual(await bench.told(alice), ["follow person", "unfollow person"]);
});

test("who has stopped reads nothing more and gets no public posts' pod", async () => {
  await using bench = await peopleBench();
  const bob = await bench.account();
  await bench.remote();
  await start(bench);
  await stop(bench);
  assert.deepEqual(await bench.db("subscriptions").pluck("jid"), []);
  assert.deepEqual(await bench.within((tx) => tx.contactPods(bob.key)), []);
  await assert.rejects(stop(bench), (error) => isDxError(error, "DX_ITEM_NOT_FOUND"));
});

test("stopping twice at the same moment tells the other pod once", async () => {
  await using bench = await peopleBench();
  await bench.account();
  const alice = await bench.remote();
  await start(bench);
  await bench.deliverAll();
  await Promise.allSettled([1, 2, 3].map(() => stop(bench)));
  assert.deepEqual(await bench.told(alice), ["unfollow person"]);
});

for (const [what, reader, person, code] of [
  ["who has not opted in", "eve@example.org", "alice@pod.example", "DX_NOT_REGISTERED"],
  ["whom nobody finds", "bob@example.org", "nobody@pod.example", "DX_PERSON_NOT_FOUND"],
] as const) {
  test(`following fails for somebody ${what}, and leaves nothing behind`, async () => {
    await using bench = await peopleBench();
    await bench.account();
    await bench.remote();
    const wrong = { ...act(), jid: jid(reader), id: diasporaId(person) };
    await assert.rejects(follow(wrong, bench.store, bench.effects), (error) =>
      isDxError(error, code),
    );
    assert.equal(await bench.count("subscriptions"), 0);
    assert.equal(await bench.count("deliveries"), 0);
  });
}

test("to block ends both ways, with one word each, and tells the pod once", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await start(bench, "presence");
  await bench.contact(alice, bob);
  await bench.deliverAll();
  await block(BOB, ALICE, bench.store, bench.effects);
  await block(BOB, ALICE, bench.store, bench.effects);
  assert.deepEqual(await bench.told(alice), ["block person"]);
  assert.deepEqual(await bench.told(bob), [`${ALICE} unsubscribe`, `${ALICE} unsubscribed`]);
  assert.equal(await bench.count("subscriptions"), 0);
  assert.deepEqual(await bench.within((tx) => tx.contactPods(bob.key)), []);
  assert.deepEqual(await bench.within((tx) => tx.contactMailboxes(bob.key)), []);
});

test("to block somebody with whom there is nothing says nothing to the XMPP side", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await block(BOB, ALICE, bench.store, bench.effects);
  assert.deepEqual([await bench.told(alice), await bench.told(bob)], [["block person"], []]);
});

test("pitfall 87: who is blocked cannot be followed nor follow until that is taken back", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await block(BOB, ALICE, bench.store, bench.effects);
  await assert.rejects(start(bench), (error) => isDxError(error, "DX_BLOCKED"));
  await bench.contact(alice, bob);
  assert.deepEqual(await bench.told(bob), []);
  await unblock(BOB, ALICE, bench.store, bench.effects);
  await assert.rejects(unblock(BOB, ALICE, bench.store, bench.effects), (error) =>
    isDxError(error, "DX_ITEM_NOT_FOUND"),
  );
  await start(bench);
  assert.deepEqual(await bench.told(alice), ["block person", "unfollow person", "follow person"]);
});

test("a person's address on the queue names the pod, with its port, and the guid", async () => {
  await using bench = await peopleBench();
  const alice = await bench.remote("alice@localhost:3000", "http://localhost:3000/");
  assert.deepEqual(parsePersonAddress(personAddress(alice)), {
    podUrl: "http://localhost:3000/",
    guid: alice.guid,
  });
});
