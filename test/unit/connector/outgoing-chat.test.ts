/** Posts and what is said below them, as people see them whose clients know chats only. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type { ActivityContent } from "../../../src/activitystreams/delivery.ts";
import { readChat } from "../../../src/connector/chat-message.ts";
import { chatFor } from "../../../src/connector/outgoing-chat.ts";
import { child, childElements, childText, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import {
  diasporaId,
  guidNumber,
  localPerson,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";
import { above, BASE, CAROL, content, CONTEXT, GUID, ROOT, SERVICE } from "./outgoing-support.ts";

const CAROLS = "carol\\40pod.example@dx.example.org";
const COMPONENT = "dx.example.org";

function shown(activity: ActivityContent, rootGuid: string = ROOT): XmlElement {
  const stanza = chatFor(activity, rootGuid, CONTEXT);
  assert.ok(stanza !== null);
  return stanza;
}

const comment = (changes: object = {}): Activity => ({
  ...BASE,
  verb: "post",
  object: { type: "comment", guid: GUID, markdown: "**Fine**", inReplyTo: ROOT, ...changes },
});

test("a post is a message of its author, named by its GUID, which begins a thread", () => {
  const photo = { guid: guidNumber(4), url: "https://pod.example/a.jpg" };
  const url = "https://pod.example/posts/1";
  const stanza = shown(
    content(remotePost({ guid: ROOT, markdown: "Look *there*", photos: [photo], url })),
  );
  assert.equal(
    serialise(stanza),
    `<message type="chat" from="${SERVICE}" id="${ROOT}">` +
      `<body>Look _there_\n\nhttps://pod.example/a.jpg\n\n${url}</body>` +
      `<thread>${ROOT}</thread><origin-id xmlns="urn:xmpp:sid:0" id="${ROOT}"/>` +
      `<x xmlns="jabber:x:oob"><url>https://pod.example/a.jpg</url></x>` +
      `<store xmlns="urn:xmpp:hints"/></message>`,
  );
});

test("of several pictures none is singled out", () => {
  const photos = [4, 5].map((number) => ({
    guid: guidNumber(number),
    url: `https://pod.example/${String(number)}.jpg`,
  }));
  assert.equal(child(shown(content(remotePost({ photos }))), "x"), undefined);
});

test("a post that not everybody may read says so in words", () => {
  const stanza = shown(
    content(remotePost({}, { audience: "limited" }), { author: remotePerson({ name: "Alice" }) }),
  );
  assert.match(childText(stanza, "body") ?? "", /^Hello[^]*\(Not public: Alice chose/);
});

test("a share whose post was taken back since stands for the one that was sent", () => {
  const edited = new Date("2026-01-03T00:00:00Z");
  const root = { author: diasporaId("bob@pod.example"), guid: guidNumber(9) };
  const object = { type: "share", guid: ROOT, root, edited } as const;
  const stanza = shown(content({ ...BASE, verb: "share", object }));
  assert.equal(stanza.attrs["id"], `${ROOT}/${String(edited.getTime())}`);
  assert.equal(child(stanza, "replace", "urn:xmpp:message-correct:0")?.attrs["id"], ROOT);
  assert.match(childText(stanza, "body") ?? "", /which is not to be had here/);
});

test("a changed post stands for the one that was sent (XEP-0308)", () => {
  const edited = new Date("2026-01-03T00:00:00Z");
  const stanza = shown(content(remotePost({ guid: ROOT, edited })));
  assert.equal(stanza.attrs["id"], `${ROOT}/${String(edited.getTime())}`);
  assert.equal(child(stanza, "replace", "urn:xmpp:message-correct:0")?.attrs["id"], ROOT);
  assert.equal(childText(stanza, "thread"), ROOT);
});

const COMMENTS: readonly (readonly [
  what: string,
  content: ActivityContent,
  from: string,
  body: string,
])[] = [
  [
    "a comment comes from whose post it is, with a name",
    content(comment(), { author: CAROL, above: above("remote") }),
    SERVICE,
    "Carol: *Fine*",
  ],
  [
    "a comment of the post's author needs no name",
    content(comment(), { author: remotePerson({ name: "Alice" }), above: above("remote") }),
    SERVICE,
    "*Fine*",
  ],
  [
    "a comment below one's own post comes from who wrote it",
    content(comment(), { author: CAROL, above: above("local") }),
    CAROLS,
    "*Fine*",
  ],
  [
    "a comment of somebody here below one's own post comes from the gateway",
    content(comment(), { author: localPerson({ name: "Dora" }), above: above("local") }),
    COMPONENT,
    "Dora: *Fine*",
  ],
];
for (const [what, told, from, body] of COMMENTS) {
  test(what, () => {
    const stanza = shown(told);
    assert.equal(stanza.attrs["from"], from);
    assert.equal(childText(stanza, "body"), body);
    assert.equal(childText(stanza, "thread"), ROOT);
    const reply = child(stanza, "reply", "urn:xmpp:reply:0");
    assert.deepEqual([reply?.attrs["id"], reply?.attrs["to"]], [ROOT, from]);
  });
}

test("a comment quotes its post for clients that know no replies, and says so", () => {
  const words = "Good morning 😀, *everybody*.\n\nMore";
  const stanza = shown(content(comment(), { author: CAROL, above: above("remote", words) }));
  assert.equal(childText(stanza, "body"), "> Good morning 😀, *everybody*.\nCarol: *Fine*");
  const said = readChat(stanza);
  assert.ok(said.kind === "words");
  assert.equal(said.body, "Carol: *Fine*", "clients that know them cut it off");
  assert.equal(said.replyTo, ROOT);
});

test("a comment that answers a comment names that one", () => {
  const thread = guidNumber(8);
  const stanza = shown(
    content(comment({ thread }), { author: CAROL, above: above("remote", "Good morning") }),
  );
  assert.equal(child(stanza, "reply")?.attrs["id"], thread);
  assert.equal(childText(stanza, "body"), "Carol: *Fine*", "it is not the post that it quotes");
});

const like: Activity = {
  ...BASE,
  verb: "like",
  object: { type: "opinion", guid: GUID, about: { type: "post", guid: ROOT } },
};
test("a like is one line, and only for whose post it is", () => {
  const stanza = shown(content(like, { author: CAROL, above: above("local", "Hello") }));
  assert.equal(stanza.attrs["from"], CAROLS);
  assert.equal(childText(stanza, "body"), "> Hello\n♥ Carol likes what you wrote.");
  assert.equal(
    chatFor(content(like, { author: CAROL, above: above("remote") }), ROOT, CONTEXT),
    null,
  );
});

test("a vote is told to whose poll it is", () => {
  const vote: Activity = {
    ...BASE,
    verb: "vote",
    object: { type: "vote", guid: GUID, question: guidNumber(6), answer: guidNumber(7) },
  };
  const stanza = shown(content(vote, { author: CAROL, above: above("local") }));
  assert.equal(childText(stanza, "body"), "Carol: voted.");
  assert.equal(chatFor(content(vote, { above: above("remote") }), ROOT, CONTEXT), null);
});

const message: Activity = {
  ...BASE,
  audience: "limited",
  verb: "send",
  object: { type: "message", guid: GUID, conversation: ROOT, markdown: "Only *you*" },
};
test("a private message comes from its sender, in the conversation's thread", () => {
  const stanza = shown(content(message, { author: CAROL }));
  assert.equal(
    serialise(stanza),
    `<message type="chat" from="${CAROLS}" id="${GUID}"><body>Only _you_</body>` +
      `<thread>${ROOT}</thread><origin-id xmlns="urn:xmpp:sid:0" id="${GUID}"/>` +
      `<store xmlns="urn:xmpp:hints"/></message>`,
  );
});

test("an answer comes back in the thread in which the client asked", () => {
  const stanza = shown(content(message, { author: CAROL, thread: "their-own" }));
  assert.equal(childText(stanza, "thread"), "their-own");
});

test("a conversation begins with its subject and all that was said", () => {
  const begun: Activity = {
    ...BASE,
    audience: "limited",
    verb: "send",
    object: {
      ...{ type: "conversation", guid: ROOT, subject: "Cats", participants: [] },
      messages: [GUID, guidNumber(9)].map((guid, index) => ({
        ...{ type: "message", guid, conversation: ROOT, markdown: `Words ${String(index)}` },
        published: BASE.published,
      })),
    },
  };
  const stanza = shown(content(begun, { author: CAROL }));
  assert.equal(childText(stanza, "subject"), "Cats");
  assert.equal(childText(stanza, "body"), "Words 0\n\nWords 1");
  assert.equal(stanza.attrs["id"], GUID);
});

const gone = (targetType: string): Activity => ({
  ...BASE,
  verb: "delete",
  object: { type: "tombstone", guid: GUID, targetType },
});
const RETRACTED: readonly (readonly [type: string, from: string | null])[] = [
  ["Post", CAROLS],
  ["Reshare", CAROLS],
  ["Comment", SERVICE],
  ["Like", null],
  ["PollParticipation", null],
  ["Photo", null],
];
for (const [type, from] of RETRACTED) {
  test(`a retraction of a ${type} ${from === null ? "is told nobody" : "comes from where that came from"}`, () => {
    const stanza = chatFor(
      content(gone(type), { author: CAROL, above: above("remote") }),
      ROOT,
      CONTEXT,
    );
    assert.equal(stanza?.attrs["from"] ?? null, from);
    if (stanza === null) return;
    assert.equal(child(stanza, "retract", "urn:xmpp:message-retract:1")?.attrs["id"], GUID);
    assert.equal(child(stanza, "fallback")?.attrs["for"], "urn:xmpp:message-retract:1");
    assert.match(childText(stanza, "body") ?? "", /Carol took this back/);
  });
}

test("what concerns nobody's chat is no message", () => {
  for (const object of [
    { type: "person", id: diasporaId("bob@example.org") },
    { type: "participation", guid: GUID, post: ROOT },
  ] as const) {
    const activity = { ...BASE, verb: object.type === "person" ? "follow" : "join", object };
    assert.equal(chatFor(content(activity as Activity), ROOT, CONTEXT), null);
  }
});

test("pitfall 58: whatever is said stays below the limit of a stanza, and ends with where the whole is", () => {
  const url = "https://pod.example/posts/1";
  for (const unit of ["😀", "&", "**a** ", "<", "\n", "[a](https://b.example/) "]) {
    const markdown = unit.repeat(Math.floor(65_535 / unit.length));
    const stanza = shown(content(remotePost({ markdown, url })));
    assert.ok(Buffer.byteLength(serialise(stanza)) <= CONTEXT.maxBytes, unit);
    assert.ok((childText(stanza, "body") ?? "").endsWith(url), unit);
    const told = shown(
      content(comment({ markdown }), { author: CAROL, above: above("remote", markdown) }),
    );
    assert.ok(Buffer.byteLength(serialise(told)) <= CONTEXT.maxBytes, unit);
  }
});

test("pitfall 53: no words make a message that is more than words", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (markdown) => {
      const plain = shown(content(remotePost({ markdown: "x" })));
      const stanza = shown(content(remotePost({ markdown })));
      const names = (one: XmlElement): string[] => childElements(one).map(({ local }) => local);
      assert.deepEqual(names(stanza), names(plain));
    }),
    { numRuns: 100 },
  );
});
