import assert from "node:assert/strict";
import { test } from "node:test";
import type { RelationActivity } from "../../../src/activitystreams/activity.ts";
import { receiveActivity } from "../../../src/bridge/receive.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { firstRow } from "../../../src/store/database.ts";
import { createInboxWriter } from "../../../src/store/inbox.ts";
import { diasporaId, guidNumber, remotePost } from "../../support/fixtures.ts";
import { bridgeBench, deleteOf, postOf, subscribe, wordsOf, type Bench } from "./bench.ts";

const POST = guidNumber(0x1111);

test("pitfall 63: a public post reaches each subscriber once, however often it comes", async () => {
  await using bench = await bridgeBench();
  const [alice, bob, eve] = [
    await bench.remote(),
    await bench.account(),
    await bench.account("eve@example.org"),
  ];
  for (const reader of [bob, eve]) await subscribe(bench, alice, reader.jid);
  const post = postOf(alice, { guid: POST, markdown: "to all" });
  await Promise.all([1, 2, 3, 4].map(() => bench.receive(post, alice)));
  await bench.receive(post, alice, bob);
  for (const reader of [bob, eve]) {
    assert.deepEqual(wordsOf(await bench.reading(reader.jid)), ["to all"]);
  }
  await bench.deliverAll();
  await bench.receive(post, alice);
  assert.deepEqual(await bench.reading(bob.jid), [], "not again after it was delivered");
  assert.ok(bench.woken.includes("stream"));
});

test("a post of somebody whom nobody follows is kept, for those who look", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  await bench.receive(postOf(alice, { guid: POST }), alice);
  assert.deepEqual(await bench.stream(alice, null), [POST]);
  assert.deepEqual(await bench.reading(bob.jid), []);
});

test("a limited post is seen by the one it was sent to, and by nobody else", async () => {
  await using bench = await bridgeBench();
  const [alice, bob, eve] = [
    await bench.remote(),
    await bench.account(),
    await bench.account("eve@example.org"),
  ];
  for (const reader of [bob, eve]) await subscribe(bench, alice, reader.jid);
  await bench.receive(postOf(alice, { guid: POST, markdown: "secret" }, "limited"), alice, bob);
  assert.deepEqual(wordsOf(await bench.reading(bob.jid)), ["secret"]);
  assert.deepEqual(await bench.reading(eve.jid), []);
  assert.deepEqual(await bench.stream(alice, bob), [POST]);
  assert.deepEqual(await bench.stream(alice, eve), []);
  assert.deepEqual(await bench.stream(alice, null), []);
});

test("a limited post for two comes in two copies, and each gets one; repeats bring nothing", async () => {
  await using bench = await bridgeBench();
  const [alice, bob, eve] = [
    await bench.remote(),
    await bench.account(),
    await bench.account("eve@example.org"),
  ];
  for (const reader of [bob, eve]) await subscribe(bench, alice, reader.jid);
  const post = postOf(alice, { guid: POST, markdown: "for two" }, "limited");
  await bench.receive(post, alice, bob);
  await bench.receive(post, alice, eve);
  for (const reader of [bob, eve]) {
    assert.deepEqual(wordsOf(await bench.reading(reader.jid)), ["for two"]);
  }
  await bench.deliverAll();
  await bench.receive(post, alice, bob);
  assert.equal(await bench.count("deliveries"), 0);
});

test("a limited post that claims to be public later stays limited", async () => {
  await using bench = await bridgeBench();
  const [alice, bob, eve] = [
    await bench.remote(),
    await bench.account(),
    await bench.account("eve@example.org"),
  ];
  await subscribe(bench, alice, eve.jid);
  await bench.receive(postOf(alice, { guid: POST }, "limited"), alice, bob);
  await bench.receive(postOf(alice, { guid: POST }, "public"), alice);
  assert.deepEqual(await bench.reading(eve.jid), []);
  assert.deepEqual(await bench.stream(alice, eve), []);
});

test("a limited post to nobody in particular is for nobody", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  await subscribe(bench, alice, bob.jid);
  await bench.receive(postOf(alice, { guid: POST }, "limited"), alice);
  assert.deepEqual(await bench.reading(bob.jid), []);
  assert.deepEqual(await bench.stream(alice, bob), []);
});

