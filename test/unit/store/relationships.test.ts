import assert from "node:assert/strict";
import { test } from "node:test";
import { closeLocal } from "../../../src/store/people.ts";
import { setPreferences } from "../../../src/store/preferences.ts";
import { changeRelationship, contactsOf, relationship } from "../../../src/store/relationships.ts";
import {
  addSubscription,
  isSubscribed,
  listedSubscribers,
  removeSubscription,
  subscriptionsOf,
} from "../../../src/store/subscriptions.ts";
import { testDatabase } from "../../support/database.ts";
import { NODE, social } from "./social-support.ts";

const NOTHING = { following: false, sharing: false, blocking: false, blocked: false };

test("of changes that meet exactly one sees the state before", async () => {
  await using store = await testDatabase();
  const { bob, alice } = await social(store.db);
  const before = await Promise.all(
    Array.from({ length: 8 }, () =>
      store.db.transaction((tx) => changeRelationship(tx, bob.key, alice.key, { following: true })),
    ),
  );
  assert.equal(before.filter((state) => !state.following).length, 1);
});

test("a change touches its own flags only", async () => {
  await using store = await testDatabase();
  const { bob, alice } = await social(store.db);
  assert.deepEqual(await relationship(store.db, bob.key, alice.key), NOTHING);
  await changeRelationship(store.db, bob.key, alice.key, { following: true });
  await changeRelationship(store.db, bob.key, alice.key, { sharing: true, blocked: true });
  await changeRelationship(store.db, bob.key, alice.key, { blocking: true, sharing: false });
  const is = { following: true, sharing: false, blocking: true, blocked: true };
  assert.deepEqual(await changeRelationship(store.db, bob.key, alice.key, {}), is);
  assert.deepEqual(await relationship(store.db, bob.key, alice.key), is);
});

test("contacts are those who are followed or share, by name, with what they are", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { bob, eve, alice, carol } = people;
  const Dave = await people.remote("dave");
  const nobody = await people.remote("nobody");
  for (const [who, change] of [
    [carol, { sharing: true }],
    [Dave, { following: true, blocked: true }],
    [alice, { following: true }],
    [nobody, { following: false, blocked: true }],
  ] as const) {
    await changeRelationship(store.db, bob.key, who.key, change);
  }
  await changeRelationship(store.db, eve.key, nobody.key, { sharing: true });
  const contacts = await contactsOf(store.db, bob.key);
  assert.deepEqual(
    contacts.map(({ person, is }) => [person.name, is]),
    [
      ["alice", { ...NOTHING, following: true }],
      ["carol", { ...NOTHING, sharing: true }],
      ["dave", { ...NOTHING, following: true, blocked: true }],
    ],
  );
});

test("a subscription has two ways, and ends with the last one", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob, alice } = await social(db);
  const add = (by: "pubsub" | "presence") => addSubscription(db, alice.key, NODE, bob.jid, by);
  const remove = (by: "pubsub" | "presence") =>
    removeSubscription(db, alice.key, NODE, bob.jid, by);
  const subscribed = () => isSubscribed(db, alice.key, NODE, bob.jid);
  assert.equal(await remove("pubsub"), "none");
  await add("pubsub");
  await add("pubsub");
  assert.equal((await db("subscriptions")).length, 1);
  assert.equal(await subscribed(), true);
  assert.equal(await isSubscribed(db, alice.key, "another node", bob.jid), false);
  assert.equal(await remove("presence"), "none");
  await add("presence");
  assert.equal(await remove("pubsub"), "left");
  assert.equal(await subscribed(), false, "not by pubsub");
  assert.equal(await remove("pubsub"), "none");
  await add("pubsub");
  assert.equal(await remove("presence"), "left");
  assert.equal(await remove("pubsub"), "gone");
  assert.equal((await db("subscriptions")).length, 0);
});

test("what somebody has subscribed to, of one person and of all; a presence is no pubsub subscription", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob, eve, alice, carol } = await social(db);
  await addSubscription(db, alice.key, NODE, bob.jid, "pubsub");
  await addSubscription(db, alice.key, `${NODE}:comments/x`, bob.jid, "pubsub");
  await addSubscription(db, carol.key, NODE, bob.jid, "pubsub");
  await addSubscription(db, carol.key, NODE, eve.jid, "presence");
  const ofAlice = [
    { person: alice.diasporaId, node: NODE },
    { person: alice.diasporaId, node: `${NODE}:comments/x` },
  ];
  assert.deepEqual(await subscriptionsOf(db, bob.jid, alice.key), ofAlice);
  const all = [...ofAlice, { person: carol.diasporaId, node: NODE }];
  assert.deepEqual(await subscriptionsOf(db, bob.jid, null), all);
  assert.deepEqual(await subscriptionsOf(db, eve.jid, null), []);
});

test("who reads somebody is told only of those who want it to be known", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, eve } = people;
  const left = await people.local("left");
  for (const who of [bob, eve, left]) {
    await addSubscription(db, alice.key, NODE, who.jid, "pubsub");
  }
  await setPreferences(db, eve.key, { reads: "feed" });
  for (const who of [bob, left]) await setPreferences(db, who.key, { listed: true });
  await closeLocal(db, left);
  assert.deepEqual(await listedSubscribers(db, alice.key, NODE, 10), [bob.jid]);
});
