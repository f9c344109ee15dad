/** What chats ask of the store: what was shown to somebody, and what was said in private. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { send } from "../../../src/bridge/conversation.ts";
import type { ChatPorts } from "../../../src/connector/chat-ports.ts";
import { createChatPorts } from "../../../src/daemon/chat-ports.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { postOf } from "../bridge/bench.ts";
import {
  befriend,
  commentBy,
  said,
  threadBench,
  withBobs,
  type Thread,
} from "../bridge/thread-bench.ts";

const COMMENT = guidNumber(0x2222);
const POST = guidNumber(0x1111);

function portsOf({ acts, bench }: Thread): ChatPorts {
  const { db, store, effects } = bench;
  const all = { ...acts, send: (act: Parameters<typeof send>[0]) => send(act, store, effects) };
  return createChatPorts({ rules: { store, acts: all }, storage: { db } });
}

const texts = (shown: readonly { readonly text: string }[]): string[] =>
  shown.map(({ text }) => text);

test("below one's own posts people of this side are shown with their names, others by themselves", async () => {
  await using world = await threadBench();
  const { acts, bench, bob, carol, dave } = world;
  const ports = portsOf(world);
  const post = await withBobs(world);
  await bench.receive(commentBy(carol, post, COMMENT, "from *afar*"), carol, undefined, "<c/>");
  await acts.comment({ jid: dave.jid, about: post, markdown: "from here", key: "1" });
  assert.deepEqual(texts(await ports.recentBelow(bob.jid)).sort(), [
    `${dave.name}: from here`,
    "from _afar_",
  ]);
  assert.deepEqual(await ports.recentBelow(dave.jid), [], "those of others are others' business");
});

test("below somebody's posts their own words have no name before them", async () => {
  await using world = await threadBench();
  const { alice, bench, bob, carol } = world;
  await bench.receive(postOf(alice, { guid: POST, markdown: "morning" }), alice);
  await bench.receive(commentBy(alice, POST, COMMENT, "mine"), alice);
  await bench.receive(commentBy(carol, POST, guidNumber(0x23), "hers"), alice);
  assert.deepEqual(
    texts(await portsOf(world).recent(bob.jid, alice.diasporaId)).sort(),
    ["mine", "morning", `${carol.name}: hers`].sort(),
  );
});

test("private messages of the two are found, and where each belongs; those of others are not", async () => {
  await using world = await threadBench();
  const { alice, bench, bob, dave } = world;
  const ports = portsOf(world);
  await befriend(world, bob, alice);
  await befriend(world, dave, alice);
  const letter = { to: alice.diasporaId, subject: null, thread: null, messageId: null };
  const mine = await ports.acts.send({ ...letter, jid: bob.jid, markdown: "to *alice*", key: "1" });
  await ports.acts.send({ ...letter, jid: dave.jid, markdown: "of dave", key: "2" });
  const where = await ports.letterOf(bob.jid, mine);
  assert.ok(where !== null);
  assert.equal(where.person, alice.diasporaId);
  const answer = {
    ...said(alice),
    audience: "limited",
    verb: "send",
    object: {
      type: "message",
      guid: guidNumber(0x77),
      conversation: where.conversation,
      markdown: "to **bob**",
    },
  } as const;
  await bench.receive(answer, alice, bob);
  const letters = await ports.letters(bob.jid, alice.diasporaId);
  assert.deepEqual(texts(letters).sort(), ["to *bob*", "to _alice_"]);
  assert.ok(letters.every(({ conversation }) => conversation === where.conversation));
  assert.deepEqual(await ports.letters(bob.jid, null), letters);
  assert.deepEqual(await ports.letterIn(bob.jid, where.conversation), where);
  assert.equal(await ports.letterIn(dave.jid, where.conversation), null);
  assert.equal(await ports.letterIn(bob.jid, "help"), null);
  assert.equal(await ports.kindOf(bob.jid, guidNumber(0x77)), "message");
  assert.equal(await ports.letterOf(dave.jid, mine), null);
  assert.equal(await ports.kindOf(dave.jid, mine), null);
});
