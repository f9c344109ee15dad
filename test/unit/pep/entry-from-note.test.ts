import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import type { Note } from "../../../src/activitystreams/activity.ts";
import { entryFromNote } from "../../../src/pep/entry-from-note.ts";
import { readEntry } from "../../../src/pep/entry.ts";
import {
  child,
  childrenNamed,
  childText,
  textOf,
  type XmlElement,
} from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber, remotePost } from "../../support/fixtures.ts";

const SERVICE = "alice\\40pod.example@dx.example.org";
const FOLDER = new URL("../../fixtures/notes/", import.meta.url);
const URL_OF_POST = "https://pod.example/posts/1";
const LIMIT = 60_000;

interface Fixture {
  readonly published: string;
  readonly name: string;
  readonly note: Omit<Note, "edited"> & { readonly edited?: string };
}

for (const file of readdirSync(FOLDER).filter((each) => each.endsWith(".json"))) {
  test(`the note ${file} is the entry beside it`, () => {
    // Our own file, of the shape that is named above.
    const fixture = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Fixture;
    const { edited, ...note } = fixture.note;
    const whole: Note = edited === undefined ? note : { ...note, edited: new Date(edited) };
    const activity = remotePost(whole, { published: new Date(fixture.published) });
    const entry = entryFromNote(activity, { service: SERVICE, authorName: fixture.name }, LIMIT);
    const expected = readFileSync(new URL(file.replace(".json", ".xml"), FOLDER), "utf8").trim();
    assert.equal(serialise(entry), expected);
  });
}

/** As a reader gets it, from the wire. */
function entryOf(note: Partial<Note>, limit = LIMIT): XmlElement {
  const entry = entryFromNote(remotePost(note), { service: SERVICE, authorName: "Alice" }, limit);
  const wire = serialise(entry);
  assert.ok(Buffer.byteLength(wire) <= limit, `${String(Buffer.byteLength(wire))} bytes`);
  return readXml(wire, { nodes: 100_000 });
}

const hasXhtml = (entry: XmlElement): boolean =>
  childrenNamed(entry, "content").some((content) => content.attrs["type"] === "xhtml");

const plainText = (entry: XmlElement): string =>
  textOf(childrenNamed(entry, "content").find((content) => content.attrs["type"] === "text"));

const words = fc.string({ unit: "grapheme", maxLength: 300 });

test("Movim accepts every entry: a title, an update, an author that is the publisher, an id", () => {
  fc.assert(
    fc.property(words, (markdown) => {
      const entry = entryOf({ markdown });
      assert.notEqual(childText(entry, "title"), undefined);
      assert.match(childText(entry, "updated") ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.equal(childText(child(entry, "author"), "uri"), `xmpp:${SERVICE}`);
      assert.notEqual(childText(entry, "id") ?? "", "");
      assert.ok(readEntry(entry) !== null);
    }),
    { numRuns: 200 },
  );
});

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

test("links to a post are encoded as Movim's reader needs them", () => {
  const links = childrenNamed(entryOf({ guid: guidNumber(1) }), "link");
  const hrefs = links.map((link) => link.attrs["href"]);
  const item = `;item=${guidNumber(1)}`;
  assert.deepEqual(hrefs, [
    `xmpp:alice%5C40pod.example@dx.example.org?;node=urn%3Axmpp%3Amicroblog%3A0${item}`,
  ]);
});

test("characters that would close the stream are replaced", () => {
  const entry = entryOf({ markdown: "a\u0000b\u001b\ud800c\uffff", tags: ["x\u0001"] });
  assert.equal(plainText(entry), "a\ufffdb\ufffd\ufffdc\ufffd");
});

test("what is too big loses its XHTML first and keeps all its words", () => {
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
  test(`a post of 65,535 ${what} is cut between characters and ends with the link to the whole`, () => {
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
