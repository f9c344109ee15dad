import assert from "node:assert/strict";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import {
  closeLocal,
  insertLocal,
  localByGuid,
  localById,
  localByJid,
  privateKeyOf,
  remoteById,
  rememberRemote,
  reopenLocal,
  useOfName,
} from "../../../src/store/people.ts";
import { countUsage } from "../../../src/store/usage.ts";
import { feedOf } from "../../../src/store/feeds.ts";
import { addSubscription } from "../../../src/store/subscriptions.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { diasporaId, guidNumber, jid, localPerson, remotePerson } from "../../support/fixtures.ts";
import { storedPost } from "./queue-support.ts";

const vault = createVault("a key for tests");

test("an account is found by each of its three names, and its private key by its guid", async () => {
  await using store = await testDatabase();
  const person = localPerson();
  const stored = await insertLocal(store.db, vault, person);
  for (const found of [
    await localByJid(store.db, person.jid),
    await localByGuid(store.db, person.guid),
    await localById(store.db, person.diasporaId),
  ]) {
    assert.deepEqual(found, stored);
  }
  assert.equal("privateKeyPem" in stored, false);
  assert.equal(await privateKeyOf(store.db, vault, person.guid), person.privateKeyPem);
});

test("registrations that meet make one person, with one key", async () => {
  await using store = await testDatabase();
  const shared = localPerson();
  const attempts = Array.from({ length: 10 }, (_, index) =>
    store.db.transaction((tx) =>
      insertLocal(tx, vault, { ...shared, publicKeyPem: `public ${String(index)}` }),
    ),
  );
  const made = await Promise.all(attempts);
  assert.equal(new Set(made.map((person) => person.key)).size, 1);
  assert.equal(new Set(made.map((person) => person.publicKeyPem)).size, 1);
});

test("another JID does not get a diaspora* ID that is in use", async () => {
  await using store = await testDatabase();
  const first = await insertLocal(store.db, vault, localPerson());
  await assert.rejects(
    insertLocal(
      store.db,
      vault,
      localPerson({ jid: jid("bob@other.example"), diasporaId: first.diasporaId }),
    ),
    (error) => isDxError(error, "DX_NAME_TAKEN"),
  );
});

test("who has closed the account does not exist, and its name is never given out again", async () => {
  await using store = await testDatabase();
  const person = localPerson();
  const stored = await insertLocal(store.db, vault, person);
  const alice = await rememberRemote(store.db, remotePerson());
  await addSubscription(store.db, alice.key, "node", person.jid, "pubsub");
  await storedPost(store.db, stored.key);
  assert.deepEqual(await countUsage(store.db), { people: 1, posts: 1 });
  await closeLocal(store.db, stored);
  assert.equal(await localByJid(store.db, person.jid), null);
  assert.equal(await localByGuid(store.db, person.guid), null);
  assert.equal(await localById(store.db, person.diasporaId), null);
  assert.equal(await feedOf(store.db, person.jid), null);
  assert.deepEqual(await countUsage(store.db), { people: 0, posts: 0 });
  assert.equal(await useOfName(store.db, person.diasporaId, "departed:"), "taken");
  await assert.rejects(insertLocal(store.db, vault, localPerson()), (error) =>
    isDxError(error, "DX_ACCOUNT_CLOSED"),
  );
});

test("who comes back is the same person: guid, key and row", async () => {
  await using store = await testDatabase();
  const person = localPerson();
  const stored = await insertLocal(store.db, vault, person);
  await closeLocal(store.db, stored);
  assert.deepEqual(await reopenLocal(store.db, person.jid), stored);
  assert.equal(await privateKeyOf(store.db, vault, person.guid), person.privateKeyPem);
  assert.equal((await feedOf(store.db, person.jid))?.baseline, false);
  assert.equal(await reopenLocal(store.db, jid("nobody@example.org")), null);
});

test("a private key does not open with another configured key, nor for another person", async () => {
  await using store = await testDatabase();
  const bob = await insertLocal(store.db, vault, localPerson());
  const eve = await insertLocal(store.db, vault, localPerson({ jid: jid("eve@example.org") }));
  await assert.rejects(privateKeyOf(store.db, createVault("another key"), bob.guid), (error) =>
    isDxError(error, "DX_KEY_MISMATCH"),
  );
  await store.db.raw(
    `update people set private_key = (select private_key from people where id = ?) where id = ?`,
    [bob.key, eve.key],
  );
  await assert.rejects(privateKeyOf(store.db, vault, eve.guid), (error) =>
    isDxError(error, "DX_KEY_MISMATCH"),
  );
});

test("somebody discovered again has the new name, picture and pod", async () => {
  await using store = await testDatabase();
  const before = remotePerson();
  const first = await rememberRemote(store.db, before);
  const after = {
    ...before,
    name: "Alice in Chains",
    photoUrl: "https://new.example/a.png",
    podUrl: "https://new.example/",
  };
  assert.deepEqual(await rememberRemote(store.db, after), { ...after, key: first.key });
  assert.deepEqual(await remoteById(store.db, before.diasporaId), { ...after, key: first.key });
});

test("two who discover the same person at the same moment find one and the same", async () => {
  await using store = await testDatabase();
  for (let round = 0; round < 40; round += 1) {
    const id = diasporaId(`paula${String(round)}@pod.example`);
    const paula = { ...remotePerson(), diasporaId: id, guid: guidNumber(900 + round) };
    const found = await Promise.all(
      Array.from({ length: 8 }, () => rememberRemote(store.db, paula)),
    );
    assert.deepEqual(new Set(found.map(({ key }) => key)).size, 1);
  }
});

const alice = remotePerson();
for (const [what, changed] of [
  ["key", { ...alice, publicKeyPem: "another key" }],
  ["guid", { ...alice, guid: guidNumber(0xdead) }],
  ["guid that somebody else has", { ...alice, diasporaId: diasporaId("mallory@evil.example") }],
] as const) {
  test(`another ${what} is an alarm and changes nothing`, async () => {
    await using store = await testDatabase();
    const kept = await rememberRemote(store.db, alice);
    await assert.rejects(rememberRemote(store.db, changed), (error) =>
      isDxError(error, "DX_PERSON_CHANGED"),
    );
    assert.deepEqual(await remoteById(store.db, alice.diasporaId), kept);
  });
}

test("discovery cannot overwrite somebody of ours", async () => {
  await using store = await testDatabase();
  const bob = await insertLocal(store.db, vault, localPerson());
  await assert.rejects(
    rememberRemote(store.db, remotePerson({ diasporaId: bob.diasporaId, guid: bob.guid })),
    (error) => isDxError(error, "DX_PERSON_CHANGED"),
  );
  assert.equal(await remoteById(store.db, bob.diasporaId), null);
  assert.deepEqual(await localByJid(store.db, bob.jid), bob);
});
