/**
 * Texts that were made to take time or memory. The federation allows 65,535 code points. The
 * time is the processor's: a busy machine makes no test fail.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  markdownToText,
  markdownToXhtml,
  sameWords,
  xhtmlToMarkdown,
} from "../../../src/activitystreams/markdown.ts";
import { plainMentions } from "../../../src/activitystreams/mentions.ts";
import { el } from "../../../src/xml/element.ts";
import { assertClean } from "./sanitised.ts";

const LENGTH = 65_535;
const fill = (unit: string, length = LENGTH): string =>
  unit.repeat(Math.floor(length / unit.length));

const POSTS: Readonly<Record<string, string>> = {
  quotes: fill(">"),
  "spaced quotes": fill("> "),
  brackets: fill("["),
  "closed brackets": fill("[]"),
  "link beginnings": fill("[a]("),
  "image beginnings": fill("![a]("),
  stars: fill("*"),
  "stars and letters": fill("*a"),
  "stars and lines": fill("*a **a "),
  "under-scores": fill("_a__b"),
  backticks: fill("`"),
  "backticks of growing length": Array.from({ length: 350 }, (_, index) => "`".repeat(index)).join(
    " ",
  ),
  "lists in lists": Array.from({ length: 250 }, (_, index) => `${" ".repeat(index)}* a`).join("\n"),
  "list marks": fill("- "),
  "list lines": fill("-\n"),
  "line ends": fill("a\n"),
  "mention beginnings": fill("@{"),
  "mention beginnings with names": fill("@{a; "),
  entities: fill("&amp;"),
  quotation: fill('"'),
  "angle brackets": fill("<"),
  "comment beginnings": fill("<!--"),
  "processing instructions": fill("<?"),
  "at signs": fill("a@"),
  addresses: fill("a@b.co "),
  links: fill("a.co "),
  "link schemes": fill("http://"),
  "links without scheme": fill("//a.example/"),
  slashes: fill("/"),
  "a link of emoji": `http://x.example/${"😀".repeat(LENGTH - 20)}`,
  "one link many times": `[a]: /${"x".repeat(LENGTH / 2)}\n\n${fill("[a]", LENGTH / 2 - 10)}`,
  "one title many times": `[a]: /x "${"x".repeat(LENGTH / 2)}"\n\n${fill("[a]", LENGTH / 2 - 10)}`,
  "a short link very many times": `[a]: https://example.org/${"x".repeat(400)}\n\n${fill("[a]", LENGTH - 500)}`,
  "many links": Array.from({ length: 4000 }, (_, index) => `[${String(index)}]: /x`).join("\n"),
  "a table that fills itself up": `${fill("|a", 600)}\n${fill("|-", 600)}\n${fill("x\n", 60_000)}`,
  tildes: fill("~~a"),
  backslashes: fill("\\"),
  letters: fill("a"),
  "combining marks": `e${fill("\u0301")}`,
};

for (const [what, text] of Object.entries(POSTS)) {
  test(`a post of ${what} is shown in little time`, () => {
    const began = process.cpuUsage();
    const xhtml = markdownToXhtml(text);
    const took = process.cpuUsage(began).user / 1000;
    assertClean(xhtml);
    assert.ok(took < 1_000, `${took.toFixed(0)} ms`);
  });
}

test("what is too much to be shown with its marks is shown as plain words", () => {
  const text = POSTS["one link many times"] ?? "";
  assert.ok(markdownToText(text).length > 0);
  const table = `first\n\nsecond & <third>\n\n${POSTS["a table that fills itself up"] ?? ""}`;
  assert.match(markdownToText(table), /^first\s+second & <third>/);
});

for (const [what, text] of [
  ["letters", "a".repeat(250_000)],
  ["at signs", "a@".repeat(120_000)],
  ["hash signs", "#".repeat(250_000)],
  ["tags", "#a".repeat(120_000)],
  ["stars", "*".repeat(250_000)],
  ["links", "https://".repeat(30_000)],
  ["white space", `a${" ".repeat(250_000)}b`],
  ["line ends", `a${"\n".repeat(250_000)}b`],
  ["numbers", "1.".repeat(120_000)],
  ["equals signs", "=".repeat(250_000)],
  ["backticks", "`".repeat(250_000)],
  ["angle brackets", "<".repeat(250_000)],
  ["ampersands", "&".repeat(250_000)],
] as const) {
  test(`an entry of ${what} becomes Markdown in little time`, () => {
    for (const tree of [
      el("div", {}, el("p", {}, text)),
      el("div", {}, el("pre", {}, el("code", {}, text))),
    ]) {
      const began = process.cpuUsage();
      xhtmlToMarkdown(tree);
      const took = process.cpuUsage(began).user / 1000;
      assert.ok(took < 1_000, `${took.toFixed(0)} ms`);
    }
  });
}

test("many elements become Markdown in little time", () => {
  const began = process.cpuUsage();
  const children = Array.from({ length: 10_000 }, () => el("b", {}, "a"));
  xhtmlToMarkdown(el("div", {}, children));
  const gaps = ["br", "span"].map((name) =>
    Array.from({ length: 10_000 }, () => el(name, {}, name === "br" ? null : "    ")),
  );
  for (const gap of gaps) xhtmlToMarkdown(el("div", {}, el("pre", {}, "a", gap, "b")));
  xhtmlToMarkdown(
    el(
      "div",
      {},
      el(
        "ul",
        {},
        Array.from({ length: 5_000 }, () => el("li", {}, "a")),
      ),
    ),
  );
  const took = process.cpuUsage(began).user / 1000;
  assert.ok(took < 1_500, `${took.toFixed(0)} ms`);
});

test("a megabyte of mention beginnings, or of white space to compare, takes no time to speak of", () => {
  const began = process.cpuUsage();
  for (const unit of ["@{", "@{a; ", "@{a ", `@{${"a".repeat(254)}`])
    plainMentions(fill(unit, 1_000_000));
  sameWords(fill(" ", 1_000_000), fill("\n", 1_000_000));
  const took = process.cpuUsage(began).user / 1000;
  assert.ok(took < 500, `${took.toFixed(0)} ms`);
});
