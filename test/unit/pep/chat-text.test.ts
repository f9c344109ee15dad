import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isAbout, type Note, type PostActivity } from "../../../src/activitystreams/activity.ts";
import { codePoints } from "../../../src/activitystreams/words.ts";
import { chatTextOf } from "../../../src/pep/chat-text.ts";
import { diasporaId, guidNumber, remotePost } from "../../support/fixtures.ts";
import { activities, WILD } from "../salmon/arbitrary-activities.ts";
import { ALICE, CARL, seen } from "./entry-world.ts";

const CONTEXT = { maxLength: 5_000, withAuthor: false };
const URL_OF_POST = "https://pod.example/posts/1";
const base = {
  actor: { network: "diaspora", id: ALICE.diasporaId },
  audience: "public",
  published: new Date("2026-04-05T06:07:08Z"),
} as const;
const QUESTION = {
  guid: guidNumber(1),
  question: "Dinner?",
  answers: [
    { guid: guidNumber(2), text: "Soup" },
    { guid: guidNumber(3), text: "Salad" },
  ],
};
const EVENT = {
  type: "event",
  guid: guidNumber(4),
  summary: "Ball",
  start: new Date("2026-12-15T19:00:00Z"),
  allDay: false,
  location: { address: "Verona", latitude: "1", longitude: "2" },
} as const;

const textOfNote = (note: Partial<Note>, context = CONTEXT): string =>
  chatTextOf(seen(remotePost(note)), context);

for (const [what, note, text] of [
  ["words", { markdown: "Hello **you**" }, "Hello *you*"],
  ["a link to the original", { markdown: "Hello", url: URL_OF_POST }, `Hello\n\n${URL_OF_POST}`],
  [
    "a link that it names already",
    { markdown: `See ${URL_OF_POST}`, url: URL_OF_POST },
    `See ${URL_OF_POST}`,
  ],
  [
    "links and mentions",
    { markdown: "@{Bob; bob@pod.example} wrote [this](https://example.org/)" },
    "@Bob wrote this (https://example.org/)",
  ],
  [
    "pictures",
    {
      markdown: "Look",
      photos: [
        { guid: guidNumber(5), url: "https://pod.example/a.png", text: "A cat" },
        { guid: guidNumber(6), url: "https://pod.example/b.png" },
        { guid: guidNumber(7), url: "javascript:alert(1)" },
      ],
    },
    "Look\n\nA cat\nhttps://pod.example/a.png\n\nhttps://pod.example/b.png",
  ],
  [
    "nothing but a picture",
    { markdown: "", photos: [{ guid: guidNumber(5), url: "https://pod.example/a.png" }] },
    "https://pod.example/a.png",
  ],
  [
    "a place",
    { markdown: "Here", location: { address: "Berlin", latitude: "1", longitude: "2" } },
    "Here\n\n📍 Berlin",
  ],
  [
    "a poll",
    { markdown: "Choose", question: QUESTION },
    "Choose\n\n*Dinner?*\n\n1. Soup\n2. Salad\n\nTo vote, answer with !vote and the number.",
  ],
  [
    "an event",
    { markdown: "Come", event: EVENT },
    "Come\n\n*Ball*\nWhen: Tuesday, 15 December 2026, 19:00 (UTC)\nWhere: Verona",
  ],
  ["nothing that is shown", { markdown: "[]()" }, "…"],
] as const) {
  test(`a post of ${what} is readable in a chat`, () => {
    assert.equal(textOfNote(note), text);
  });
}

test("whoever speaks for another says who it is", () => {
  const context = { ...CONTEXT, withAuthor: true };
  assert.equal(textOfNote({ markdown: "Hello" }, context), "Alice A.: Hello");
  const nameless = seen(remotePost({ markdown: "Hello" }), { ...ALICE, name: " " });
  assert.equal(chatTextOf(nameless, context), "alice@pod.example: Hello");
});

test("a share says whose words it passes on, and where they are", () => {
  const root = seen(remotePost({ markdown: "Words of **Carl**", url: URL_OF_POST }), CARL);
  const share = {
    ...base,
    verb: "share",
    object: {
      type: "share",
      guid: guidNumber(1),
      root: { author: CARL.diasporaId, guid: guidNumber(2) },
    },
  } as const;
  assert.equal(
    chatTextOf(seen(share, ALICE, root), CONTEXT),
    `♲ @Carl\n\nWords of *Carl*\n\n${URL_OF_POST}`,
  );
  assert.match(chatTextOf(seen(share, ALICE, null), CONTEXT), /^♲ A post of @carl@other/);
  const gone = { ...share, object: { ...share.object, root: null } };
  assert.equal(chatTextOf(seen(gone), CONTEXT), "♲ The post that was passed on is gone.");
});

test("comments, likes, votes and answers are readable in a chat", () => {
  const comment = {
    ...base,
    verb: "post",
    object: { type: "comment", guid: guidNumber(1), markdown: "_Nice_", inReplyTo: guidNumber(2) },
  } as const;
  assert.equal(chatTextOf(seen(comment), CONTEXT), "_Nice_");
  const opinion = {
    type: "opinion",
    guid: guidNumber(1),
    about: { type: "post", guid: guidNumber(2) },
  } as const;
  assert.equal(chatTextOf(seen({ ...base, verb: "like", object: opinion }), CONTEXT), "♥");
  assert.equal(chatTextOf(seen({ ...base, verb: "dislike", object: opinion }), CONTEXT), "👎");
  const vote = {
    ...base,
    verb: "vote",
    object: { type: "vote", guid: guidNumber(9), question: guidNumber(1), answer: guidNumber(3) },
  } as const;
  const named = { ...CONTEXT, withAuthor: true, about: { question: QUESTION, event: EVENT } };
  assert.equal(chatTextOf(seen(vote), named), "Alice A.: voted for “Salad”.");
  assert.equal(chatTextOf(seen(vote), CONTEXT), "voted.");
  const attendance = {
    ...base,
    verb: "rsvp-maybe",
    object: { type: "attendance", guid: guidNumber(9), event: guidNumber(4) },
  } as const;
  assert.equal(chatTextOf(seen(attendance), named), "Alice A.: may come to “Ball”.");
});

test("what is cut ends with the address of the whole", () => {
  const text = textOfNote({ markdown: "word ".repeat(5_000), url: URL_OF_POST });
  assert.ok(text.endsWith(`…\n\n${URL_OF_POST}`));
  assert.ok(codePoints(text) <= CONTEXT.maxLength);
});

test("whatever a pod says, its text is never empty, never too long and may stand in a stanza", () => {
  const notes = activities(WILD)["note"];
  assert.ok(notes !== undefined);
  fc.assert(
    fc.property(notes, fc.integer({ min: 300, max: 6_000 }), (activity, maxLength) => {
      assert.ok(isAbout(activity, "note"));
      const post: PostActivity = activity;
      const text = chatTextOf(seen(post), { maxLength, withAuthor: false });
      assert.ok(text.trim() !== "" && codePoints(text) <= maxLength);
      // XML 1.0 §2.2.
      assert.doesNotMatch(text, /[^\t\n\r\u0020-\ufffd\u{10000}-\u{10ffff}]/u);
      assert.ok(text.isWellFormed());
    }),
    { numRuns: 100 },
  );
});

test("somebody whose ID no JID can have is named nevertheless", () => {
  const odd = diasporaId("ålice@pod.example");
  assert.equal(textOfNote({ markdown: `@{${odd}} is here` }), `@${odd} is here`);
});
