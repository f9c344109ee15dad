/** What people say to virtual persons, as their clients send it, and what becomes of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DxError } from "../../../src/errors/error.ts";
import { child, childText } from "../../../src/xml/element.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { BOB, chatBench, COMMENT, CONVERSATION, MESSAGE, POLL, POST } from "./chat-bench.ts";
import { DOMAIN } from "./support.ts";

const JID = "alice@example.org";
const act = (name: string, facts: object): string =>
  `${name} ${JSON.stringify({ jid: JID, ...facts })}`;
const PERSON = "bob@pod.example";
const privately = (markdown: string, changes: object = {}): string =>
  act("send", {
    ...{ to: PERSON, markdown, subject: null, thread: null, messageId: "m1" },
    ...changes,
  });

/** Into the conversation of the message that is answered. */
const answered = (markdown: string, thread: string | null = null): string =>
  act("send", {
    ...{ to: PERSON, markdown, subject: null, thread, conversation: CONVERSATION },
    messageId: "m1",
  });

const REPLY = `xmlns="urn:xmpp:reply:0" to="${BOB}"`;
const FALLBACK = `xmlns="urn:xmpp:fallback:0"`;
const MINE = { mine: COMMENT, letter: MESSAGE };

/** What the client is, what it sends inside a chat message with the id m1, what is done. */
const SAID: readonly (readonly [what: string, content: string, done: readonly string[]])[] = [
  ["plain words", "<body>Hello</body>", [privately("md(Hello)")]],
  [
    "words with thread and subject",
    "<body>Hello</body><thread>t</thread><subject>Hi</subject>",
    [privately("md(Hello)", { subject: "Hi", thread: "t" })],
  ],
  [
    "plain words in the thread of a post, where the client stayed",
    `<body>Hello</body><thread>${POST}</thread>`,
    [privately("md(Hello)")],
  ],
  [
    "a reply with its fallback (Dino, Gajim, Conversations)",
    `<body>&gt; Good 😀\nFine</body><reply ${REPLY} id="${POST}"/>
     <fallback ${FALLBACK} for="urn:xmpp:reply:0"><body start="0" end="9"/></fallback>`,
    [act("comment", { about: POST, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a reply that quotes without saying so",
    `<body>&gt; Good\nFine</body><reply ${REPLY} id="${POST}"/>`,
    [act("comment", { about: POST, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a reply to a comment",
    `<body>Fine</body><reply ${REPLY} id="${COMMENT}"/>`,
    [act("comment", { about: COMMENT, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a reply to an edited post",
    `<body>Fine</body><reply ${REPLY} id="${POST}/1700000000000"/>`,
    [act("comment", { about: POST, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a reply to one's own comment",
    `<body>Fine</body><reply ${REPLY} id="mine"/>`,
    [act("comment", { about: COMMENT, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a reply to a private message, which stays private",
    `<body>Fine</body><reply ${REPLY} id="${MESSAGE}"/>`,
    [answered("md(Fine)")],
  ],
  [
    "a reply to a private message in a thread of another one, which goes where that message is",
    `<body>Fine</body><thread>t</thread><reply ${REPLY} id="${MESSAGE}"/>`,
    [answered("md(Fine)", "t")],
  ],
  [
    "a quotation of a post (Psi, Profanity)",
    "<body>&gt; good morning, *everybody*.\nFine</body>",
    [act("comment", { about: POST, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a quotation of a private message, which goes into its conversation",
    "<body>&gt; do you know what my mother said?\nFine</body>",
    [answered("md(> do you know what my mother said?\nFine)")],
  ],
  [
    "a quotation of a part of a private message",
    "<body>&gt; what my mother said\nFine</body>",
    [answered("md(> what my mother said\nFine)")],
  ],
  [
    "a quotation of a private message with more around it",
    "<body>&gt; Do you know what my mother said?\n&gt; Tell me\nFine</body>",
    [answered("md(> Do you know what my mother said?\n> Tell me\nFine)")],
  ],
  ["nothing but a quotation", "<body>&gt; Good morning</body>", [privately("md(> Good morning)")]],
  ["a vote below no post", "<body>!vote 2</body>", [act("vote", { post: POLL, answer: 2 })]],
  [
    "a vote as a reply",
    `<body>!vote 1</body><reply ${REPLY} id="${POST}"/>`,
    [act("vote", { post: POST, answer: 1 })],
  ],
  [
    "a positive reaction, in its variants",
    `<reactions xmlns="urn:xmpp:reactions:0" id="${POST}"><reaction>🐢</reaction><reaction>❤️</reaction></reactions>`,
    [act("like", { about: POST })],
  ],
  [
    "a positive reaction with a skin tone",
    `<reactions xmlns="urn:xmpp:reactions:0" id="${COMMENT}"><reaction>👍🏽</reaction></reactions>`,
    [act("like", { about: COMMENT })],
  ],
  [
    "a reaction with its words for older clients",
    `<reactions xmlns="urn:xmpp:reactions:0" id="${POST}"><reaction>👍</reaction></reactions><body>&gt; Good\n👍</body>`,
    [act("like", { about: POST })],
  ],
  [
    "reactions taken back",
    `<reactions xmlns="urn:xmpp:reactions:0" id="${POST}"/>`,
    [act("unlike", { about: POST })],
  ],
  [
    "a reaction to what nobody knows",
    `<reactions xmlns="urn:xmpp:reactions:0" id="${guidNumber(77)}"><reaction>👍</reaction></reactions>`,
    [],
  ],
  [
    "a correction of a comment",
    `<body>Finer</body><replace xmlns="urn:xmpp:message-correct:0" id="mine"/>`,
    [act("edit", { guid: COMMENT, markdown: "md(Finer)" })],
  ],
  [
    "a retraction of a comment",
    `<retract xmlns="urn:xmpp:message-retract:1" id="mine"/><body>This person retracted …</body>`,
    [act("retract", { guid: COMMENT })],
  ],
  [
    "a retraction as version 0.3 has it",
    `<apply-to xmlns="urn:xmpp:fasten:0" id="mine"><retract xmlns="urn:xmpp:message-retract:0"/></apply-to>`,
    [act("retract", { guid: COMMENT })],
  ],
  [
    "a retraction of what became nothing",
    `<retract xmlns="urn:xmpp:message-retract:1" id="x"/>`,
    [],
  ],
  [
    "a picture alone",
    `<body>https://up.example/a.jpg</body><x xmlns="jabber:x:oob"><url>https://up.example/a.jpg</url></x>`,
    [privately("![](https://up.example/a.jpg)")],
  ],
  [
    "a file with words",
    `<body>Look</body><x xmlns="jabber:x:oob"><url>https://up.example/a(1).pdf</url></x>`,
    [privately("md(Look)\n\nhttps://up.example/a%281%29.pdf")],
  ],
  [
    "words that ask for a receipt, with a chat state: answered when the pod has them",
    `<body>Hello</body><request xmlns="urn:xmpp:receipts"/><active xmlns="http://jabber.org/protocol/chatstates"/>`,
    [privately("md(Hello)", { receipt: true })],
  ],
  ["a chat state", `<composing xmlns="http://jabber.org/protocol/chatstates"/>`, []],
  ["a marker", `<displayed xmlns="urn:xmpp:chat-markers:0" id="${POST}"/>`, []],
  ["a receipt", `<received xmlns="urn:xmpp:receipts" id="${POST}"/>`, []],
  ["a buzz", `<attention xmlns="urn:xmpp:attention:0"/>`, []],
  ["an empty body", "<body> </body>", []],
  ["keys of OMEMO", `<encrypted xmlns="eu.siacs.conversations.axolotl"><header/></encrypted>`, []],
  [
    "an invitation to a room",
    `<x xmlns="jabber:x:conference" jid="room@muc.example"/><body>Come</body>`,
    [],
  ],
];
for (const [what, content, done] of SAID) {
  test(`${what}: ${done.length === 0 ? "nothing is done" : (done[0]?.split(" ")[0] ?? "")}`, async () => {
    const bench = chatBench();
    bench.facts.said = MINE;
    await bench.hear(`<message type="chat" id="m1" to="${BOB}">${content}</message>`);
    assert.deepEqual(bench.calls, done);
    assert.deepEqual(bench.sent, [], "nothing is answered");
  });
}

test("a reaction that is no like is told once to reach nobody", async () => {
  const bench = chatBench();
  const react = (id: string, face: string): Promise<void> =>
    bench.hear(
      `<message type="chat" id="${id}" to="${BOB}"><reactions xmlns="urn:xmpp:reactions:0" id="${POST}"><reaction>${face}</reaction></reactions></message>`,
    );
  await react("1", "😡");
  await react("2", "🐌");
  assert.deepEqual(bench.calls, [act("unlike", { about: POST }), act("unlike", { about: POST })]);
  assert.equal(bench.sent.length, 1);
  assert.match(bench.answers()[0] ?? "", /only those that say yes/);
});

test("pitfall 44: carbons and privileged copies are nobody's words", async () => {
  const bench = chatBench();
  const inner = `<forwarded xmlns="urn:xmpp:forward:0"><message xmlns="jabber:client" from="alice@example.org/x" to="${BOB}" type="chat"><body>Hi</body></message></forwarded>`;
  for (const wrapper of [
    `<sent xmlns="urn:xmpp:carbons:2">${inner}</sent>`,
    `<received xmlns="urn:xmpp:carbons:2">${inner}</received>`,
    `<privilege xmlns="urn:xmpp:privilege:2">${inner}</privilege>`,
    inner,
  ]) {
    for (const to of [BOB, DOMAIN]) {
      await bench.hear(`<message type="chat" to="${to}">${wrapper}<body>Hi</body></message>`);
    }
  }
  assert.deepEqual([bench.calls, bench.sent], [[], []]);
});

test("pitfall 43: the body of a headline or of a room is no chat", async () => {
  const bench = chatBench();
  for (const type of ["headline", "groupchat"]) {
    for (const to of [BOB, DOMAIN]) {
      await bench.hear(
        `<message type="${type}" to="${to}"><body>follow bob@pod.example</body></message>`,
      );
    }
  }
  assert.deepEqual([bench.calls, bench.sent], [[], []]);
});

test("pitfall 12: a repeat is taken once, by sender, id and words; not by its id alone", async () => {
  const bench = chatBench();
  const hear = (from: string, body: string): Promise<void> =>
    bench.hear(
      `<message type="chat" id="1" from="${from}" to="${BOB}"><body>${body}</body></message>`,
    );
  await hear("alice@example.org/phone", "Hello");
  await hear("alice@example.org/phone", "Hello");
  await hear("alice@example.org/laptop", "Hello");
  await hear("alice@example.org/phone", "Something else");
  assert.equal(bench.calls.length, 2);
});

test("what failed can be sent again under the same id", async () => {
  const bench = chatBench();
  const hello = `<message type="chat" id="1" to="${BOB}"><body>Hello</body></message>`;
  bench.facts.fails = new DxError("DX_STORE_UNAVAILABLE");
  await bench.hear(hello);
  assert.equal(bench.sent[0]?.attrs["type"], "error");
  bench.facts.fails = null;
  await bench.hear(hello);
  assert.deepEqual(bench.calls, [
    privately("md(Hello)", { messageId: "1" }),
    privately("md(Hello)", { messageId: "1" }),
  ]);
});

test("what may not be is the message's own error, which says what to do", async () => {
  const bench = chatBench();
  bench.facts.fails = new DxError("DX_FORBIDDEN");
  await bench.hear(`<message type="chat" id="1" to="${BOB}"><body>Hello</body></message>`);
  const [error] = bench.sent;
  assert.deepEqual(error?.attrs, {
    ...{ type: "error", id: "1", from: BOB, to: "alice@example.org/phone" },
  });
  assert.ok(child(child(error, "error"), "forbidden"));
});

const PRIVATE: readonly (readonly [what: string, content: string, told: RegExp])[] = [
  [
    "a correction",
    `<body>Better</body><replace xmlns="urn:xmpp:message-correct:0" id="letter"/>`,
    /cannot be changed/,
  ],
  ["a retraction", `<retract xmlns="urn:xmpp:message-retract:1" id="letter"/>`, /taken back/],
  [
    "a reaction",
    `<reactions xmlns="urn:xmpp:reactions:0" id="${MESSAGE}"><reaction>👍</reaction></reactions>`,
    /Reactions to private messages/,
  ],
];
for (const [what, content, told] of PRIVATE) {
  test(`${what} of a private message cannot be federated, which is told once`, async () => {
    const bench = chatBench();
    bench.facts.said = MINE;
    for (const id of ["1", "2", "3"]) {
      await bench.hear(`<message type="chat" id="${id}" to="${BOB}">${content}</message>`);
    }
    assert.deepEqual(bench.calls, []);
    assert.equal(bench.sent.length, 1);
    assert.match(bench.answers()[0] ?? "", told);
    assert.equal(bench.sent[0]?.attrs["from"], DOMAIN);
  });
}

test("pitfall 84: who has not registered is told once how, and each message comes back", async () => {
  const bench = chatBench();
  for (const id of ["1", "2"]) {
    await bench.hear(
      `<message type="chat" id="${id}" from="eve@example.org/x" to="${BOB}"><body>Hello</body></message>`,
    );
  }
  assert.deepEqual(bench.calls, []);
  assert.deepEqual(
    bench.sent.map((stanza) => stanza.attrs["type"]),
    ["chat", "error", "error"],
  );
  assert.match(bench.answers()[0] ?? "", /“register”/);
});

test("what is encrypted comes back each time, and once it is told why", async () => {
  const bench = chatBench();
  const contents = [
    `<encrypted xmlns="eu.siacs.conversations.axolotl"><payload>x</payload></encrypted><body>I sent you an OMEMO encrypted message</body>`,
    `<encrypted xmlns="urn:xmpp:omemo:2"><payload>x</payload></encrypted><body>OMEMO</body>`,
    `<openpgp xmlns="urn:xmpp:openpgp:0">x</openpgp><body>OpenPGP</body>`,
    `<x xmlns="jabber:x:encrypted">x</x><body>This message is encrypted</body>`,
    `<body>aesgcm://up.example/a.jpg#0123</body>`,
  ];
  for (const [id, content] of contents.entries()) {
    await bench.hear(`<message type="chat" id="${String(id)}" to="${BOB}">${content}</message>`);
  }
  assert.deepEqual(bench.calls, []);
  assert.deepEqual(
    bench.sent.map((stanza) => stanza.attrs["type"]),
    ["chat", "error", "error", "error", "error", "error"],
  );
  assert.match(bench.answers()[0] ?? "", /Encryption does not reach a pod/);
});

test("the old form of an address is taken, and answered once from the one to use", async () => {
  const bench = chatBench();
  const old = `bob%pod.example@${DOMAIN}`;
  await bench.hear(
    `<message type="chat" id="0" to="${old}"><composing xmlns="http://jabber.org/protocol/chatstates"/></message>`,
  );
  assert.deepEqual(bench.sent, [], "nothing was said yet");
  for (const id of ["1", "2"]) {
    await bench.hear(`<message type="chat" id="${id}" to="${old}"><body>Hello</body></message>`);
  }
  assert.equal(bench.calls.length, 2);
  assert.deepEqual(bench.answers(), [`${BOB}: My address here is ${BOB}.`]);
  bench.sent.length = 0;
  await bench.hear(`<presence type="subscribe" to="${old}"/>`);
  const redirect = childText(child(bench.sent[0], "error"), "redirect");
  assert.equal(redirect, `xmpp:bob%5C40pod.example@${DOMAIN}`);
});

test("an address that is none is an error, not silence", async () => {
  const bench = chatBench();
  await bench.hear(
    `<message type="chat" id="1" to="nobody@${DOMAIN}"><body>Hello</body></message>`,
  );
  assert.ok(child(child(bench.sent[0], "error"), "jid-malformed"));
});

test("of too many messages in a minute the rest come back", async () => {
  const bench = chatBench();
  for (let number = 0; number < 40; number += 1) {
    await bench.hear(
      `<message type="chat" id="${String(number)}" to="${BOB}"><body>Hello</body></message>`,
    );
  }
  assert.equal(bench.calls.length, 30);
  assert.equal(bench.sent.length, 10);
  assert.ok(child(child(bench.sent[0], "error"), "policy-violation"));
});
