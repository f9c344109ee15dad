/** The transcripts' own rules: a test that lets everything pass would be none. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { transcriptsIn } from "../../support/transcript-files.ts";
import { mismatch, type Values } from "../../support/transcript-match.ts";
import { filled, readTranscript, renamed } from "../../support/transcript-read.ts";
import { parseXml } from "../../support/peer-xml.ts";

const ACTUAL = `<message xmlns="jabber:client" xml:lang="en" from="a@b" id="7" type="chat"><body>Hello you</body><delay xmlns="urn:xmpp:delay" stamp="2026-11-22T10:00:00Z"/><x xmlns="urn:x"><one n="1"/><two n="1"/></x></message>`;

const PATTERNS: readonly (readonly [what: string, pattern: string, fits: boolean])[] = [
  ["the order of attributes", `<message id="7" from="a@b">...</message>`, true],
  ["an attribute that is not there", `<message to="c@d">...</message>`, false],
  ["an attribute that must not be there", `<message id="{absent}">...</message>`, false],
  ["one that is not there and must not", `<message to="{absent}">...</message>`, true],
  ["any value", `<message id="{any}">...</message>`, true],
  ["any part of a text", `<message>... <body>Hel{any}you</body></message>`, true],
  ["another text", `<message>... <body>Hello</body></message>`, false],
  ["a namespace", `<message>... <x xmlns="urn:y">...</x></message>`, false],
  [
    "all children",
    `<message><body>Hello you</body><x xmlns="urn:x"><one/><two/></x></message>`,
    true,
  ],
  ["a child too many", `<message><body>Hello you</body></message>`, false],
  ["a child too few", `<message>... <x xmlns="urn:x"><one/><two/><three/></x></message>`, false],
  [
    "another order of the stanza's own",
    `<message>... <x xmlns="urn:x">...</x><body>{any}</body></message>`,
    true,
  ],
  ["the wrong order below", `<message>... <x xmlns="urn:x">... <two/><one/></x></message>`, false],
  [
    "the same value twice",
    `<message>... <x xmlns="urn:x"><one n="{v}"/><two n="{v}"/></x></message>`,
    true,
  ],
  [
    "another value",
    `<message id="{v}">... <x xmlns="urn:x"><one n="{v}"/>...</x></message>`,
    false,
  ],
];

for (const [what, pattern, fits] of PATTERNS) {
  test(`a pattern with ${what} ${fits ? "fits" : "does not fit"}`, () => {
    const values: Values = new Map();
    const said = mismatch(parseXml(pattern), parseXml(ACTUAL), values);
    assert.equal(said === null, fits, said ?? "it fits");
  });
}

test("what does not fit binds nothing in the values of what does", () => {
  const values: Values = new Map();
  const actual = parseXml(`<i><item id="1"><a/></item><item id="2"><b/></item></i>`);
  const pattern = parseXml(`<i>... <item id="{x}"><b/></item></i>`);
  assert.equal(mismatch(pattern, actual, values), null);
  assert.equal(values.get("x"), "2");
});

test("names are replaced where they are words, and never in placeholders", () => {
  const names = new Map([["alice", "alice7"]]);
  const text = "alice\\40pod-a.example alice@pod malice alices {alice.guid} Alice";
  const expected = "alice7\\40pod-a.example alice7@pod malice alices {alice.guid} Alice";
  assert.equal(renamed(text, names), expected);
  assert.equal(filled("{p} {q}", new Map([["p", "1"]])), "1 {q}");
});

test("a line that is no step is named", () => {
  assert.throws(() => readTranscript("x.txt", "# title\n\nRomeo does\n"), /x\.txt:3/);
});

test("every transcript can be read, has a title and steps", () => {
  for (const folder of ["flows", "openfire"]) {
    const all = transcriptsIn(folder);
    const files = readdirSync(new URL(`../../transcripts/${folder}/`, import.meta.url));
    assert.equal(all.length, files.length);
    for (const { name, title, steps } of all) assert.ok(title !== "" && steps.length > 1, name);
  }
});
