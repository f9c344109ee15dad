import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  ConversationActivity,
  MessageActivity,
} from "../../../src/activitystreams/activity.ts";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { DiasporaId, Guid } from "../../../src/activitystreams/ids.ts";
import { send } from "../../../src/bridge/conversation.ts";
import { receiveConversation, receiveMessage } from "../../../src/bridge/conversation-in.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { diasporaId, guidNumber } from "../../support/fixtures.ts";
import { ALICE, BOB, peopleBench, type PeopleBench } from "./people-bench.ts";

const TALK = guidNumber(0x7a1);
const PUBLISHED = new Date("2026-05-01T11:00:00Z");

function by(author: KnownPerson) {
  return {
    verb: "send",
    actor: { network: "diaspora", id: author.diasporaId, name: author.name },
    audience: "limited",
    published: PUBLISHED,
  } as const;
}

function message(number: number, conversation: Guid = TALK) {
  const guid = guidNumber(number);
  return { type: "message", guid, conversation, markdown: `words ${String(number)}` } as const;
}

function talk(
  author: KnownPerson,
  participants: readonly DiasporaId[],
  guid = TALK,
): ConversationActivity {
  const messages = [{ ...message(1, guid), published: PUBLISHED }];
  const object = { type: "conversation", guid, subject: "Tea", participants, messages } as const;
  return { ...by(author), object };
}

function answer(author: KnownPerson, number: number, conversation = TALK): MessageActivity {
  return { ...by(author), object: message(number, conversation) };
}

const comes = (
  bench: PeopleBench,
  activity: ConversationActivity | MessageActivity,
  from: KnownPerson,
  to: Account | null,
): Promise<void> =>
  bench.within((tx) =>
    activity.object.type === "message"
      ? receiveMessage(tx, { ...activity, object: activity.object }, from, to)
      : receiveConversation(tx, { ...activity, object: activity.object }, from, to),
  );

async function meet(bench: PeopleBench): Promise<{ bob: Account; alice: KnownPerson }> {
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await share(bench, bob, alice);
  return { bob, alice };
}

const share = async (bench: PeopleBench, to: Account, from: KnownPerson): Promise<void> => {
  await bench.within((tx) => tx.changeRelationship(to.key, from.key, { sharing: true }));
};

test("a conversation and its answers arrive as chats, once, in order", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  for (let copy = 0; copy < 2; copy += 1) {
    await comes(bench, talk(alice, [ALICE, bob.diasporaId]), alice, bob);
    await comes(bench, answer(alice, 2), alice, bob);
    await comes(bench, answer(alice, 1), alice, bob);
  }
  assert.deepEqual(await bench.told(bob), ["send conversation", "send message"]);
  const waiting = await bench.waiting("jid", BOB);
  assert.deepEqual(
    waiting.map(({ form }) => form),
    ["chat", "chat"],
  );
  assert.equal(new Set(waiting.map(({ rootGuid }) => rootGuid)).size, 1);
});

test("an answer goes back into the conversation, by its GUID as thread and by none", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  await comes(bench, talk(alice, [ALICE, bob.diasporaId]), alice, bob);
  for (const thread of [TALK, null]) {
    const act = { jid: BOB, to: ALICE, markdown: "Yes", subject: null, messageId: null };
    await send({ ...act, thread, key: String(thread) }, bench.store, bench.effects);
  }
  const waiting = await bench.waiting("person", personAddress(alice));
  assert.deepEqual(
    waiting.map(({ content }) =>
      content.type === "activity" && content.activity.object.type === "message"
        ? content.activity.object.conversation
        : content.type,
    ),
    [TALK, TALK],
  );
});

test("its answers come back in the thread of the one who began it", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  const act = { jid: BOB, to: ALICE, markdown: "Tea?", subject: null, messageId: null };
  await send({ ...act, thread: "my thread", key: "1" }, bench.store, bench.effects);
  const [begun] = await bench.waiting("person", personAddress(alice));
  assert.ok(begun?.content.type === "activity");
  const { object } = begun.content.activity;
  assert.ok(object.type === "conversation");
  await comes(bench, answer(alice, 5, object.guid), alice, bob);
  const [chat] = await bench.waiting("jid", BOB);
  assert.ok(chat?.content.type === "activity");
  assert.equal(chat.content.thread, "my thread");
});

test("in a larger circle the others are named once, and everybody gets the answers", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  const carol = await bench.account("carol@example.org");
  await share(bench, carol, alice);
  const dan = await bench.remote("dan@other.example", "https://other.example/");
  const all = [ALICE, bob.diasporaId, carol.diasporaId, dan.diasporaId];
  await comes(bench, talk(alice, all), alice, bob);
  await comes(bench, talk(alice, all), alice, carol);
  await comes(bench, answer(alice, 2), alice, bob);
  assert.deepEqual(await bench.told(bob), [
    `${ALICE} says Also in this conversation, and reading what is answered in its thread: carol@example.org, dan@other.example.`,
    "send conversation",
    "send message",
  ]);
  await bench.deliverAll();
  const act = { jid: BOB, to: ALICE, markdown: "Yes", subject: null, messageId: null };
  await send({ ...act, thread: TALK, key: "1" }, bench.store, bench.effects);
  assert.deepEqual(
    [
      await bench.told(alice),
      await bench.told(dan),
      await bench.told(carol),
      await bench.told(bob),
    ],
    [["send message"], ["send message"], ["send message"], []],
  );
});

