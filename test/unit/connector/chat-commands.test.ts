/** The chat with the component: typed commands and their answers, as somebody sees them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { piecesOf } from "../../../src/connector/chat-answer.ts";
import { createChatMemory } from "../../../src/connector/chat-memory.ts";
import { child, childText } from "../../../src/xml/element.ts";
import { guidNumber, jid } from "../../support/fixtures.ts";
import { BOB, chatBench, COMMENT, POST, type ChatBench } from "./chat-bench.ts";
import { DOMAIN } from "./support.ts";

async function type(bench: ChatBench, text: string, id = text): Promise<string> {
  bench.sent.length = 0;
  await bench.hear(
    `<message type="chat" id="${id.slice(0, 50)}"><body>${text}</body><thread>t1</thread></message>`,
  );
  return bench.answers().join("\n");
}

const TALK: readonly (readonly [typed: string, answer: RegExp])[] = [
  ["follow bob@pod.example", /^bridge\.example\.org: You follow BOB \(bob@pod\.example\)\./],
  ["Follow bob@pod.example", /You follow BOB/],
  ["/like", /Liked\./],
  ["folow bob@pod.example", /no command “folow”\. Did you mean “follow”\?/],
  ["good morning", /no command “good”\. Write “help”/],
  ["follow", /not understood\. follow PERSON\n“help follow” says more\./],
  ["follow nobody", /no address of a diaspora\* person\. A diaspora\* ID looks like alice@pod/],
  ["rsvp perhaps", /rsvp \[TARGET\] yes\|no\|maybe/],
  ["help", /post \[to=public\|contacts\] TEXT — Write a post/],
  [
    "help vote",
    /^bridge\.example\.org: vote \[TARGET\] ANSWER — Vote in a poll\n[^]*cannot be changed/,
  ],
  ["help volte", /Did you mean “vote”\?/],
  ["?", /comment \[TARGET\] TEXT/],
  ["unregister", /will be closed[^]*Write “unregister yes” to go on\./],
  ["register", /You take part as alice@example\.org\.\nWrite “register yes”/],
  ["preferences", /reads=auto: How do you read\?/],
  ["status", /You have not posted anything yet\./],
];
for (const [typed, answer] of TALK) {
  test(`“${typed}” is answered`, async () => {
    const bench = chatBench();
    assert.match(await type(bench, typed), answer);
    const [message] = bench.sent;
    assert.ok(message);
    const { id = "", ...attrs } = message.attrs;
    assert.deepEqual(attrs, { type: "chat", from: DOMAIN, to: "alice@example.org/phone" });
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.equal(childText(message, "thread"), "t1");
  });
}

test("leaving needs a second word, and is then done", async () => {
  const bench = chatBench();
  await type(bench, "unregister");
  await type(bench, "unregister maybe");
  assert.deepEqual(bench.calls, []);
  assert.match(await type(bench, "unregister yes"), /no longer take part/);
  assert.deepEqual(bench.calls, ['remove "alice@example.org"']);
});

test("a stranger registers in a chat: shown what it means, then asked for the word", async () => {
  const bench = chatBench();
  const say = async (text: string): Promise<string> => {
    bench.sent.length = 0;
    await bench.hear(
      `<message type="chat" id="${text}" from="eve@example.org/x"><body>${text}</body></message>`,
    );
    return bench.answers().join("\n");
  };
  assert.match(await say("follow bob@pod.example"), /not opted in[^]*Write “register”/);
  assert.match(
    await say("help"),
    /^bridge\.example\.org: Write one of these[^]*\nregister —[^\n]*$/,
  );
  assert.match(
    await say("register"),
    /People of the diaspora\* federation will be able to find you/,
  );
  assert.deepEqual(bench.calls, []);
  assert.match(await say("register yes"), /You take part in the diaspora\* federation as/);
  assert.deepEqual(bench.calls, ['register "eve@example.org"']);
});

test("“it” is what was answered last in any chat, or what came since", async () => {
  const bench = chatBench();
  await type(bench, "like", "1");
  await bench.hear(
    `<message type="chat" id="2" to="${BOB}"><body>Fine</body><reply xmlns="urn:xmpp:reply:0" id="${POST}"/></message>`,
  );
  await type(bench, "like", "3");
  // The newest is gone: what was answered stays what is meant.
  const news = { guid: guidNumber(9), text: "News", isPoll: false };
  bench.facts.shown = bench.facts.shown.slice(1);
  await type(bench, "like", "4");
  bench.facts.shown = [news, ...bench.facts.shown];
  await type(bench, "like", "5");
  const liked = bench.calls.filter((call) => call.startsWith("like"));
  assert.deepEqual(
    liked.map((call) => (JSON.parse(call.slice(5)) as { about: string }).about),
    [COMMENT, POST, POST, guidNumber(9)],
  );
});

test("“it” is nothing for somebody who read nothing", async () => {
  const memory = createChatMemory({ recent: () => Promise.resolve([]) });
  assert.equal(await memory.it(jid("alice@example.org")), null);
});

test("a command that is corrected is not run again", async () => {
  const bench = chatBench();
  await bench.hear(
    `<message type="chat" id="2"><body>like</body><replace xmlns="urn:xmpp:message-correct:0" id="1"/></message>`,
  );
  assert.deepEqual(bench.calls, []);
  assert.match(bench.answers()[0] ?? "", /not corrected/);
});

test("who has the stream back after another had it does not believe to know what “it” is", async () => {
  const shown = { text: "x", isPoll: false };
  const memory = createChatMemory({
    recent: () => Promise.resolve([POST, COMMENT].map((guid) => ({ ...shown, guid }))),
  });
  const alice = jid("alice@example.org");
  await memory.note(alice, COMMENT);
  assert.equal(await memory.it(alice), COMMENT);
  memory.forget();
  assert.equal(await memory.it(alice), POST);
});

test("30 commands a minute are answered, then there is one notice, then nothing", async () => {
  const bench = chatBench();
  const answers: string[] = [];
  for (let number = 0; number < 60; number += 1) {
    answers.push(await type(bench, "like", String(number)));
  }
  assert.equal(bench.calls.length, 30);
  assert.match(answers[30] ?? "", /too much for one minute/);
  assert.deepEqual(
    answers.slice(31).filter((answer) => answer !== ""),
    [],
  );
  bench.facts.now += 60_000;
  assert.match(await type(bench, "like", "again"), /Liked/);
});

test("pitfall 45: what is of no use later is not kept by servers", async () => {
  const bench = chatBench();
  for (let number = 0; number < 31; number += 1) await type(bench, "like", String(number));
  assert.ok(child(bench.sent[0], "no-store", "urn:xmpp:hints"));
});

test("pitfall 14: nothing is answered to errors, states, servers, or what says nothing", async () => {
  const bench = chatBench();
  for (const message of [
    `<message type="error"><body>follow bob@pod.example</body><error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></message>`,
    `<message type="chat"><active xmlns="http://jabber.org/protocol/chatstates"/></message>`,
    `<message type="chat" from="example.org"><body>The server goes down for maintenance</body></message>`,
    `<message><body/></message>`,
    `<message><subject>Nothing</subject></message>`,
    `<message type="chat" from="${BOB}"><body>help</body></message>`,
    `<message><event xmlns="http://jabber.org/protocol/pubsub#event"/><body>help</body></message>`,
  ]) {
    await bench.hear(message);
  }
  assert.deepEqual([bench.calls, bench.sent], [[], []]);
});

test("what is encrypted cannot be a command, and comes back", async () => {
  const bench = chatBench();
  await bench.hear(
    `<message type="chat" id="1"><encrypted xmlns="urn:xmpp:omemo:2"><payload>x</payload></encrypted><body>OMEMO</body></message>`,
  );
  assert.ok(child(child(bench.sent[0], "error"), "not-acceptable"));
});

test("a picture that comes with a post is in the post", async () => {
  const bench = chatBench();
  await bench.hear(
    `<message type="chat" id="1"><body>post Look</body><x xmlns="jabber:x:oob"><url>https://up.example/a.jpg</url></x></message>`,
  );
  assert.match(bench.calls[0] ?? "", /md\(Look\\nhttps:\/\/up\.example\/a\.jpg\)/);
});

test("a long answer comes in pieces that lose nothing", () => {
  const lines = Array.from({ length: 500 }, (_, index) => `${String(index)} ${"ä".repeat(60)}`);
  const pieces = piecesOf(lines.join("\n"), 2_000);
  assert.equal(pieces.join("\n"), lines.join("\n"));
  assert.ok(pieces.every((piece) => Buffer.byteLength(piece) <= 2_000));
  const long = "😀".repeat(5_000);
  const cut = piecesOf(long, 2_000);
  assert.equal(cut.join(""), long);
  assert.ok(cut.every((piece) => Buffer.byteLength(piece) <= 2_000));
});
