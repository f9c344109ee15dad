import assert from "node:assert/strict";
import { test } from "node:test";
import { inTransaction, rows, type Database } from "../../../src/store/database.ts";
import { insertConversation } from "../../../src/store/conversations.ts";
import { createInboxWriter } from "../../../src/store/inbox.ts";
import {
  acceptSender,
  forgetStrangers,
  isStranger,
  keepStrange,
  rejectSender,
  releaseHosts,
  waitingStrangers,
  type StrangersWhat,
} from "../../../src/store/quarantine.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { testDatabase } from "../../support/database.ts";
import { social } from "./social-support.ts";

async function world(db: Database) {
  const people = await social(db);
  const writer = createInboxWriter(db, { maxRows: 1_000, maxInFlight: 1_000 }, () => undefined);
  const inbox = () =>
    rows<{ id: string; body: Buffer }>(db, "select id, body from inbox order by id");
  return {
    ...people,
    inbox,
    /** A message comes, and is put aside. */
    async comes(from: typeof people.alice, to: typeof people.bob, what: StrangersWhat, words = "") {
      const body = Buffer.from(words);
      const message = { kind: "private", recipient: to.guid, body } as const;
      await writer.add({ ...message, claimedHost: "192.0.2.1" });
      const id = (await inbox()).at(-1)?.id ?? "";
      const stranger = { sender: from.diasporaId, personKey: to.key };
      return await inTransaction(db, (tx) => keepStrange(tx, id, stranger, what));
    },
  };
}

test("what strangers send is put aside, and goes its way when somebody says yes", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, carol, eve, comes, inbox } = await world(db);
  assert.equal(await comes(alice, bob, "follow", "one"), "first");
  assert.equal(await comes(alice, bob, "message", "two"), "more");
  assert.equal(await comes(alice, eve, "message", "three"), "first");
  assert.equal(await comes(carol, bob, "message", "four"), "first");
  assert.deepEqual(await inbox(), []);
  const waiting = await waitingStrangers(db, bob.key, 10);
  assert.deepEqual(
    waiting.map(({ sender, to, what, count }) => [sender, to, what, count]),
    [
      [alice.diasporaId, bob.jid, "follow", 1],
      [alice.diasporaId, bob.jid, "message", 1],
      [carol.diasporaId, bob.jid, "message", 1],
    ],
  );
  assert.equal((await waitingStrangers(db, null, 10)).length, 4);
  assert.equal(await acceptSender(db, { sender: alice.diasporaId, personKey: bob.key }), 2);
  const words = (await inbox()).map(({ body }) => body.toString());
  assert.deepEqual(words, ["one", "two"]);
  const strange = (personKey: string) =>
    isStranger(db, { sender: alice.diasporaId, personKey }, "people");
  assert.equal(await strange(bob.key), false);
  assert.equal(await strange(eve.key), true);
  assert.equal(await rejectSender(db, { sender: alice.diasporaId, personKey: eve.key }), 1);
  assert.equal(await acceptSender(db, { sender: carol.diasporaId, personKey: null }), 1);
  assert.deepEqual(await waitingStrangers(db, null, 10), []);
});

test("who is known here is no stranger", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, eve, fresh, remote } = await world(db);
  const neighbour = await remote("neighbour");
  const strange = (sender: typeof alice, person: typeof bob, among: "pods" | "people") =>
    isStranger(db, { sender: sender.diasporaId, personKey: person.key }, among);
  assert.equal(await strange(alice, bob, "pods"), true);
  await changeRelationship(db, bob.key, alice.key, { following: true });
  assert.equal(await strange(alice, bob, "people"), false);
  // The pod is known from then on, its people are not.
  assert.equal(await strange(neighbour, eve, "pods"), false);
  assert.equal(await strange(neighbour, eve, "people"), true);
  const participantKeys = [eve.key, neighbour.key];
  await insertConversation(db, { guid: fresh(), subject: "Hello", participantKeys });
  assert.equal(await strange(neighbour, eve, "people"), false);
});

test("nobody is asked about whom they have blocked, nor about whom the operator has suspended", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, carol, eve } = await world(db);
  const strange = (sender: typeof alice, person: typeof bob) =>
    isStranger(db, { sender: sender.diasporaId, personKey: person.key }, "people");
  await changeRelationship(db, bob.key, alice.key, { blocked: true });
  assert.deepEqual([await strange(alice, bob), await strange(alice, eve)], [false, true]);
  await db.raw("update people set standing = 'suspend' where id = ?", [carol.key]);
  assert.deepEqual([await strange(carol, bob), await strange(carol, eve)], [false, false]);
});

test("a pod that the operator allows comes in at once, as far as it waits", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, carol, comes, inbox } = await world(db);
  await comes(alice, bob, "message", "alice");
  await comes(carol, bob, "message", "carol");
  await releaseHosts(db, (host) => host === "pod.example");
  assert.deepEqual(
    (await inbox()).map(({ body }) => body.toString()),
    ["alice"],
  );
});

test("nobody keeps others out by filling it: the oldest of whoever has sent most gives way", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, carol, comes, local, remote } = await world(db);
  const counts = async () => {
    const found = await rows<{ sender: string; count: number }>(
      db,
      "select sender, count(*)::integer as count from quarantine group by sender order by sender",
    );
    return Object.fromEntries(found.map(({ sender, count }) => [sender, count]));
  };
  const fill = (host: string, count: number) =>
    db.raw(
      `insert into quarantine (person_id, sender, host, what, claimed_host, kind, body)
       select ?, 'mallory@' || ?, ?, 'message', '192.0.2.1', 'private', ''
       from generate_series(1, ?::integer)`,
      [bob.key, host, host, count],
    );
  // Somebody has written to ten people, and so filled what waits of the pod.
  await comes(alice, bob, "follow");
  await fill("pod.example", 99);
  const other = await remote("other");
  assert.equal(await comes(other, bob, "message"), "first");
  const [first, second] = [alice.diasporaId, other.diasporaId];
  assert.deepEqual(await counts(), { [first]: 1, "mallory@pod.example": 98, [second]: 1 });
  // All that waits, of pods of which each has sent little enough.
  await fill("one.example", 4_950);
  await fill("two.example", 4_950);
  await comes(carol, await local("late"), "message");
  await comes(carol, bob, "message");
  const now = await counts();
  assert.deepEqual(
    [now["mallory@one.example"], now["mallory@two.example"], now[carol.diasporaId], now[first]],
    [4_949, 4_949, 2, 1],
  );
});

test("one sender and one pod fill only so much, and it is forgotten in the end", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, comes, inbox, remote } = await world(db);
  for (let n = 0; n < 10; n += 1) assert.notEqual(await comes(alice, bob, "message"), "full");
  assert.equal(await comes(alice, bob, "message"), "full");
  for (let n = 0; n < 9; n += 1) {
    const other = await remote(`other${String(n)}`);
    for (let m = 0; m < 10; m += 1) assert.notEqual(await comes(other, bob, "message"), "full");
  }
  assert.deepEqual(await inbox(), []);
  await forgetStrangers(db, 14);
  assert.equal((await waitingStrangers(db, bob.key, 100)).length, 10);
  await db.raw("update quarantine set received_at = now() - interval '15 days'");
  await forgetStrangers(db, 14);
  assert.deepEqual(await waitingStrangers(db, bob.key, 100), []);
});
