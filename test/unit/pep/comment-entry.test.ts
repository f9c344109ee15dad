import assert from "node:assert/strict";
import { test } from "node:test";
import { commentFromEntry, isLikeEntry, voteInEntry } from "../../../src/pep/comment-entry.ts";
import { readEntry, type Entry } from "../../../src/pep/entry.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { guidNumber } from "../../support/fixtures.ts";

const ATOM = "http://www.w3.org/2005/Atom";
const XHTML = "http://www.w3.org/1999/xhtml";

function entryOf(...children: readonly XmlElement[]): Entry {
  const entry = readEntry(el("entry", { xmlns: ATOM }, children));
  assert.ok(entry !== null);
  return entry;
}

const title = (text: string): XmlElement => el("title", {}, text);
const text = (words: string): XmlElement => el("content", { type: "text" }, words);
const xhtml = (...children: readonly (XmlElement | string)[]): XmlElement =>
  el("content", { type: "xhtml" }, el("div", { xmlns: XHTML }, children));
const verb = (name: string): XmlElement =>
  el("verb", { xmlns: "http://activitystrea.ms/spec/1.0/" }, name);

for (const [what, entry, isLike] of [
  ["Movim's heart", [title("♥")], true],
  ["a red heart with its selector", [title(" ❤️ ")], true],
  ["a thumb of any colour", [title("👍🏿")], true],
  ["a heart in the content only", [text("♥")], true],
  ["a heart in both forms", [title("♥"), xhtml(el("p", {}, "♥"))], true],
  [
    "the verb in full",
    [title("Bob likes this"), verb("http://activitystrea.ms/schema/1.0/like")],
    true,
  ],
  ["two hearts", [title("♥♥")], false],
  ["a heart and words", [title("♥ this")], false],
  ["a heart over words", [title("♥"), text("Really")], false],
  ["a broken heart", [title("💔")], false],
  ["a thumb down", [title("👎")], false],
  ["nothing", [], false],
] as const) {
  test(`${what} is ${isLike ? "a" : "no"} like`, () => {
    assert.equal(isLikeEntry(entryOf(...entry)), isLike);
  });
}

for (const [what, entry, markdown] of [
  ["a title of two lines", [title("One,\n two")], "One,\n two"],
  ["a title that is the content", [title("Words"), text("Words")], "Words"],
  ["a title over a content", [title("Head"), text("Words")], "### Head\n\nWords"],
  ["XHTML", [title("Words"), xhtml(el("p", {}, el("b", {}, "Words")))], "**Words**"],
  [
    "a picture",
    [
      title("Look"),
      el("link", { rel: "enclosure", type: "image/png", href: "https://example.org/a.png" }),
    ],
    "Look\n\n![](https://example.org/a.png)",
  ],
] as const) {
  test(`a comment of ${what} says it`, () => {
    const comment = commentFromEntry(entryOf(...entry), guidNumber(1), guidNumber(2));
    assert.deepEqual(comment, {
      type: "comment",
      guid: guidNumber(1),
      inReplyTo: guidNumber(2),
      markdown,
    });
  });
}

test("a comment that says nothing is none", () => {
  assert.equal(commentFromEntry(entryOf(title(" ")), guidNumber(1), guidNumber(2)), null);
  const script = xhtml(el("script", {}, "x"));
  assert.equal(commentFromEntry(entryOf(script), guidNumber(1), guidNumber(2)), null);
});

test("pitfall 82: a comment is no longer than pods take", () => {
  const comment = commentFromEntry(
    entryOf(title("😀".repeat(70_000))),
    guidNumber(1),
    guidNumber(2),
  );
  assert.equal([...(comment?.markdown ?? "")].length, 65_535);
});

test("a vote is read from the title or the content, whichever says it", () => {
  assert.equal(voteInEntry(entryOf(title("!vote 3"))), 3);
  assert.equal(voteInEntry(entryOf(title("!vote 3"), xhtml(el("p", {}, "!vote 3")))), 3);
  assert.equal(voteInEntry(entryOf(title("Words"), text("!vote 3"))), 3);
  assert.equal(voteInEntry(entryOf(title("!vote 3"), text("Words"))), null);
});

test("pitfalls 26 and 27: what an entry calls itself is not its GUID, and an edit keeps the GUID", () => {
  const entry = (updated: string): Entry =>
    entryOf(el("id", {}, "first-post"), title("Words"), el("updated", {}, updated));
  for (const at of ["2026-04-05T06:07:08Z", "2026-04-06T06:07:08Z"]) {
    assert.equal(commentFromEntry(entry(at), guidNumber(1), guidNumber(2))?.guid, guidNumber(1));
  }
});
