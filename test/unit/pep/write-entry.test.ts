import assert from "node:assert/strict";
import { test } from "node:test";
import type { Note } from "../../../src/activitystreams/activity.ts";
import { entryFromPost } from "../../../src/pep/entry-from-post.ts";
import { childrenNamed, childText, textOf, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber, remotePost } from "../../support/fixtures.ts";
import { ALICE, contextFor, seen } from "./entry-world.ts";

const URL_OF_POST = "https://pod.example/posts/1";
const LIMIT = 60_000;

/** As a reader gets it, from the wire. */
function entryOf(note: Partial<Note>, limit = LIMIT): XmlElement {
  const entry = entryFromPost(seen(remotePost(note)), contextFor(ALICE), limit);
  const wire = serialise(entry);
  assert.ok(Buffer.byteLength(wire) <= limit, `${String(Buffer.byteLength(wire))} bytes`);
  return readXml(wire, { nodes: 100_000 });
}

const hasXhtml = (entry: XmlElement): boolean =>
  childrenNamed(entry, "content").some((content) => content.attrs["type"] === "xhtml");

const plainText = (entry: XmlElement): string =>
  textOf(childrenNamed(entry, "content").find(({ attrs }) => attrs["type"] !== "xhtml"));

for (const [what, note, title] of [
  ["short words", { markdown: "Hello **you**" }, "Hello you"],
  ["several lines", { markdown: "# Head\n\nbody" }, "Head"],
  ["a long text", { markdown: "word ".repeat(200) }, /^word .{100,135}…$/],
  [
    "nothing but a picture",
    { markdown: "", photos: [{ guid: guidNumber(2), url: "https://x/", text: "Cat" }] },
    "Cat",
  ],
  [
    "nothing but a picture without a name",
    { markdown: "", photos: [{ guid: guidNumber(2), url: "https://x/" }] },
    "2026-01-02",
  ],
  ["nothing that is shown", { markdown: "[]()" }, /./],
] as const) {
  test(`a post of ${what} has a title`, () => {
    const found = childText(entryOf(note), "title") ?? "";
    if (typeof title === "string") assert.equal(found, title);
    else assert.match(found, title);
  });
}

test("pitfall 53: characters that would close the stream are replaced", () => {
  const entry = entryOf({ markdown: "a\u0000b\u001b\ud800c\uffff", tags: ["x\u0001"] });
  assert.equal(plainText(entry), "a\ufffdb\ufffd\ufffdc\ufffd");
});

test("pitfall 58: what is too big loses its XHTML first and keeps all its words", () => {
  const markdown = "**bold** ".repeat(5_000);
  const entry = entryOf({ markdown, url: URL_OF_POST });
  assert.equal(hasXhtml(entry), false);
  assert.equal(plainText(entry), markdown);
  assert.equal(hasXhtml(entryOf({ markdown }, 300_000)), true);
});

for (const [what, unit] of [
  ["emoji", "😀"],
  ["families", "👩‍👩‍👧‍👦"],
  ["ampersands", "&"],
  ["angle brackets", "<"],
  ["letters", "ä"],
] as const) {
  test(`pitfall 82: a post of 65,535 ${what} is cut between characters and ends with the link to the whole`, () => {
    const markdown = [...unit.repeat(65_535)].slice(0, 65_535).join("");
    const entry = entryOf({ markdown, url: URL_OF_POST });
    const text = plainText(entry);
    assert.ok(text.endsWith(`…\n\n${URL_OF_POST}`), text.slice(-60));
    const kept = text.slice(0, -`…\n\n${URL_OF_POST}`.length);
    assert.ok(kept.length > 1_000);
    assert.equal(kept, unit.repeat(kept.length / unit.length));
    entryOf({ markdown, url: URL_OF_POST }, 128 * 1024);
  });
}

const photo = (index: number, text: string): Note["photos"][number] => ({
  guid: guidNumber(index),
  url: `https://pod.example/${String(index)}.jpg`,
  text,
});
for (const [what, note] of [
  [
    "tags",
    { markdown: "#a", tags: Array.from({ length: 13_000 }, (_, index) => `tag${String(index)}`) },
  ],
  [
    "pictures",
    { markdown: "p", photos: Array.from({ length: 2_000 }, (_, index) => photo(index, "x")) },
  ],
  ["words about a picture", { markdown: "", photos: [photo(1, "x".repeat(65_535))] }],
  [
    "picture address",
    { markdown: "p", photos: [{ ...photo(1, "x"), url: `https://x/${"y".repeat(65_000)}` }] },
  ],
] as const) {
  test(`a post with too much ${what} fits nevertheless`, () => {
    const entry = entryOf({ ...note, url: URL_OF_POST });
    assert.notEqual(childText(entry, "title") ?? "", "");
  });
}

test("what stands beside the words goes before they do", () => {
  const answers = Array.from({ length: 1_000 }, (_, index) => ({
    guid: guidNumber(index),
    text: "x".repeat(255),
  }));
  const question = { guid: guidNumber(1), question: "Which?", answers };
  const entry = entryOf({ markdown: "Choose", question, url: URL_OF_POST });
  assert.equal(childrenNamed(entry, "x").length, 0);
  assert.match(plainText(entry), /^Choose\n\n\*\*Which\?\*\*\n\n1\. x/);
  assert.ok(plainText(entry).endsWith(URL_OF_POST));
});
