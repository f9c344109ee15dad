import assert from "node:assert/strict";
import { test } from "node:test";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { escapeMarkdown, markdownToText } from "../../../src/activitystreams/markdown.ts";
import {
  pollForm,
  pollMarkdown,
  questionFromForm,
  readPollForm,
  voteIn,
} from "../../../src/pep/poll-form.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber } from "../../support/fixtures.ts";

const QUESTION = {
  guid: guidNumber(1),
  question: "What for *dinner*?",
  answers: [
    { guid: guidNumber(2), text: "Soup](https://evil.example/)" },
    { guid: guidNumber(3), text: "2. Salad" },
  ],
};

const entryWith = (...children: readonly XmlElement[]): XmlElement =>
  readXml(serialise(el("entry", { xmlns: "http://www.w3.org/2005/Atom" }, children)));

test("our own form is read as the question that it was", () => {
  const form = readPollForm(entryWith(pollForm(QUESTION)));
  assert.deepEqual(form, {
    question: QUESTION.question,
    answers: QUESTION.answers.map(({ text }) => text),
  });
});

test("the GUIDs of a poll are the same whenever its entry is read", () => {
  const asked: string[] = [];
  const guidOf = (part: string): Guid => {
    asked.push(part);
    return guidNumber(part.length);
  };
  const form = { question: "Which?", answers: ["A", "Bee"] };
  const question = questionFromForm(form, guidOf);
  assert.deepEqual(asked, ["question", "answer A", "answer Bee"]);
  assert.deepEqual(questionFromForm(form, guidOf), question);
});

const field = (
  attrs: Readonly<Record<string, string>>,
  ...options: readonly string[]
): XmlElement =>
  el(
    "field",
    attrs,
    options.map((option) => el("option", { label: option }, el("value", {}, option))),
  );
const form = (type: string, ...fields: readonly XmlElement[]): XmlElement =>
  el("x", { xmlns: "jabber:x:data", type }, fields);
const CHOICE = { type: "list-single", var: "a", label: "Which?" };

for (const [what, element] of [
  ["that is a result", form("result", field(CHOICE, "A", "B"))],
  ["with one answer", form("form", field(CHOICE, "A"))],
  ["with one answer twice", form("form", field(CHOICE, "A", " A "))],
  [
    "with two questions",
    form("form", field(CHOICE, "A", "B"), field({ ...CHOICE, var: "b" }, "A", "B")),
  ],
  ["that asks for words", form("form", field({ type: "text-single", var: "a", label: "Why?" }))],
  [
    "that asks for a password too",
    form("form", field(CHOICE, "A", "B"), field({ type: "text-private", var: "p" })),
  ],
  ["without a question", form("form", field({ type: "list-single", var: "a" }, "A", "B"))],
] as const) {
  test(`a form ${what} is no poll`, () => {
    assert.equal(readPollForm(entryWith(element)), null);
  });
}

test("pitfall 82: a question and its answers are no longer than pods take", () => {
  const long = field({ ...CHOICE, label: "?".repeat(300) }, "a".repeat(300), "b");
  const read = readPollForm(entryWith(form("form", long)));
  assert.deepEqual([read?.question.length, read?.answers[0]?.length], [255, 255]);
});

test("pitfall 77: the words of a question and of an answer are words, whatever is in them", () => {
  const shown = markdownToText(pollMarkdown(QUESTION, escapeMarkdown));
  assert.equal(
    shown.replace(/\n+/g, "\n"),
    "What for *dinner*?\nSoup](https://evil.example/)\n2. Salad",
  );
});

for (const [text, number] of [
  ["!vote 2", 2],
  [" !VOTE  12\n", 12],
  ["!vote", null],
  ["!vote 0", null],
  ["!vote two", null],
  ["!vote 2 please", null],
  ["I !vote 2", null],
  ["!vote 1000", null],
] as const) {
  test(`${JSON.stringify(text)} votes for ${String(number)}`, () => {
    assert.equal(voteIn(text), number);
  });
}
