import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Note } from "../../../src/activitystreams/activity.ts";
import { codePoints } from "../../../src/activitystreams/words.ts";
import { readEntry } from "../../../src/pep/entry.ts";
import { noteFromEntry } from "../../../src/pep/note-from-entry.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { guidNumber } from "../../support/fixtures.ts";

const FOLDER = new URL("../../fixtures/entries/", import.meta.url);
const GUID = guidNumber(1);
const ATOM = "http://www.w3.org/2005/Atom";
const XHTML = "http://www.w3.org/1999/xhtml";

const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".xml"))
  .map((file) => file.replace(".xml", ""));

for (const name of names) {
  test(`the entry ${name} is the note beside it`, () => {
    const xml = readFileSync(new URL(`${name}.xml`, FOLDER), "utf8").trim();
    const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"));
    const entry = readEntry(readXml(xml));
    assert.ok(entry !== null);
    const { type, guid, photos, generator, ...note } = noteFromEntry(entry, GUID) ?? {};
    assert.deepEqual([type, guid, photos], ["note", GUID, []]);
    const date = entry.published ?? entry.updated;
    const found = {
      ...note,
      ...(generator === "XMPP" ? {} : { generator }),
      published: date === null ? null : date.toISOString(),
    };
    assert.deepEqual(found, expected);
  });
}

function noteOf(...children: readonly XmlElement[]): Note | null {
  const entry = readEntry(el("entry", { xmlns: ATOM }, children));
  assert.ok(entry !== null);
  return noteFromEntry(entry, GUID);
}

const xhtml = (...children: readonly (XmlElement | string)[]): XmlElement =>
  el("content", { type: "xhtml" }, el("div", { xmlns: XHTML }, children));

test("an entry without words is no note", () => {
  assert.equal(noteOf(el("title", {}, " \n ")), null);
  assert.equal(noteOf(xhtml(el("script", {}, "x"))), null);
  assert.equal(noteOf(), null);
});

for (const [what, payload] of [
  ["nothing", undefined],
  ["another namespace", el("entry", { xmlns: "urn:x" })],
  ["no namespace", el("entry")],
  ["another element", el("feed", { xmlns: ATOM })],
] as const) {
  test(`${what} is no entry`, () => {
    assert.equal(readEntry(payload), null);
  });
}

test("what is nested a thousand deep neither ends the process nor gets through", () => {
  let deep: XmlElement = el("b", {}, "deep");
  for (let level = 0; level < 1_000; level += 1) deep = { ...deep, children: [deep] };
  const note = noteOf(xhtml(deep, el("p", {}, "shallow")));
  assert.equal(note?.markdown, "shallow");
});

for (const [what, text] of [
  ["words", "word ".repeat(20_000)],
  ["emoji", "😀".repeat(70_000)],
  ["one endless character", `e${"\u0301".repeat(70_000)}`],
  ["tags", "#a1 ".repeat(30_000)],
] as const) {
  test(`a text of too many ${what} is cut to what pods take`, () => {
    for (const content of [el("content", { type: "text" }, text), xhtml(el("p", {}, text))]) {
      const note = noteOf(content);
      assert.ok(note !== null);
      const length = codePoints(note.markdown);
      assert.ok(length <= 65_535 && length > 65_000, String(length));
      assert.ok(note.markdown.endsWith("…"));
      assert.ok(note.markdown.isWellFormed());
    }
  });
}

test("characters that XML does not know never reach the federation", () => {
  const note = noteOf(el("content", {}, "a\u0000b\u000bc\ufffed\ud800e"));
  assert.equal(note?.markdown, "a\ufffdb\ufffdc\ufffdd\ufffde");
});

test("an entry of many parts is read up to a limit", () => {
  const links = Array.from({ length: 5_000 }, (_, index) =>
    el("link", {
      rel: "enclosure",
      type: "image/png",
      href: `https://example.org/${String(index)}.png`,
    }),
  );
  const categories = Array.from({ length: 5_000 }, (_, index) =>
    el("category", { term: `tag${String(index)}` }),
  );
  const note = noteOf(el("title", {}, "T"), ...links, ...categories);
  assert.ok(note !== null);
  assert.equal(note.tags.length, 50);
  assert.equal(note.markdown.match(/!\[/g)?.length, 50);
});

test("a name of an enclosure cannot break out of its link", () => {
  const note = noteOf(
    el("title", {}, "T"),
    el("link", {
      rel: "enclosure",
      type: "application/pdf",
      href: "https://example.org/a",
      title: "a](https://evil.example/) [b\n\n# c",
    }),
  );
  assert.equal(
    note?.markdown,
    "T\n\n[a\\](https://evil.example/) \\[b # c](https://example.org/a)",
  );
});

test("a long name of software is cut", () => {
  const note = noteOf(el("title", {}, "T"), el("generator", {}, "x".repeat(1_000)));
  assert.equal(note?.generator?.length, 255);
});
