import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mentionsIn, plainMentions, writeMention } from "../../../src/activitystreams/mentions.ts";
import { markdownToXhtml } from "../../../src/activitystreams/markdown.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { diasporaId } from "../../support/fixtures.ts";

const ALICE = diasporaId("alice@pod.example");
const PORT = diasporaId("bob@pod.example:3000");

const read: readonly [text: string, found: readonly object[]][] = [
  ["@{Alice A.; alice@pod.example}", [{ id: ALICE, name: "Alice A." }]],
  ["Hi @{alice@pod.example}!", [{ id: ALICE }]],
  ["@{ ; alice@pod.example}", [{ id: ALICE }]],
  ["@{Bob; bob@pod.example:3000} @{alice@pod.example}", [{ id: PORT, name: "Bob" }, { id: ALICE }]],
  ["@{One; alice@pod.example} @{Two; alice@pod.example}", [{ id: ALICE, name: "One" }]],
  ["@{Alice; Alice@pod.example}", []],
  ["@{Alice;alice@pod.example}", []],
  ["@{Alice; nobody} @{} @ {alice@pod.example}", []],
  ["@{@{Alice; alice@pod.example}", [{ id: ALICE, name: "Alice" }]],
];

for (const [text, found] of read) {
  test(`${text} mentions ${String(found.length)}`, () => {
    assert.deepEqual(mentionsIn(text), found);
  });
}

const written: readonly [name: string | undefined, text: string][] = [
  [undefined, "@{alice@pod.example}"],
  ["Alice", "@{Alice; alice@pod.example}"],
  [" A;B\n{C} ", "@{A B C; alice@pod.example}"],
  [";{}", "@{alice@pod.example}"],
];

for (const [name, text] of written) {
  test(`${JSON.stringify(name)} is written as ${text}`, () => {
    assert.equal(writeMention(name === undefined ? { id: ALICE } : { id: ALICE, name }), text);
  });
}

test("whatever somebody is called, the mention is read again, and shows the name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
      const text = writeMention({ id: ALICE, name });
      const [mention] = mentionsIn(`x ${text} y`);
      assert.equal(mention?.id, ALICE);
      assert.equal(writeMention(mention), text);
      assert.equal(plainMentions(text), `@${mention.name ?? ALICE}`);
    }),
  );
});

test("nobody is made to look up thousands of people for one post", () => {
  const text = Array.from({ length: 1_000 }, (_, n) => `@{a${String(n)}@pod.example}`).join(" ");
  assert.equal(mentionsIn(text).length, 100);
  assert.equal(mentionsIn(text, 3).length, 3);
});

test("1 MB that was made to look like mentions is read quickly", () => {
  for (const unit of ["@{", "@{a; ", "@{aaaaaaaaaaaaaaaaaaaaaaaaa", "@{a;a;a;a; b "]) {
    const text = unit.repeat(1_000_000 / unit.length);
    const before = process.cpuUsage();
    mentionsIn(text);
    plainMentions(text);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 500_000, `${unit}: ${String(user)} µs`);
  }
});

const linkOf = (id: string): string | null =>
  id === ALICE ? "xmpp:alice%5C40pod.example@dx.example.org" : null;
const inside = (markdown: string): string =>
  serialise(markdownToXhtml(markdown, linkOf)).replace(/^<div[^>]*><p>|<\/p><\/div>$/g, "");
const LINK = '<a href="xmpp:alice%5C40pod.example@dx.example.org" rel="noopener nofollow">';

for (const [what, markdown, xhtml] of [
  ["somebody with a page", "Hi @{Alice A.; alice@pod.example}!", `Hi ${LINK}@Alice A.</a>!`],
  ["somebody without a name", "@{alice@pod.example}", `${LINK}@alice@pod.example</a>`],
  ["somebody without a page", "@{Bob; bob@pod.example:3000}", "@Bob"],
  ["nobody", "@{Bob; nobody}", "@Bob"],
  [
    "a name of marks",
    "@{**A** [b](c) <i>; alice@pod.example}",
    `${LINK}@**A** [b](c) &lt;i&gt;</a>`,
  ],
  [
    "a name that is an address",
    "@{https://x.example/; alice@pod.example}",
    `${LINK}@https://x.example/</a>`,
  ],
  [
    "somebody inside a link",
    "[by @{Alice; alice@pod.example}](https://x.example/)",
    '<a href="https://x.example/" rel="noopener nofollow">by @Alice</a>',
  ],
  ["somebody in bold", "**@{Alice; alice@pod.example}**", `<strong>${LINK}@Alice</a></strong>`],
  ["code", "`@{Alice; alice@pod.example}`", "<code>@{Alice; alice@pod.example}</code>"],
] as const) {
  test(`pitfall 77: a mention of ${what} is shown as that, and nothing else`, () => {
    assert.equal(inside(markdown), xhtml);
  });
}

test("a text with links to people and one without are not taken for each other", () => {
  const markdown = "Hi @{Alice; alice@pod.example}";
  const plain = serialise(markdownToXhtml(markdown));
  assert.notEqual(serialise(markdownToXhtml(markdown, linkOf)), plain);
  assert.equal(serialise(markdownToXhtml(markdown)), plain);
});
