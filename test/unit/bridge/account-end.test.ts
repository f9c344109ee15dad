import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { acceptFollower } from "../../../src/bridge/followers.ts";
import { receiveTerminate } from "../../../src/bridge/account-end.ts";
import { follow } from "../../../src/bridge/follow.ts";
import type { KnownPerson } from "../../../src/bridge/ports.ts";
import { receiveActivity } from "../../../src/bridge/receive.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { diasporaId, guidNumber, jid, remotePost } from "../../support/fixtures.ts";
import {
  ALICE,
  BOB,
  NODE,
  peopleBench,
  profile,
  wordOf,
  type PeopleBench,
} from "./people-bench.ts";

const leaves = (bench: PeopleBench, author: KnownPerson, id = author.diasporaId): Promise<void> =>
  bench.within((tx) =>
    receiveTerminate(
      tx,
      {
        verb: "terminate",
        actor: { network: "diaspora", id: author.diasporaId },
        object: { type: "account", id },
        audience: "public",
        published: bench.effects.now(),
      },
      author,
      bench.effects,
    ),
  );

const reads = (bench: PeopleBench, name: string, by: "pubsub" | "presence"): Promise<void> =>
  follow({ jid: jid(name), id: ALICE, node: NODE, by }, bench.store, bench.effects);

test("each follower gets the end of the node and of what presence there was, once", async () => {
  await using bench = await peopleBench();
  const alice = await bench.remote();
  const [bob, carol, dan, eve] = [
    await bench.account(),
    await bench.account("carol@example.org"),
    await bench.account("dan@example.org"),
    await bench.account("eve@example.org"),
  ];
  await reads(bench, "bob@example.org", "pubsub");
  await reads(bench, "carol@example.org", "presence");
  await bench.contact(alice, carol);
  await bench.contact(alice, dan);
  await acceptFollower(dan.jid, ALICE, bench.store);
  await bench.deliverAll();
  await leaves(bench, alice);
  assert.deepEqual(
    [await bench.told(bob), await bench.told(carol), await bench.told(dan), await bench.told(eve)],
    [
      ["terminate account"],
      ["terminate account", `${ALICE} unsubscribe`, `${ALICE} unsubscribed`],
      ["terminate account", `${ALICE} unsubscribe`],
      [],
    ],
  );
});

test("what was said and told is gone, and a late copy of it stays away", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await reads(bench, BOB, "pubsub");
  const post = remotePost({ guid: guidNumber(7) });
  await bench.within(async (tx) => {
    await tx.insertActivity(guidNumber(7), alice.key, post);
    await tx.keepProfile(alice.key, profile({ name: "Alice", searchable: true }), null);
    await tx.keepDetails(alice.key, bob.key, { bio: "I bite." }, null);
  });
  await leaves(bench, alice);
  assert.equal(await bench.within((tx) => tx.insertActivity(guidNumber(7), alice.key, post)), null);
  const query = { authorKey: alice.key, readerKey: bob.key, max: 9, order: "creation" } as const;
  assert.deepEqual((await bench.store.streamPage(query)).items, []);
  assert.deepEqual(await bench.store.searchPeople("alice", null, 20), []);
  assert.equal((await bench.store.profileOf(alice, bob.key)).bio, undefined);
  const is = await bench.within((tx) => tx.relationship(bob.key, alice.key));
  assert.deepEqual([is.following, is.sharing], [false, false]);
  assert.equal(await bench.count("subscriptions"), 0);
});

test("what was taken back just before is taken back still, and others' posts stay", async () => {
  await using bench = await peopleBench();
  await bench.account();
  const alice = await bench.remote();
  const carol = await bench.remote("carol@other.example", "https://other.example/");
  await reads(bench, BOB, "pubsub");
  const [gone, left, other] = [guidNumber(0x71), guidNumber(0x72), guidNumber(0x73)];
  const by = (author: KnownPerson) =>
    ({ ...remotePost(), actor: { network: "diaspora", id: author.diasporaId } }) as const;
  const said = async (activity: Activity, author: KnownPerson): Promise<void> => {
    const verified = { activity, sender: author.diasporaId, recipient: null };
    await receiveActivity(verified, "0", bench.store, bench.effects);
  };
  for (const [guid, author] of [
    [gone, alice],
    [left, alice],
    [other, carol],
  ] as const) {
    await said({ ...by(author), object: { ...remotePost().object, guid } }, author);
  }
  const comment = { type: "comment", markdown: "Hi" } as const;
  const below = { ...comment, guid: guidNumber(0x74), inReplyTo: other };
  await said({ ...by(alice), object: { ...below, guid: guidNumber(0x75) } }, carol);
  await said({ ...by(carol), object: below }, carol);
  await bench.deliverAll();
  const tombstone = { type: "tombstone", guid: gone, targetType: "Post" } as const;
  await said({ ...by(alice), verb: "delete", object: tombstone }, alice);
  await leaves(bench, alice);
  const waits = await bench.waiting("stream", alice.key);
  assert.deepEqual(waits.map(wordOf), ["delete tombstone"]);
  const is = async (guid: Guid) => (await bench.store.findActivity(guid))?.deleted;
  const guids = [left, other, guidNumber(0x74), guidNumber(0x75)];
  assert.deepEqual(await Promise.all(guids.map(is)), [true, false, false, true]);
});

test("who has left is not found any more, and the answer says why", async () => {
  await using bench = await peopleBench();
  await bench.account();
  const alice = await bench.remote();
  await bench.store.remoteById(ALICE);
  await leaves(bench, alice);
  assert.equal(await bench.store.remoteById(ALICE), null);
  assert.equal(await bench.store.hasLeft(ALICE), true);
  await assert.rejects(reads(bench, BOB, "pubsub"), (error) => isDxError(error, "DX_PERSON_GONE"));
});

test("nobody closes the account of another", async () => {
  await using bench = await peopleBench();
  await bench.remote();
  const mallory = await bench.remote("mallory@evil.example", "https://evil.example/");
  await leaves(bench, mallory, ALICE);
  assert.notEqual(await bench.store.remoteById(ALICE), null);
  assert.equal(await bench.store.hasLeft(diasporaId("mallory@evil.example")), false);
});
