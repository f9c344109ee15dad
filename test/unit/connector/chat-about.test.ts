/** What words answer where that is not plain: what could be private stays so, at each address. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { guidNumber } from "../../support/fixtures.ts";
import { BOB, chatBench, COMMENT, CONVERSATION, MESSAGE, POST } from "./chat-bench.ts";
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
const MINE = { mine: COMMENT, letter: MESSAGE };

const DOUBTFUL: readonly (readonly [what: string, content: string, done: string])[] = [
  [
    "a reply to what nobody knows",
    `<body>Fine</body><reply ${REPLY} id="${guidNumber(77)}"/>`,
    privately("md(Fine)"),
  ],
  [
    "a quotation of a part of a comment",
    "<body>&gt; what a fine\n&gt; morning\n\nFine</body>",
    privately("md(> what a fine\n> morning\n\nFine)"),
  ],
  [
    "a quotation of nothing that was shown",
    "<body>&gt; What your aunt said\nFine</body>",
    privately("md(> What your aunt said\nFine)"),
  ],
  [
    "a quotation of a post whose words stand in a private message too",
    "<body>&gt; Good morning, everybody.\nFine</body>",
    answered("md(> Good morning, everybody.\nFine)"),
  ],
];
for (const [what, content, done] of DOUBTFUL) {
  test(`${what} stays private, which is told once`, async () => {
    const bench = chatBench();
    bench.facts.letters.push("Good morning, everybody. I never know what to say next.");
    const message = `<message type="chat" id="m1" to="${BOB}">${content}</message>`;
    await bench.hear(message);
    assert.deepEqual(bench.calls, [done]);
    await bench.hear(message.replace('"m1"', '"m2"'));
    assert.equal(bench.sent.length, 1);
    assert.match(bench.answers()[0] ?? "", /as a private message/);
  });
}

/** What comes of it at the gateway's own address, from which people of this side are heard. */
const TO_GATEWAY: readonly (readonly [what: string, content: string, done: readonly string[]])[] = [
  [
    "a reply to a comment",
    `<body>&gt; Eve\nFine</body><reply ${REPLY} id="${COMMENT}"/>`,
    [act("comment", { about: COMMENT, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a quotation of a comment",
    "<body>&gt; Eve: What a fine morning it is\nFine</body>",
    [act("comment", { about: COMMENT, markdown: "md(Fine)", messageId: "m1" })],
  ],
  [
    "a reply that votes",
    `<body>!vote 1</body><reply ${REPLY} id="${POST}"/>`,
    [act("vote", { post: POST, answer: 1 })],
  ],
  [
    "a reply to a private message",
    `<body>Fine</body><reply ${REPLY} id="${MESSAGE}"/>`,
    [answered("md(Fine)")],
  ],
  [
    "a reaction",
    `<reactions xmlns="urn:xmpp:reactions:0" id="${COMMENT}"><reaction>👍</reaction></reactions>`,
    [act("like", { about: COMMENT })],
  ],
  [
    "a correction of a comment",
    `<body>Finer</body><replace xmlns="urn:xmpp:message-correct:0" id="mine"/>`,
    [act("edit", { guid: COMMENT, markdown: "md(Finer)" })],
  ],
  [
    "a retraction of a comment",
    `<retract xmlns="urn:xmpp:message-retract:1" id="mine"/>`,
    [act("retract", { guid: COMMENT })],
  ],
];
for (const [what, content, done] of TO_GATEWAY) {
  test(`${what} is understood at the gateway's address as in a person's chat`, async () => {
    const bench = chatBench();
    bench.facts.said = MINE;
    await bench.hear(`<message type="chat" id="m1" to="${DOMAIN}">${content}</message>`);
    assert.deepEqual(bench.calls, done);
    assert.deepEqual(bench.sent, [], "nothing is answered");
  });
}

const IN_THREAD = `<thread>${CONVERSATION}</thread>`;
/** In a conversation of several, people of this side write from the gateway. */
const PRIVATE_THERE: readonly (readonly [what: string, content: string, words: string])[] = [
  [
    "a quotation of a private message",
    "<body>&gt; Do you know what my mother said?\nFine</body>",
    "> Do you know what my mother said?\nFine",
  ],
  [
    "a quotation of words that stand in a comment too",
    "<body>&gt; What a fine morning it is\nFine</body>",
    "> What a fine morning it is\nFine",
  ],
  [
    "what looks like a command, in the thread of a conversation",
    `<body>post it to the aunts</body>${IN_THREAD}`,
    "post it to the aunts",
  ],
  [
    "a quotation of a comment, in the thread of a conversation",
    `<body>&gt; Eve: What a fine morning it is\nFine</body>${IN_THREAD}`,
    "> Eve: What a fine morning it is\nFine",
  ],
  [
    "a reply to what nobody knows, in the thread of a conversation",
    `<body>Fine</body><reply ${REPLY} id="x"/>${IN_THREAD}`,
    "Fine",
  ],
];
for (const [what, content, words] of PRIVATE_THERE) {
  test(`${what}, said to the gateway, stays in that conversation`, async () => {
    const bench = chatBench();
    bench.facts.letters.push("What a fine morning it is");
    await bench.hear(`<message type="chat" id="m1" to="${DOMAIN}">${content}</message>`);
    const thread = content.includes("<thread>") ? CONVERSATION : null;
    assert.deepEqual(
      bench.calls.filter((call) => !call.startsWith("find")),
      [answered(`md(${words})`, thread)],
    );
  });
}

const NO_ANSWERS: readonly (readonly [what: string, content: string, answer: RegExp])[] = [
  [
    "a reply to what nobody knows",
    `<body>help</body><reply ${REPLY} id="x"/>`,
    /Write one of these/,
  ],
  ["a quotation of something else", "<body>&gt; Nobody said that\nFine</body>", /Name the post/],
  [
    "a correction of a command, also of one that commented",
    `<body>comment it Finer</body><replace xmlns="urn:xmpp:message-correct:0" id="mine"/>`,
    /A command is not corrected/,
  ],
];
for (const [what, content, answer] of NO_ANSWERS) {
  test(`${what} is a matter of the gateway itself`, async () => {
    const bench = chatBench();
    bench.facts.said = MINE;
    await bench.hear(`<message type="chat" id="m1" to="${DOMAIN}">${content}</message>`);
    assert.deepEqual(bench.calls, []);
    assert.match(bench.answers()[0] ?? "", answer);
  });
}
