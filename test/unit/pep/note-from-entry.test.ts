import assert from "node:assert/strict";
import { test } from "node:test";
import type { Note } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { codePoints } from "../../../src/activitystreams/words.ts";
import { readEntry } from "../../../src/pep/entry.ts";
import { noteFromEntry } from "../../../src/pep/note-from-entry.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { guidNumber } from "../../support/fixtures.ts";

const GUID = guidNumber(1);
const ATOM = "http://www.w3.org/2005/Atom";
const XHTML = "http://www.w3.org/1999/xhtml";

/** By the address, so that a test sees which one it was made of. */
const photoGuid = (source: string): Guid => guidNumber(source.length);

function noteOf(...children: readonly XmlElement[]): Note | null {
  const entry = readEntry(el("entry", { xmlns: ATOM }, children));
  assert.ok(entry !== null);
  return noteFromEntry(entry, GUID, photoGuid);
}

const enclosure = (href: string, type = "image/png"): XmlElement =>
  el("link", { rel: "enclosure", type, href });

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
  assert.equal(note.photos.length, 50);
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

test("a post of nothing but a picture is a post", () => {
  const note = noteOf(enclosure("https://example.org/a.png"));
  assert.equal(note?.markdown, "");
  assert.deepEqual(
    note.photos.map(({ url }) => url),
    ["https://example.org/a.png"],
  );
});

test("a picture that is attached twice is one photo", () => {
  const note = noteOf(
    enclosure("https://example.org/a.png"),
    enclosure("https://example.org/a.png"),
  );
  assert.equal(note?.photos.length, 1);
  assert.equal(note.markdown, "");
});

for (const [what, href, type] of [
  ["http", "http://example.org/a.png", "image/png"],
  ["SVG", "https://example.org/a.svg", "image/svg+xml"],
  ["HEIC", "https://example.org/a.heic", "image/heic"],
] as const) {
  test(`a picture by ${what}, which is not served from here, stays in the words`, () => {
    const note = noteOf(el("content", {}, "Look"), enclosure(href, type));
    assert.deepEqual(note?.photos, []);
    assert.equal(note.markdown, `Look\n\n![](${href})`);
  });
}

test("a picture amid the words stays there and is no photo besides", () => {
  const words = "It was ![a](https://example.org/a.png) like this";
  const note = noteOf(el("content", {}, words), enclosure("https://example.org/a.png"));
  assert.deepEqual(note?.photos, []);
  assert.equal(note.markdown, words);
});

test("a picture in a line of its own leaves the words around it as they were", () => {
  const words = "Before\n\n![a](https://example.org/a.png)\n\n    code\n\nafter";
  const note = noteOf(el("content", {}, words), enclosure("https://example.org/a.png"));
  assert.equal(note?.photos.length, 1);
  assert.equal(note.markdown, "Before\n\n    code\n\nafter");
});

const PICTURE = "https://example.org/a.png";

for (const [what, words] of [
  ["a block of code", "See:\n\n```\n![a](https://example.org/a.png)\n```\n\nend"],
  ["a block between tildes", "~~~~ md\n~~~\n![a](https://example.org/a.png)\n~~~~~\nend"],
  ["code that is never closed", "```\n![a](https://example.org/a.png)"],
  ["indented code", "See:\n\n    ![a](https://example.org/a.png)\n\nend"],
  ["a quotation", "> ![a](https://example.org/a.png)\n> said Bob"],
  ["a link around it", "[![a](https://example.org/a.png)](https://example.org/)"],
  ["a reference", "![a][1]\n\n[1]: https://example.org/a.png"],
  ["two places", "![a](https://example.org/a.png)\n\nand\n\n![a](https://example.org/a.png)"],
  ["a line with another", "![b](https://example.org/b.png)![a](https://example.org/a.png)"],
] as const) {
  test(`the words stay as they are when they show the picture in ${what}`, () => {
    const note = noteOf(el("content", {}, words), enclosure(PICTURE));
    assert.equal(note?.markdown, words);
    assert.deepEqual(note.photos, []);
  });
}

for (const [what, line] of [
  ["spaces behind it", "![A rose](https://example.org/a.png)  "],
  ["a title", '![A rose](https://example.org/a.png "Mine")'],
  ["a title with quotes", '![A rose](https://example.org/a.png "My \\"own\\"")'],
  ["marks in what it says", "![A *rose*](https://example.org/a.png)"],
] as const) {
  test(`a picture's line with ${what} becomes a photo, and keeps what it says`, () => {
    const note = noteOf(el("content", {}, `one  \n${line}\ntwo`), enclosure(PICTURE));
    assert.equal(note?.markdown, "one\n\ntwo");
    assert.deepEqual(
      note.photos.map(({ url, text }) => [url, text]),
      [[PICTURE, "A rose"]],
    );
  });
}

for (const href of ["https://example.org/a_(1).png", "https://example.org/a b.png"]) {
  test(`${href} in XHTML is shown once`, () => {
    const note = noteOf(
      xhtml(el("p", {}, "Look"), el("p", {}, el("img", { src: href, alt: "A rose" }))),
      enclosure(href),
    );
    assert.equal(note?.markdown, "Look");
    assert.deepEqual(
      note.photos.map(({ url }) => url),
      [href],
    );
  });
}

test("no picture is lost for another whose address begins like its own", () => {
  const [one, ten] = ["https://example.org/1", "https://example.org/10"];
  for (const order of [
    [one, ten],
    [ten, one],
  ]) {
    const note = noteOf(
      el("content", {}, `![](${ten})`),
      ...order.map((href) => enclosure(href)),
      enclosure(`${one}.png?size=2`),
    );
    assert.deepEqual(note?.photos.map(({ url }) => url).sort(), [one, `${one}.png?size=2`, ten]);
    assert.equal(note.markdown, "");
  }
  const named = noteOf(el("content", {}, `It is ${one}.png, really`), enclosure(one));
  assert.equal(named?.photos.length, 1);
});

test("what the words name at the end of a sentence needs no second showing", () => {
  const words = `It is at ${PICTURE}.`;
  const note = noteOf(el("content", {}, words), enclosure(PICTURE));
  assert.equal(note?.markdown, words);
  assert.deepEqual(note.photos, []);
});

test("a file that is attached as a picture and as something else is a photo alone", () => {
  const both = [enclosure(PICTURE, "application/octet-stream"), enclosure(PICTURE)];
  for (const links of [both, both.toReversed()]) {
    const note = noteOf(el("content", {}, "Look"), ...links);
    assert.equal(note?.markdown, "Look");
    assert.equal(note.photos.length, 1);
  }
});

test("many pictures in a text of a megabyte are looked for without a wait", () => {
  const href = (index: number): string => `https://example.org/${"a".repeat(index)}`;
  const links = Array.from({ length: 50 }, (_, index) => enclosure(href(index)));
  const words = Array.from({ length: 10_000 }, () => `![](${href(60)} "${"\\".repeat(40)}`);
  const began = Date.now();
  assert.ok(noteOf(el("content", {}, words.join("\n")), ...links) !== null);
  assert.ok(Date.now() - began < 10_000);
});

test("a long name of software is cut", () => {
  const note = noteOf(el("title", {}, "T"), el("generator", {}, "x".repeat(1_000)));
  assert.equal(note?.generator?.length, 255);
});
