import assert from "node:assert/strict";
import { test } from "node:test";
import type { MigrationActivity } from "../../../src/activitystreams/activity.ts";
import type { DiasporaId } from "../../../src/activitystreams/ids.ts";
import { block } from "../../../src/bridge/block.ts";
import { findOpen } from "../../../src/bridge/contact.ts";
import { send } from "../../../src/bridge/conversation.ts";
import { follow } from "../../../src/bridge/follow.ts";
import { acceptFollower } from "../../../src/bridge/followers.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { receiveActivity } from "../../../src/bridge/receive.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { createStore } from "../../../src/store/adapter.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { createVault } from "../../../src/store/vault.ts";
import { deleteOf } from "./bench.ts";
import { ALICE, BOB, NODE, peopleBench, profile, type PeopleBench } from "./people-bench.ts";
import { diasporaId, guidNumber, remotePost } from "../../support/fixtures.ts";

const NEXT = diasporaId("alice@new.example");
const THIRD = diasporaId("alice@third.example");

const migrates = (
  bench: PeopleBench,
  from: DiasporaId,
  to: DiasporaId,
  by: DiasporaId = from,
): Promise<boolean> => {
  const activity: MigrationActivity = {
    verb: "replace",
    actor: { network: "diaspora", id: by },
    object: {
      type: "migration",
      from,
      to,
      profile: profile({ name: "Alice, moved" }),
      signature: "verified where it was opened",
    },
    audience: "public",
    published: bench.effects.now(),
  };
  const verified = { activity, sender: by, recipient: null };
  return receiveActivity(verified, "0", bench.store, bench.effects);
};

interface Story {
  readonly bench: PeopleBench;
  readonly alice: KnownPerson;
  readonly next: KnownPerson;
}

async function story(): Promise<Story> {
  const bench = await peopleBench();
  const alice = await bench.remote();
  const next = await bench.remote(NEXT, "https://new.example/");
  return { bench, alice, next };
}

const reads = (bench: PeopleBench, who: Account, by: "pubsub" | "presence"): Promise<void> =>
  follow({ jid: who.jid, id: ALICE, node: NODE, by }, bench.store, bench.effects);
const is = (bench: PeopleBench, who: Account, person: KnownPerson) =>
  bench.within((tx) => tx.relationship(who.key, person.key));

test("contacts and readers go along, each is told once, and the new pod hears of its readers", async () => {
  const { bench, alice, next } = await story();
  await using _ = bench;
  const bob = await bench.account();
  const carol = await bench.account("carol@example.org");
  const dan = await bench.account("dan@example.org");
  await reads(bench, bob, "pubsub");
  await reads(bench, carol, "presence");
  await bench.contact(alice, dan);
  await acceptFollower(dan.jid, ALICE, bench.store);
  await bench.deliverAll();

  await migrates(bench, ALICE, NEXT);
  assert.deepEqual(await bench.told(bob), ["replace migration"]);
  assert.deepEqual(await bench.told(carol), [
    "replace migration",
    `${ALICE} says ${alice.name} (${ALICE}) has moved to ${NEXT}, and you follow them there now.`,
    `${ALICE} unsubscribed`,
  ]);
  assert.deepEqual(await bench.told(dan), [
    "replace migration",
    `${ALICE} unsubscribe`,
    `${NEXT} subscribe`,
  ]);
  assert.deepEqual(await bench.told(next), ["follow person", "follow person"]);
  assert.deepEqual(await is(bench, bob, next), {
    following: true,
    sharing: false,
    blocking: false,
    blocked: false,
  });
  assert.equal((await is(bench, dan, next)).sharing, true);
  assert.equal((await is(bench, bob, alice)).following, false);
  const followers = await bench.within((tx) => tx.followersOf(next.key));
  assert.deepEqual(
    followers.map((one) => one.jid),
    [bob.jid, carol.jid, dan.jid],
  );
  assert.equal((await bench.store.profileOf(next, null)).name, "Alice, moved");
});

test("pitfall 1: whom the new one has asked already, by a contact that came first, is not asked again", async () => {
  const { bench, alice, next } = await story();
  await using _ = bench;
  const bob = await bench.account();
  await bench.contact(alice, bob);
  await bench.contact(next, bob);
  await bench.deliverAll();
  await migrates(bench, ALICE, NEXT);
  assert.deepEqual(await bench.told(bob), [
    "replace migration",
    `${ALICE} says ${alice.name} (${ALICE}) has moved to ${NEXT}.`,
    `${ALICE} unsubscribe`,
  ]);
});

test("who was let see the presence is asked anew; nothing limited goes there before", async () => {
  const { bench, alice, next } = await story();
  await using _ = bench;
  const dan = await bench.account("dan@example.org");
  await bench.contact(alice, dan);
  await acceptFollower(dan.jid, ALICE, bench.store);
  await migrates(bench, ALICE, NEXT);
  const readers = () => bench.within((tx) => tx.limitedReaders(dan.key));
  assert.deepEqual(await readers(), []);
  await acceptFollower(dan.jid, NEXT, bench.store);
  assert.deepEqual(
    (await readers()).map(({ key }) => key),
    [next.key],
  );
});

test("a block goes along", async () => {
  const { bench, next } = await story();
  await using _ = bench;
  const bob = await bench.account();
  await block(BOB, ALICE, bench.store, bench.effects);
  await migrates(bench, ALICE, NEXT);
  assert.equal((await is(bench, bob, next)).blocked, true);
});

