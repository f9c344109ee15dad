/** Messages as clients and strangers write them: what is read out of them, and in what time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quotedIn, splitQuotation, withoutFallback } from "../../../src/connector/chat-fallback.ts";
import { markupOf } from "../../../src/connector/chat-file.ts";
import { readChat } from "../../../src/connector/chat-message.ts";
import { createChatPace, keyOf } from "../../../src/connector/chat-pace.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { jid } from "../../support/fixtures.ts";

const REPLY = "urn:xmpp:reply:0";

function fallback(ns: string, ...ranges: readonly (readonly [string?, string?])[]): XmlElement {
  return el(
    "message",
    {},
    ranges.map(([start, end]) =>
      el("fallback", { xmlns: "urn:xmpp:fallback:0", for: ns }, el("body", { start, end })),
    ),
  );
}

const FALLBACKS: readonly (readonly [
  what: string,
  message: XmlElement,
  body: string,
  left: string,
])[] = [
  ["a range", fallback(REPLY, ["0", "4"]), "> a\nb", "b"],
  ["a range behind emoji, in code points", fallback(REPLY, ["0", "4"]), "> 😀\nb", "b"],
  ["two ranges", fallback(REPLY, ["0", "2"], ["4", "6"]), "abCDef", "CD"],
  ["all of it", fallback(REPLY, []), "abc", ""],
  ["from somewhere on", fallback(REPLY, ["1"]), "abc", "a"],
  ["another's range", fallback("urn:xmpp:reactions:0", ["0", "2"]), "abc", "abc"],
  ["a range beyond the end", fallback(REPLY, ["2", "999999999"]), "abc", "ab"],
  ["a range the wrong way round", fallback(REPLY, ["2", "1"]), "abc", "abc"],
  ["numbers that are none", fallback(REPLY, ["-1", "1e3"]), "abc", ""],
  ["no fallback", el("message"), "abc", "abc"],
];
for (const [what, message, body, left] of FALLBACKS) {
  test(`of a body with ${what} the rest is what was said (XEP-0428)`, () => {
    assert.equal(withoutFallback(message, body, REPLY), left);
  });
}

const QUOTATIONS: readonly (readonly [body: string, quoted: string | null, words: string])[] = [
  ["> a\nb", "a", "b"],
  [">a\n> b\n\nc\n> d", "a\nb", "c\n> d"],
  [">> a\n> c\nb", "c", "b"],
  [">> a\nb", "", "b"],
  ["a\n> b", null, ""],
  ["> a", null, ""],
  ["> a\n\n", null, ""],
  ["", null, ""],
  ["> \nb", "", "b"],
];
for (const [body, quoted, words] of QUOTATIONS) {
  test(`in ${JSON.stringify(body)} ${quoted === null ? "nothing" : "something"} is answered`, () => {
    assert.deepEqual(splitQuotation(body), quoted === null ? null : { quoted, words });
  });
}

const TEXTS = [
  { text: "I like cats", name: "cats" },
  { text: "I  like\ndogs and cats very much, on Sundays", name: "dogs" },
  { text: "ok", name: "ok" },
  { text: "Carol: this is *very* good", name: "carol" },
];
const QUOTED: readonly (readonly [quoted: string, found: string | null])[] = [
  ["I like cats", "cats"],
  ["i like DOGS and cats very", "dogs"],
  ["I like dogs and cats very much…", "dogs"],
  // Short or from the middle, it may as well be of a private message.
  ["i like DOGS and", null],
  ["cats very much, on Sundays", null],
  ["ok", "ok"],
  ["Carol: this is very good", "carol"],
  ["this is **very** good", null],
  ["cats", null],
  ["I", null],
  ["", null],
  ["   ", null],
  ["something else altogether", null],
];
for (const [quoted, found] of QUOTED) {
  test(`“${quoted}” quotes ${found ?? "nothing that is known"}`, () => {
    assert.equal(quotedIn(quoted, TEXTS)?.name ?? null, found);
  });
}

test("a file cannot end its own link, and is no script", () => {
  const md = (text: string): string => text;
  assert.equal(markupOf("", "https://a.example/b).png", md), "![](https://a.example/b%29.png)");
  assert.equal(markupOf("Look", "https://a.example/b.png)](x", md).split("\n\n").length, 2);
  for (const url of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"]) {
    const said = readChat(
      el(
        "message",
        { type: "chat" },
        el("body", {}, "Hi"),
        el("x", { xmlns: "jabber:x:oob" }, el("url", {}, url)),
      ),
    );
    assert.ok(said.kind === "words");
    assert.equal(said.file, null);
  }
});

test("ids that are longer than any is are none", () => {
  const message = el(
    "message",
    { id: "x".repeat(2_000) },
    el("body", {}, "Hi"),
    el("thread", {}, "y".repeat(2_000)),
  );
  const said = readChat(message);
  assert.ok(said.kind === "words");
  assert.deepEqual([said.id, said.thread], [null, null]);
});

test("whatever a stranger sends is read, and in time linear in its length", () => {
  const names = fc.constantFrom(
    "body",
    "reply",
    "fallback",
    "reactions",
    "reaction",
    "retract",
    "x",
    "replace",
    "encrypted",
  );
  const spaces = fc.constantFrom(
    REPLY,
    "urn:xmpp:fallback:0",
    "urn:xmpp:reactions:0",
    "urn:xmpp:message-retract:1",
    "jabber:x:oob",
    "urn:xmpp:omemo:2",
  );
  const part = fc
    .tuple(names, spaces, fc.string({ unit: "binary", maxLength: 30 }))
    .map(([name, xmlns, text]) =>
      el(
        name,
        { xmlns, id: text, start: text, for: REPLY },
        text,
        el("body", { start: text, end: "3" }, text),
      ),
    );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      readChat(el("message", { type: "chat", id: "1" }, parts));
    }),
    { numRuns: 100 },
  );
  for (const unit of ["> ", ">", "> a\n", "\n", " ", "a", "…", ">\n>"]) {
    const body = unit.repeat(Math.ceil(200_000 / unit.length));
    const before = performance.now();
    readChat(el("message", {}, el("body", {}, body), el("reply", { xmlns: REPLY, id: "1" })));
    const split = splitQuotation(`${body}\nwords`);
    quotedIn(split?.quoted ?? body, TEXTS);
    assert.ok(performance.now() - before < 2_000, unit);
  }
  const many = el(
    "message",
    {},
    el("body", {}, "a".repeat(100_000)),
    el("reply", { xmlns: REPLY, id: "1" }),
    Array.from({ length: 5_000 }, () =>
      el(
        "fallback",
        { xmlns: "urn:xmpp:fallback:0", for: REPLY },
        el("body", { start: 0, end: 99_999 }),
      ),
    ),
  );
  const before = performance.now();
  readChat(many);
  assert.ok(performance.now() - before < 2_000);
});

test("the memory of what was said is bounded, and so is each person's minute", () => {
  let now = 0;
  const pace = createChatPace(() => now);
  const alice = jid("alice@example.org");
  for (let number = 0; number < 20_000; number += 1) pace.done(String(number));
  assert.equal(pace.isKnown("0"), false);
  assert.equal(pace.isKnown("19999"), true);
  const taken = Array.from({ length: 33 }, () => pace.take(alice));
  assert.deepEqual(
    [taken.filter((one) => one === "ok").length, taken[30], taken[31]],
    [30, "last", "over"],
  );
  assert.equal(pace.take(jid("bob@example.org")), "ok", "each has their own");
  now = 60_000;
  assert.equal(pace.take(alice), "ok");
});

test("the key of what was said is the same for the same words only", () => {
  const alice = jid("alice@example.org");
  const key = keyOf(alice, "1", "Hello");
  assert.equal(keyOf(alice, "1", "Hello"), key);
  for (const other of [
    keyOf(alice, "1", "Hallo"),
    keyOf(alice, "2", "Hello"),
    keyOf(jid("bob@example.org"), "1", "Hello"),
    keyOf(alice, "1\0Hello", ""),
  ]) {
    assert.notEqual(other, key);
  }
});
