import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type { SendAct } from "../../../src/activitystreams/acts.ts";
import { personAddress, type PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import { block } from "../../../src/bridge/block.ts";
import { send } from "../../../src/bridge/conversation.ts";
import { tellOverdue } from "../../../src/bridge/overdue.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { settled } from "../../../src/bridge/settled.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { diasporaId, jid } from "../../support/fixtures.ts";
import { ALICE, BOB, peopleBench, type PeopleBench } from "./people-bench.ts";

let acts = 0;

function letter(changes: Partial<SendAct> = {}): SendAct {
  acts += 1;
  const key = `message ${String(acts)}`;
  const words = { markdown: "Hello", subject: null, thread: null, messageId: null };
  return { jid: BOB, to: ALICE, ...words, key, ...changes };
}

async function contacts(bench: PeopleBench): Promise<{ bob: Account; alice: KnownPerson }> {
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.within((tx) => tx.changeRelationship(bob.key, alice.key, { sharing: true }));
  return { bob, alice };
}

const say = (bench: PeopleBench, changes: Partial<SendAct> = {}) =>
  send(letter(changes), bench.store, bench.effects);

async function letters(bench: PeopleBench, to: KnownPerson): Promise<PendingDelivery[]> {
  const waiting = await bench.waiting("person", personAddress(to));
  return waiting.filter(({ content }) => content.type === "activity");
}

const activities = async (bench: PeopleBench, to: KnownPerson): Promise<Activity[]> =>
  (await letters(bench, to)).flatMap(({ content }) =>
    content.type === "activity" ? [content.activity] : [],
  );

/** Of each letter: what it is, its conversation, and what it says. */
async function shapes(bench: PeopleBench, to: KnownPerson): Promise<string[]> {
  const names = new Map<string, number>();
  const number = (guid: string): number => {
    names.set(guid, names.get(guid) ?? names.size + 1);
    return names.get(guid) ?? 0;
  };
  return (await activities(bench, to)).map(({ object }) => {
    if (object.type === "conversation") {
      const words = object.messages.map(({ markdown }) => markdown).join("|");
      return `new ${String(number(object.guid))} "${object.subject}": ${words}`;
    }
    return object.type === "message"
      ? `${String(number(object.conversation))}: ${object.markdown}`
      : object.type;
  });
}

test("the first message of a thread begins a conversation, the next one goes on in it", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  await say(bench, { thread: "t1", subject: "Tea", markdown: "At five?" });
  await say(bench, { thread: "t1", markdown: "Or six." });
  await say(bench, { thread: "t2", markdown: "Something else." });
  assert.deepEqual(await shapes(bench, alice), [
    'new 1 "Tea": At five?',
    "1: Or six.",
    'new 2 "Message from Bob": Something else.',
  ]);
  const [begun] = await activities(bench, alice);
  assert.ok(begun?.object.type === "conversation");
  assert.deepEqual(begun.object.participants, ["bob@example.org", ALICE]);
  assert.equal(begun.audience, "limited");
  const roots = (await letters(bench, alice)).map(({ rootGuid }) => rootGuid);
  assert.equal(roots[0], roots[1], "no answer overtakes its beginning");
});

test("without a thread what is said within twelve hours belongs together", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  await say(bench, { markdown: "one" });
  await say(bench, { markdown: "two" });
  await bench.db("conversation_people").update({ touched_at: bench.effects.now() });
  bench.later(13);
  await say(bench, { markdown: "three" });
  assert.deepEqual(await shapes(bench, alice), [
    'new 1 "Message from Bob": one',
    "1: two",
    'new 2 "Message from Bob": three',
  ]);
});

test("another subject begins another conversation where the client names no thread", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  await say(bench, { subject: "Tea", markdown: "one" });
  await say(bench, { subject: " Tea ", markdown: "two" });
  await say(bench, { subject: "Coffee", markdown: "three" });
  assert.deepEqual(await shapes(bench, alice), [
    'new 1 "Tea": one',
    "1: two",
    'new 2 "Coffee": three',
  ]);
});