test("posts are the new one's to read and to take back, and a tombstone stays one", async () => {
  const { bench, alice, next } = await story();
  await using _ = bench;
  const [kept, gone] = [guidNumber(7), guidNumber(8)];
  await bench.within(async (tx) => {
    await tx.insertActivity(kept, alice.key, remotePost({ guid: kept }));
    const id = await tx.insertActivity(gone, alice.key, remotePost({ guid: gone }));
    await tx.entombActivity(id ?? "");
  });
  await migrates(bench, ALICE, NEXT);
  const query = { authorKey: next.key, readerKey: null, max: 9, order: "creation" } as const;
  const guids = async () =>
    (await bench.store.streamPage(query)).items.map(({ activity }) => activity.object.guid);
  assert.deepEqual(await guids(), [kept]);
  const receive = (
    activity: Parameters<typeof receiveActivity>[0]["activity"],
    sender: KnownPerson,
  ) =>
    receiveActivity(
      { activity, sender: sender.diasporaId, recipient: null },
      "0",
      bench.store,
      bench.effects,
    );
  await receive(remotePost({ guid: gone }, { actor: { network: "diaspora", id: NEXT } }), next);
  await receive(deleteOf(next, kept), next);
  assert.deepEqual(await guids(), []);
});

test("a conversation goes on with the new one", async () => {
  const { bench, alice, next } = await story();
  await using _ = bench;
  const bob = await bench.account();
  await reads(bench, bob, "pubsub");
  await bench.contact(alice, bob);
  const says = (to: DiasporaId, markdown: string) =>
    send(
      { jid: BOB, to, markdown, subject: null, thread: "t1", messageId: null, key: markdown },
      bench.store,
      bench.effects,
    );
  await says(ALICE, "Hi");
  await bench.deliverAll();
  await migrates(bench, ALICE, NEXT);
  await assert.rejects(
    says(ALICE, "Again"),
    (error) => isDxError(error, "DX_PERSON_MOVED") && error.evidence["movedTo"] === NEXT,
  );
  await says(NEXT, "There you are");
  assert.deepEqual((await bench.told(next)).slice(-1), ["send message"]);
  assert.equal(await bench.count("conversations"), 1);
});

test("a copy of it changes nothing, nor does one to somewhere else, from either side", async () => {
  const { bench, next } = await story();
  await using _ = bench;
  const bob = await bench.account();
  await bench.remote(THIRD, "https://third.example/");
  await reads(bench, bob, "pubsub");
  await migrates(bench, ALICE, NEXT);
  await bench.deliverAll();
  await migrates(bench, ALICE, NEXT);
  await migrates(bench, ALICE, NEXT, NEXT);
  await migrates(bench, ALICE, THIRD);
  // And back: who has moved is not there to be moved to.
  await migrates(bench, NEXT, ALICE).catch(() => undefined);
  assert.equal(await bench.count("deliveries"), 0);
  assert.equal(await bench.store.movedTo(ALICE), NEXT);
  assert.equal((await is(bench, bob, next)).following, true);
});

test("nobody moves another, themselves to themselves, or somebody of here", async () => {
  const { bench } = await story();
  await using _ = bench;
  const bob = await bench.account();
  await bench.remote("mallory@evil.example", "https://evil.example/");
  const mallory = diasporaId("mallory@evil.example");
  await migrates(bench, ALICE, NEXT, mallory);
  await migrates(bench, ALICE, ALICE);
  await migrates(bench, bob.diasporaId, mallory, mallory);
  await migrates(bench, mallory, bob.diasporaId, mallory).catch((error: unknown) => {
    assert.ok(isDxError(error, "DX_PERSON_NOT_FOUND"));
  });
  assert.notEqual(await bench.store.remoteById(ALICE), null);
  assert.notEqual(await bench.store.accountByJid(BOB), null);
  assert.equal(await bench.count("deliveries"), 0);
});

test("who is suspended does not get away by moving", async () => {
  const { bench } = await story();
  await using _ = bench;
  const bob = await bench.account();
  await reads(bench, bob, "pubsub");
  await bench.deliverAll();
  await bench.db("people").where({ diaspora_id: ALICE }).update({ standing: "suspend" });
  // What is remembered of a person is so for a moment only.
  const store = createStore(bench.db, createVault("a key for tests"), createRemotePeople(bench.db));
  await migrates({ ...bench, store }, ALICE, NEXT);
  assert.equal(await bench.store.movedTo(ALICE), null);
  assert.equal(await bench.count("deliveries"), 0);
});

test("a chain of moves is one step long, however long it is; its end is told", async () => {
  const { bench } = await story();
  await using _ = bench;
  await bench.account();
  const hosts = Array.from({ length: 12 }, (_, n) => diasporaId(`alice@pod${String(n)}.example`));
  for (const [n, id] of hosts.entries()) await bench.remote(id, `https://pod${String(n)}.example/`);
  for (const [n, id] of hosts.entries()) {
    const to = hosts[n + 1];
    if (to !== undefined) await migrates(bench, id, to);
  }
  for (const id of hosts.slice(0, -1)) assert.equal(await bench.store.movedTo(id), hosts.at(-1));
  await assert.rejects(findOpen(hosts[0] ?? ALICE, bench.store, bench.effects), (error) =>
    isDxError(error, "DX_PERSON_MOVED"),
  );
});

test("two moves of one account at the same moment are one", async () => {
  const { bench } = await story();
  await using _ = bench;
  const bob = await bench.account();
  await bench.remote(THIRD, "https://third.example/");
  await reads(bench, bob, "pubsub");
  await bench.deliverAll();
  await Promise.all([migrates(bench, ALICE, NEXT), migrates(bench, ALICE, THIRD)]);
  assert.deepEqual(await bench.told(bob), ["replace migration"]);
  const to = await bench.store.movedTo(ALICE);
  assert.ok(to === NEXT || to === THIRD);
});