test("somebody else's GUID does not change what stands under it", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  const mallory = await bench.remote("mallory@evil.example", "https://evil.example/");
  for (const author of [alice, mallory]) await subscribe(bench, author, bob.jid);
  await bench.receive(postOf(alice, { guid: POST, markdown: "mine" }), alice);
  await bench.receive(postOf(mallory, { guid: POST, markdown: "forged" }), mallory);
  await bench.receive(postOf(mallory, { guid: POST, markdown: "forged" }, "limited"), mallory, bob);
  await bench.receive(deleteOf(mallory, POST), mallory);
  assert.deepEqual(wordsOf(await bench.reading(bob.jid)), ["mine"]);
  assert.deepEqual(await bench.stream(alice, bob), [POST]);
  assert.deepEqual(await bench.stream(mallory, bob), []);
});

test("pitfall 51: a retraction follows the post to its readers, and its words are gone", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  await subscribe(bench, alice, bob.jid);
  const post = postOf(alice, { guid: POST });
  await bench.receive(post, alice);
  await bench.deliverAll();
  await bench.receive(deleteOf(alice, POST), alice);
  await bench.receive(deleteOf(alice, POST), alice);
  await bench.receive(post, alice);
  const waiting = await bench.reading(bob.jid);
  assert.deepEqual(wordsOf(waiting), ["delete"]);
  assert.equal(waiting[0]?.rootGuid, POST);
  assert.deepEqual(await bench.stream(alice, bob), []);
});

test("a post that is retracted before it went out holds nothing", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  await subscribe(bench, alice, bob.jid);
  await bench.receive(postOf(alice, { guid: POST }), alice);
  await bench.receive(deleteOf(alice, POST), alice);
  await bench.receive(postOf(alice, { guid: guidNumber(2), markdown: "next" }), alice);
  assert.deepEqual(wordsOf(await bench.reading(bob.jid)), ["delete", "next"]);
});

test("pitfall 61: a retraction that comes first keeps the post out", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  await subscribe(bench, alice, bob.jid);
  await bench.receive(deleteOf(alice, POST), alice);
  await bench.receive(deleteOf(alice, POST), alice);
  await bench.receive(postOf(alice, { guid: POST }), alice);
  assert.equal(await bench.count("deliveries"), 0);
  assert.deepEqual(await bench.stream(alice, bob), []);
});

test("a post and its retraction that come at the same moment leave no post", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  const guids = Array.from({ length: 40 }, (_, index) => guidNumber(0x2000 + index));
  await Promise.all(
    guids.flatMap((guid) => [
      bench.receive(postOf(alice, { guid }), alice),
      bench.receive(deleteOf(alice, guid), alice),
    ]),
  );
  assert.deepEqual(await bench.stream(alice, bob), []);
});

test("nobody can keep somebody else's post out by retracting it first", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  const mallory = await bench.remote("mallory@evil.example", "https://evil.example/");
  await subscribe(bench, alice, bob.jid);
  await bench.receive(deleteOf(mallory, POST), mallory);
  await bench.receive(postOf(alice, { guid: POST, markdown: "still here" }), alice);
  assert.deepEqual(wordsOf(await bench.reading(bob.jid)), ["still here"]);
});

test("the retraction of a limited post is told to those who could see it only", async () => {
  await using bench = await bridgeBench();
  const [alice, bob, eve] = [
    await bench.remote(),
    await bench.account(),
    await bench.account("eve@example.org"),
  ];
  for (const reader of [bob, eve]) await subscribe(bench, alice, reader.jid);
  await bench.receive(postOf(alice, { guid: POST }, "limited"), alice, bob);
  await bench.deliverAll();
  await bench.receive(deleteOf(alice, POST), alice);
  assert.deepEqual(wordsOf(await bench.reading(bob.jid)), ["delete"]);
  assert.deepEqual(await bench.reading(eve.jid), []);
});