test("pitfall 82: a subject is never empty nor longer than a pod takes", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  await say(bench, { thread: "t1", subject: " \n " });
  await say(bench, { thread: "t2", subject: "é".repeat(300) });
  assert.deepEqual(
    (await activities(bench, alice)).map(({ object }) =>
      object.type === "conversation" ? object.subject : "",
    ),
    ["Message from Bob", "é".repeat(255)],
  );
});

test("the same act, however often and also at the same moment, is one message", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  const act = letter({ messageId: "m1" });
  const guids = await Promise.all([1, 2, 3].map(() => send(act, bench.store, bench.effects)));
  guids.push(await send(act, bench.store, bench.effects));
  assert.equal(new Set(guids).size, 1);
  assert.deepEqual(await shapes(bench, alice), ['new 1 "Message from Bob": Hello']);
});

test("two first messages of one thread at the same moment are one conversation", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  await Promise.all([1, 2, 3].map(() => say(bench, { thread: "t1" })));
  assert.deepEqual((await shapes(bench, alice)).sort(), [
    "1: Hello",
    "1: Hello",
    'new 1 "Message from Bob": Hello',
  ]);
});

test("who has nothing to do with the person is told to follow first; nothing is stored", async () => {
  await using bench = await peopleBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await assert.rejects(say(bench), (error) => isDxError(error, "DX_NOT_CONTACT"));
  assert.equal(await bench.count("activities"), 0);
  await bench.within((tx) => tx.changeRelationship(bob.key, alice.key, { following: true }));
  await say(bench);
  assert.equal((await letters(bench, alice)).length, 1);
});

for (const [what, act, code] of [
  ["who has not opted in", { jid: jid("eve@example.org") }, "DX_NOT_REGISTERED"],
  ["to whom nobody finds", { to: diasporaId("nobody@pod.example") }, "DX_PERSON_NOT_FOUND"],
  ["without words", { markdown: " \n" }, "DX_NO_WORDS"],
] as const) {
  test(`a message by or ${what} is refused`, async () => {
    await using bench = await peopleBench();
    await contacts(bench);
    await assert.rejects(say(bench, act), (error) => isDxError(error, code));
    assert.equal(await bench.count("activities"), 0);
  });
}

test("nothing is written to whom one has blocked, not even in a running conversation", async () => {
  await using bench = await peopleBench();
  await contacts(bench);
  await say(bench, { thread: "t1" });
  await block(BOB, ALICE, bench.store, bench.effects);
  await assert.rejects(say(bench, { thread: "t1" }), (error) => isDxError(error, "DX_BLOCKED"));
});

test("somebody else's thread, though it be the GUID of a conversation, is not joined", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  await say(bench, { thread: "t1", markdown: "secret" });
  const carol = await bench.account("carol@example.org");
  await bench.within((tx) => tx.changeRelationship(carol.key, alice.key, { sharing: true }));
  const [begun] = await activities(bench, alice);
  assert.ok(begun?.object.type === "conversation");
  await say(bench, { jid: carol.jid, thread: begun.object.guid, markdown: "mine" });
  assert.deepEqual(await shapes(bench, alice), [
    'new 1 "Message from Bob": secret',
    'new 2 "Message from Bob": mine',
  ]);
});

async function settle(
  bench: PeopleBench,
  to: KnownPerson,
  outcome: "delivered" | "refused",
): Promise<void> {
  for (const delivery of await letters(bench, to)) {
    await settled(delivery, outcome, bench.store, bench.effects);
  }
}

