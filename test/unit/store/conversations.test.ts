import assert from "node:assert/strict";
import { test } from "node:test";
import {
  conversationFor,
  findConversation,
  insertConversation,
  touchConversation,
} from "../../../src/store/conversations.ts";
import { enqueueActivity } from "../../../src/store/deliveries.ts";
import { claimDestinations } from "../../../src/store/destinations.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { actorOf, social } from "./social-support.ts";

const keysOf = (people: readonly { readonly key: string }[]): string[] =>
  people.map(({ key }) => key);

test("who takes part in a conversation, of both networks; who comes later is added", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, bob, eve } = await social(db);
  const guid = guidNumber(1);
  const put = (participantKeys: readonly string[], subject = "Plans") =>
    insertConversation(db, { guid, subject, participantKeys });
  assert.equal(await findConversation(db, guid), null);
  await put(keysOf([alice, bob]));
  await put(keysOf([bob, eve]), "Other words");
  const known = await findConversation(db, guid);
  assert.deepEqual([known?.subject, known?.thread], ["Plans", null]);
  const people = known?.participants ?? [];
  assert.deepEqual(keysOf(people), keysOf([alice, bob, eve]));
  assert.deepEqual(
    people.map((person) => "jid" in person),
    [false, true, true],
  );
});

test("each participant's client has its own thread, and without one what was touched last goes on", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { alice, carol, bob, eve } = await social(db);
  const [first, second, other] = [guidNumber(1), guidNumber(2), guidNumber(3)];
  for (const guid of [first, second]) {
    const participantKeys = keysOf([alice, bob, eve]);
    await insertConversation(db, { guid, subject: "Plans", participantKeys });
  }
  await insertConversation(db, {
    guid: other,
    subject: "Others",
    participantKeys: keysOf([carol, bob]),
  });
  const on = async (who: typeof bob, thread: string | null, person = alice) =>
    (await conversationFor(db, who.key, person.key, thread))?.guid ?? null;
  await touchConversation(db, first, bob.key, "t1");
  await touchConversation(db, second, bob.key, "t2");
  await touchConversation(db, first, eve.key, "e1");
  await touchConversation(db, other, bob.key, null);
  assert.deepEqual([await on(bob, "t1"), await on(bob, "t2")], [first, second]);
  assert.deepEqual([await on(eve, "t1"), await on(bob, "t1", carol)], [null, null]);
  assert.deepEqual([await on(bob, null), await on(bob, null, carol)], [second, other]);
  await touchConversation(db, first, bob.key, null);
  assert.equal(await on(bob, null), first);
  assert.equal((await findConversation(db, first, bob.key))?.thread, "t1");
  assert.equal((await findConversation(db, first, eve.key))?.thread, "e1");
  assert.equal(await findConversation(db, first, carol.key), null, "who is none of them");
});

test("a private message says to each reader how their client calls the thread, and to the blocked nothing", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, eve } = people;
  const conversation = guidNumber(1);
  const participantKeys = keysOf([alice, bob, eve]);
  await insertConversation(db, { guid: conversation, subject: "Plans", participantKeys });
  await touchConversation(db, conversation, bob.key, "t1");
  const guid = people.fresh();
  const message = await people.keep(
    guid,
    alice,
    {
      verb: "send",
      actor: actorOf(alice),
      object: { type: "message", guid, conversation, markdown: "Hello" },
      audience: "limited",
      published: new Date(),
    },
    {},
  );
  await enqueueActivity(db, message.id, conversation, {
    kind: "jid",
    addresses: [bob.jid, eve.jid],
    form: "chat",
  });
  const claimed = await claimDestinations(db, "jid", 1, 10);
  const ids = claimed.map(({ id }) => id);
  const waiting = async () => {
    const found = await pendingDeliveries(db, ids, 10);
    return found.map(({ destinationId, form, content }) => {
      const to = claimed.find(({ id }) => id === destinationId)?.address;
      return [to, form, content.type === "activity" ? content.thread : ""];
    });
  };
  const toBob = [bob.jid, "chat", "t1"];
  assert.deepEqual((await waiting()).sort(), [toBob, [eve.jid, "chat", undefined]].sort());
  await changeRelationship(db, eve.key, alice.key, { blocked: true });
  assert.deepEqual(await waiting(), [toBob]);
});