test("contact, its end and a block change what the local person's posts reach", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  const pods = (): Promise<string[]> => bench.store.transaction((tx) => tx.contactPods(bob.key));
  const relation = (verb: RelationActivity["verb"]): Promise<boolean> =>
    bench.receive(
      {
        ...remotePost(),
        verb,
        audience: "limited",
        object: { type: "person", id: bob.diasporaId },
      },
      alice,
      bob,
    );
  await relation("follow");
  assert.deepEqual(await pods(), [alice.podUrl]);
  await relation("unfollow");
  assert.deepEqual(await pods(), []);
  await relation("follow");
  await relation("block");
  assert.deepEqual(await pods(), []);
  await relation("follow");
  assert.deepEqual(await pods(), [alice.podUrl]);
});

async function inboxRow(bench: Bench): Promise<string> {
  const inbox = createInboxWriter(bench.db, { maxRows: 9, maxInFlight: 9 }, () => undefined);
  await inbox.add({
    kind: "public",
    recipient: null,
    body: Buffer.from("x"),
    claimedHost: "pod.example",
  });
  const row = await firstRow<{ id: string }>(bench.db, "select id from inbox");
  return row?.id ?? "";
}

test("the inbox row goes in the same transaction, and stays when something fails", async () => {
  await using bench = await bridgeBench();
  const alice = await bench.remote();
  const received = {
    activity: postOf(alice, { guid: POST }),
    sender: alice.diasporaId,
    recipient: null,
  };
  const row = await inboxRow(bench);
  const failing = { ...bench.effects, digest: () => "too short" };
  await assert.rejects(receiveActivity(received, row, bench.store, failing));
  assert.deepEqual([await bench.count("inbox"), await bench.count("activities")], [1, 0]);
  await receiveActivity(received, row, bench.store, bench.effects);
  assert.deepEqual([await bench.count("inbox"), await bench.count("activities")], [0, 1]);
});

test("a message of somebody unknown, or for nobody here, is refused", async () => {
  await using bench = await bridgeBench();
  const alice = await bench.remote();
  const refused = (error: unknown): boolean => isDxError(error, "DX_PERSON_NOT_FOUND");
  const left = await bench.account("left@example.org");
  await bench.store.closeAccount(left);
  await assert.rejects(bench.receive(postOf(alice, { guid: POST }), alice, left), refused);
  const unknown = { ...alice, diasporaId: diasporaId("nobody@nowhere.example") };
  await assert.rejects(bench.receive(postOf(unknown, { guid: POST }), unknown), refused);
  assert.equal(await bench.count("activities"), 0);
});

test("what somebody says of themselves changes what is known of them, and a lost picture is gone", async () => {
  await using bench = await bridgeBench();
  const [alice, bob] = [await bench.remote(), await bench.account()];
  const profile = { type: "profile", tags: [], searchable: true, nsfw: false } as const;
  const base = postOf(alice, {}, "limited");
  const size = "https://pod.example/a.png";
  const photo = { large: size, medium: size, small: size };
  const known = async (): Promise<unknown[]> => {
    const person = await bench.store.remoteById(alice.diasporaId);
    return [person?.name, person?.photoUrl, person?.guid, person?.publicKeyPem];
  };
  const say = (object: object): Promise<boolean> =>
    bench.receive({ ...base, verb: "update", object: { ...profile, ...object } }, alice, bob);
  assert.equal(await say({ name: "Alice A.", photo }), true);
  assert.deepEqual(await known(), ["Alice A.", size, alice.guid, alice.publicKeyPem]);
  assert.equal(await say({}), true);
  assert.deepEqual(await known(), ["Alice A.", undefined, alice.guid, alice.publicKeyPem]);
  assert.equal(await bench.count("activities"), 0);
});

test("what is not kept leaves nothing but an empty place in the inbox", async () => {
  await using bench = await bridgeBench();
  const alice = await bench.remote();
  const row = await inboxRow(bench);
  const received = {
    activity: {
      ...postOf(alice, {}),
      object: { type: "image", guid: POST, url: "https://pod.example/a.png" },
    },
    sender: alice.diasporaId,
    recipient: null,
  } as const;
  assert.equal(await receiveActivity(received, row, bench.store, bench.effects), false);
  const counts = await Promise.all(["activities", "deliveries", "inbox"].map(bench.count));
  assert.deepEqual(counts, [0, 0, 0]);
});