for (const [outcome, expected] of [
  ["delivered", [`${ALICE} receipt m1`, `${ALICE} receipt m2`]],
  [
    "refused",
    [
      `${ALICE} failure m1`,
      `${ALICE} failure m2`,
      `${ALICE} says The pod of ${ALICE} did not take this private message.`,
    ],
  ],
] as const) {
  test(`the writer hears that a message was ${outcome}, by the client's own name for it`, async () => {
    await using bench = await peopleBench();
    const { bob, alice } = await contacts(bench);
    await say(bench, { thread: "t1", messageId: "m1", receipt: true });
    await say(bench, { thread: "t1", messageId: "m2", receipt: true });
    await say(bench, { thread: "t1" });
    await settle(bench, alice, outcome);
    assert.deepEqual((await bench.told(bob)).sort(), expected);
  });
}

test("whose client asked for no receipt gets none", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await contacts(bench);
  await say(bench, { messageId: "m1", receipt: true });
  await say(bench, { messageId: "m2" });
  // A client that begins to count its ids anew: the later word holds.
  await say(bench, { messageId: "m1" });
  await settle(bench, alice, "delivered");
  assert.deepEqual(await bench.told(bob), []);
});

test("what answers a message goes into its conversation, and leaves the thread of that one", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await contacts(bench);
  await say(bench, { thread: "t1", markdown: "one" });
  await say(bench, { thread: "t2", markdown: "two" });
  const [begun] = await activities(bench, alice);
  assert.ok(begun?.object.type === "conversation");
  const conversation = begun.object.guid;
  bench.later(24);
  await say(bench, { thread: "t2", conversation, markdown: "about one" });
  await say(bench, { conversation, markdown: "again" });
  await say(bench, { thread: "t2", markdown: "about two" });
  assert.deepEqual(await shapes(bench, alice), [
    'new 1 "Message from Bob": one',
    'new 2 "Message from Bob": two',
    "1: about one",
    "1: again",
    "2: about two",
  ]);
  const known = await bench.within((tx) => tx.conversationFor(bob.key, alice.key, "t1"));
  assert.equal(known?.guid, conversation, "answers to it come in the thread of its client");
});

test("a conversation of others is not joined by naming it", async () => {
  await using bench = await peopleBench();
  const { alice } = await contacts(bench);
  await say(bench, { markdown: "secret" });
  const carol = await bench.account("carol@example.org");
  await bench.within((tx) => tx.changeRelationship(carol.key, alice.key, { sharing: true }));
  const [begun] = await activities(bench, alice);
  assert.ok(begun?.object.type === "conversation");
  await say(bench, { jid: carol.jid, conversation: begun.object.guid, markdown: "mine" });
  assert.deepEqual(await shapes(bench, alice), [
    'new 1 "Message from Bob": secret',
    'new 2 "Message from Bob": mine',
  ]);
});

test("of a post that was delivered nobody hears by a receipt", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await contacts(bench);
  await bench.contact(alice, bob);
  await bench.deliverAll();
  await block(BOB, ALICE, bench.store, bench.effects);
  await bench.db.raw("delete from deliveries where signal is not null");
  await settle(bench, alice, "delivered");
  assert.deepEqual(await bench.told(bob), []);
});

test("who wrote to a pod that is away for a day hears of it once, and no other", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await contacts(bench);
  await say(bench, { thread: "t1" });
  await say(bench, { thread: "t1" });
  await bench.db("deliveries").update({ created_at: bench.effects.now() });
  assert.equal(await tellOverdue(10, bench.store, bench.effects), 0);
  bench.later(25);
  await bench.contact(alice, bob);
  assert.equal(await tellOverdue(10, bench.store, bench.effects), 2);
  assert.equal(await tellOverdue(10, bench.store, bench.effects), 0);
  const words = (await bench.told(bob)).filter((text) => text.startsWith("says"));
  assert.deepEqual(
    new Set(words),
    new Set([
      `says A private message of yours (to ${ALICE}) still waits: a pod cannot be reached. It is tried on.`,
    ]),
  );
});

test("a message keeps the name that its client gave it, for corrections and retractions", async () => {
  await using bench = await peopleBench();
  const { bob } = await contacts(bench);
  const guid = await say(bench, { messageId: "m1" });
  assert.equal(await bench.within((tx) => tx.saidAs(bob.key, "m1")), guid);
});