test("who writes to one person only does not write to the circle in which that one wrote last", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  const dan = await bench.remote("dan@other.example", "https://other.example/");
  await comes(bench, talk(alice, [ALICE, bob.diasporaId, dan.diasporaId]), alice, bob);
  const act = { jid: BOB, to: ALICE, markdown: "For you", subject: null, messageId: null };
  await send({ ...act, thread: null, key: "1" }, bench.store, bench.effects);
  assert.deepEqual([await bench.told(alice), await bench.told(dan)], [["send conversation"], []]);
});

test("a member whom nobody finds any more keeps the answer from nobody else", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  const all = [ALICE, bob.diasporaId, diasporaId("gone@other.example")];
  await comes(bench, talk(alice, all), alice, bob);
  const act = { jid: BOB, to: ALICE, markdown: "Yes", subject: null, messageId: null };
  await send({ ...act, thread: TALK, key: "1" }, bench.store, bench.effects);
  assert.deepEqual(await bench.told(alice), ["send message"]);
});

const nothing: readonly [
  what: string,
  (bench: PeopleBench, bob: Account, alice: KnownPerson) => Promise<void>,
][] = [
  [
    "for somebody who takes no part in it",
    (bench, bob, alice) => comes(bench, talk(alice, [ALICE]), alice, bob),
  ],
  [
    "by somebody who takes no part in it",
    (bench, bob, alice) =>
      comes(bench, talk(alice, [bob.diasporaId, diasporaId("x@pod.example")]), alice, bob),
  ],
  [
    "that came to everybody",
    (bench, bob, alice) => comes(bench, talk(alice, [ALICE, bob.diasporaId]), alice, null),
  ],
  [
    "by a stranger",
    async (bench, bob) => {
      const mallory = await bench.remote("mallory@evil.example", "https://evil.example/");
      await comes(bench, talk(mallory, [mallory.diasporaId, bob.diasporaId]), mallory, bob);
    },
  ],
  [
    "of more people than ever talk to each other",
    (bench, bob, alice) => {
      const crowd = Array.from({ length: 99 }, (_, n) => diasporaId(`p${String(n)}@pod.example`));
      return comes(bench, talk(alice, [ALICE, bob.diasporaId, ...crowd]), alice, bob);
    },
  ],
  [
    "by somebody blocked",
    async (bench, bob, alice) => {
      await bench.within((tx) => tx.changeRelationship(bob.key, alice.key, { blocked: true }));
      await comes(bench, talk(alice, [ALICE, bob.diasporaId]), alice, bob);
    },
  ],
];
for (const [what, happens] of nothing) {
  test(`a conversation ${what} is shown to nobody`, async () => {
    await using bench = await peopleBench();
    const { bob, alice } = await meet(bench);
    await happens(bench, bob, alice);
    assert.deepEqual(await bench.told(bob), []);
  });
}

test("an answer by one who takes no part, or with a GUID that is taken, is shown to nobody", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  await comes(bench, talk(alice, [ALICE, bob.diasporaId]), alice, bob);
  await bench.deliverAll();
  const mallory = await bench.remote("mallory@evil.example", "https://evil.example/");
  await share(bench, bob, mallory);
  await comes(bench, answer(mallory, 2), mallory, bob);
  await comes(bench, talk(mallory, [mallory.diasporaId, bob.diasporaId]), mallory, bob);
  const other = guidNumber(0x7a2);
  await comes(bench, talk(mallory, [mallory.diasporaId, bob.diasporaId], other), mallory, bob);
  await bench.deliverAll();
  await comes(bench, answer(mallory, 1, other), mallory, bob);
  assert.deepEqual(await bench.told(bob), []);
});

test("pitfall 62: an answer that comes before its conversation waits for it", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  const early = comes(bench, answer(alice, 2), alice, bob);
  await assert.rejects(
    early,
    (error) => isDxError(error, "DX_PARENT_NOT_FOUND") && error.retryable,
  );
  await comes(bench, talk(alice, [ALICE, bob.diasporaId]), alice, bob);
  await comes(bench, answer(alice, 2), alice, bob);
  assert.deepEqual(await bench.told(bob), ["send conversation", "send message"]);
});

test("a conversation is in nobody's stream, and in no thread", async () => {
  await using bench = await peopleBench();
  const { bob, alice } = await meet(bench);
  await comes(bench, talk(alice, [ALICE, bob.diasporaId]), alice, bob);
  await comes(bench, answer(alice, 2), alice, bob);
  for (const readerKey of [bob.key, null]) {
    const query = { authorKey: alice.key, readerKey, max: 50, order: "creation" } as const;
    assert.deepEqual((await bench.store.streamPage(query)).items, []);
    const thread = { postGuid: TALK, readerKey, max: 50, order: "creation" } as const;
    assert.equal(await bench.store.threadPage(thread), null);
  }
});
