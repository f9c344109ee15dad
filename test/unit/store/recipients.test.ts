import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import { entombActivity } from "../../../src/store/activities.ts";
import type { Database } from "../../../src/store/database.ts";
import { enqueueActivity, finishDeliveries } from "../../../src/store/deliveries.ts";
import { claimDestinations } from "../../../src/store/destinations.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { contactPods, mailboxesOf, podsOf } from "../../../src/store/recipients.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { testDatabase } from "../../support/database.ts";
import { social } from "./social-support.ts";

test("a public post goes once to each pod with a contact in either direction who is not blocked", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  for (const [name, pod, change] of [
    ["reader", "a.example", { sharing: true }],
    ["second", "a.example", { sharing: true }],
    ["read", "b.example", { following: true }],
    ["was", "c.example", { sharing: false }],
    ["blocks", "d.example", { following: true, blocking: true }],
    ["blocked", "e.example", { sharing: true, blocked: true }],
  ] as const) {
    const person = await people.remote(name, pod);
    await changeRelationship(store.db, people.bob.key, person.key, change);
  }
  const eves = await people.remote("x", "f.example");
  await changeRelationship(store.db, people.eve.key, eves.key, { sharing: true });
  const pods = await contactPods(store.db, people.bob.key);
  assert.deepEqual(pods.sort(), ["https://a.example/", "https://b.example/"]);
});

async function deliverAll(db: Database, kind: "pod" | "person"): Promise<void> {
  const claimed = await claimDestinations(db, kind, 1, 100);
  const ids = claimed.map(({ id }) => id);
  const delivered = await pendingDeliveries(db, ids, 100);
  await finishDeliveries(db, { delivered, refused: [] }, true);
}

test("a pod has what it got, what waits for it, and what its people speak about", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const post = await people.post(bob);
  const pod = (name: string) => `https://${name}.example/`;
  const send = (name: string) =>
    enqueueActivity(db, post.id, post.guid, { kind: "pod", addresses: [pod(name)] });
  await send("got");
  await deliverAll(db, "pod");
  await send("waits");
  const contact = await people.remote("contact", "contact.example");
  await changeRelationship(db, bob.key, contact.key, { sharing: true });
  await people.like(await people.remote("liker", "liker.example"), post);
  const sorry = await people.comment(await people.remote("sorry", "sorry.example"), post);
  await entombActivity(db, sorry.id);
  await people.comment(people.eve, post);
  const names = ["contact", "got", "liker", "waits"];
  assert.deepEqual((await podsOf(db, post.id)).sort(), names.map(pod));
  assert.deepEqual(await mailboxesOf(db, post.id), []);
  // The contacts of somebody of another pod are not ours to ask.
  await changeRelationship(db, bob.key, alice.key, { sharing: true });
  assert.deepEqual(await podsOf(db, (await people.post(alice)).id), []);
});

test("a limited post is known to the mailboxes that it went to, and to no pod of a contact", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, carol, bob } = people;
  for (const who of [alice, carol]) {
    await changeRelationship(db, bob.key, who.key, { sharing: true });
  }
  const post = await people.post(bob, {}, { to: [alice] });
  await people.comment(alice, post);
  await enqueueActivity(db, post.id, post.guid, {
    kind: "person",
    addresses: [personAddress(alice)],
  });
  assert.deepEqual(await mailboxesOf(db, post.id), [personAddress(alice)]);
  await deliverAll(db, "person");
  assert.deepEqual(await mailboxesOf(db, post.id), [personAddress(alice)]);
  assert.deepEqual(await podsOf(db, post.id), []);
});
