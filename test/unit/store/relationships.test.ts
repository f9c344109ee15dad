import assert from "node:assert/strict";
import { test } from "node:test";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { insertActivity } from "../../../src/store/activities.ts";
import type { Database } from "../../../src/store/database.ts";
import { enqueueForReaders } from "../../../src/store/deliveries.ts";
import {
  closeLocal,
  insertLocal,
  rememberRemote,
  type StoredLocal,
} from "../../../src/store/people.ts";
import {
  addSubscription,
  changeRelationship,
  contactPods,
  isSubscribed,
  removeSubscription,
} from "../../../src/store/relationships.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import {
  diasporaId,
  guidNumber,
  jid,
  localPerson,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";

const vault = createVault("a key for tests");
const NODE = "urn:xmpp:microblog:0";

async function account(db: Database, name: string): Promise<StoredLocal> {
  return await insertLocal(db, vault, localPerson({ jid: jid(name) }));
}

async function remote(db: Database, name: string, podUrl: string): Promise<string> {
  const person = await rememberRemote(db, remotePerson({ diasporaId: diasporaId(name), podUrl }));
  return person.key;
}

test("of changes that meet exactly one sees the state before", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db, "bob@example.org");
  const alice = await remote(store.db, "alice@pod.example", "https://pod.example/");
  const before = await Promise.all(
    Array.from({ length: 8 }, () =>
      store.db.transaction((tx) => changeRelationship(tx, bob.key, alice, { following: true })),
    ),
  );
  assert.equal(before.filter((state) => !state.following).length, 1);
});

test("a change touches its own flags only", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db, "bob@example.org");
  const alice = await remote(store.db, "alice@pod.example", "https://pod.example/");
  await changeRelationship(store.db, bob.key, alice, { following: true });
  await changeRelationship(store.db, bob.key, alice, { sharing: true });
  await changeRelationship(store.db, bob.key, alice, { blocking: true, sharing: false });
  assert.deepEqual(await changeRelationship(store.db, bob.key, alice, {}), {
    following: true,
    sharing: false,
    blocking: true,
  });
});

test("a public post goes once to each pod with a contact in either direction that does not block", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db, "bob@example.org");
  const eve = await account(store.db, "eve@example.org");
  for (const [name, pod, change] of [
    ["reader@a.example", "https://a.example/", { sharing: true }],
    ["second@a.example", "https://a.example/", { sharing: true }],
    ["read@b.example", "https://b.example/", { following: true }],
    ["was@c.example", "https://c.example/", { sharing: false }],
    ["blocks@d.example", "https://d.example/", { following: true, blocking: true }],
  ] as const) {
    await changeRelationship(store.db, bob.key, await remote(store.db, name, pod), change);
  }
  const eves = await remote(store.db, "x@e.example", "https://e.example/");
  await changeRelationship(store.db, eve.key, eves, { sharing: true });
  const pods = await contactPods(store.db, bob.key);
  assert.deepEqual(pods.sort(), ["https://a.example/", "https://b.example/"]);
});

test("subscribing twice is subscribing once, and so is unsubscribing", async () => {
  await using store = await testDatabase();
  const alice = await remote(store.db, "alice@pod.example", "https://pod.example/");
  const bob = jid("bob@example.org");
  await addSubscription(store.db, alice, NODE, bob);
  await addSubscription(store.db, alice, NODE, bob);
  assert.equal((await store.db("subscriptions")).length, 1);
  assert.equal(await isSubscribed(store.db, alice, NODE, bob), true);
  assert.equal(await isSubscribed(store.db, alice, "another node", bob), false);
  assert.equal(await removeSubscription(store.db, alice, NODE, bob), true);
  assert.equal(await removeSubscription(store.db, alice, NODE, bob), false);
  assert.equal(await isSubscribed(store.db, alice, NODE, bob), false);
});

test("a limited post reaches the addressed people only, though all are subscribed", async () => {
  await using store = await testDatabase();
  const alice = await remote(store.db, "alice@pod.example", "https://pod.example/");
  const bob = await account(store.db, "bob@example.org");
  const eve = await account(store.db, "eve@example.org");
  for (const reader of [bob.jid, eve.jid, jid("stranger@example.org")]) {
    await addSubscription(store.db, alice, NODE, reader);
  }
  let posts = 0;
  const reached = async (only: readonly Guid[]) => {
    posts += 1;
    const activityId = await insertActivity(store.db, guidNumber(posts), alice, remotePost());
    assert.ok(activityId);
    const news = { activityId, rootGuid: "root", personKey: alice, node: NODE, only };
    await enqueueForReaders(store.db, news);
    return await store
      .db("deliveries")
      .join("destinations", "destinations.id", "deliveries.destination_id")
      .where({ activity_id: activityId })
      .pluck<string[]>("address");
  };
  assert.deepEqual(await reached([bob.guid]), [bob.jid]);
  assert.deepEqual(await reached([]), []);
  await closeLocal(store.db, bob);
  assert.deepEqual(await reached([bob.guid]), []);
});
