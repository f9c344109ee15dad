import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  markdownToText,
  markdownToXhtml,
  sameWords,
  xhtmlToMarkdown,
} from "../../../src/activitystreams/markdown.ts";
import { plainMentions } from "../../../src/activitystreams/mentions.ts";
import { el } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { assertClean } from "./sanitised.ts";

function html(markdown: string): string {
  const root = markdownToXhtml(markdown);
  assertClean(root);
  return serialise(root)
    .replace(/^<div xmlns="[^"]*"(?:\/>|>)/, "")
    .replace(/<\/div>$/, "")
    .trim();
}

const LINK = 'rel="noopener nofollow"';

for (const [markdown, expected] of [
  ["", ""],
  ["plain", "<p>plain</p>"],
  [
    "**bold** and _em_ and `code`",
    "<p><strong>bold</strong> and <em>em</em> and <code>code</code></p>",
  ],
  ["one\ntwo", "<p>one<br/>\ntwo</p>"],
  ["# Title", "<h1>Title</h1>"],
  ["#tag", "<p>#tag</p>"],
  ["~~gone~~", "<p><s>gone</s></p>"],
  ["> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"],
  ["* a\n* b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"],
  ["[l](https://example.org/)", `<p><a href="https://example.org/" ${LINK}>l</a></p>`],
  [
    "https://example.org/a_b_c",
    `<p><a href="https://example.org/a_b_c" ${LINK}>https://example.org/a_b_c</a></p>`,
  ],
  ["[l][1]\n\n[1]: https://example.org/", `<p><a href="https://example.org/" ${LINK}>l</a></p>`],
  ["[l](javascript:alert(1))", "<p>[l](javascript:alert(1))</p>"],
  ["![A](https://example.org/a.png)", '<p><img src="https://example.org/a.png" alt="A"/></p>'],
  ["<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"],
  ['<img src="x" onerror="y">', '<p>&lt;img src="x" onerror="y"&gt;</p>'],
  ["a & b &amp; c &lt;", "<p>a &amp; b &amp; c &lt;</p>"],
  ["Hi @{Alice; alice@pod.example}!", "<p>Hi @Alice!</p>"],
  ["bell\u0007 and \ud800", "<p>bell\ufffd and \ufffd</p>"],
] as const) {
  test(`${JSON.stringify(markdown)} is shown as ${JSON.stringify(expected)}`, () => {
    assert.equal(html(markdown), expected);
  });
}

for (const [markdown, plain] of [
  ["@{Alice; alice@pod.example}", "@Alice"],
  ["@{alice@pod.example}", "@alice@pod.example"],
  ["@{A B; a@b} @{C; c@d}", "@A B @C"],
  ["@{", "@{"],
  ["@{}", "@{}"],
  ["@{Alice; }", "@{Alice; }"],
  ["mail@{x", "mail@{x"],
] as const) {
  test(`${JSON.stringify(markdown)} is read as ${JSON.stringify(plain)}`, () => {
    assert.equal(plainMentions(markdown), plain);
  });
}

for (const [xhtml, markdown] of [
  ["<p>plain</p>", "plain"],
  ["<p>a</p><p>b</p>", "a\n\nb"],
  ["<p>a <b>b</b> <i>c</i> <s>d</s> <code>e</code></p>", "a **b** _c_ ~~d~~ `e`"],
  ["<h2>T</h2><p>a</p>", "## T\n\na"],
  ["<ul><li>a</li><li>b</li></ul>", "*   a\n*   b"],
  ["<p/>text<b/> more", "text more"],
  ['<p><a href="https://example.org/x">l</a></p>', "[l](https://example.org/x)"],
  [
    '<p><a href="https://example.org/a_b">https://example.org/a_b</a></p>',
    "https://example.org/a_b",
  ],
  ['<p><img src="https://example.org/a.png" alt="A"/></p>', "![A](https://example.org/a.png)"],
  ["<p>#foo_bar is a tag</p>", "#foo_bar is a tag"],
  ["<p>*not bold* _nor this_</p>", "\\*not bold\\* \\_nor this\\_"],
  ["<p># no heading</p>", "\\# no heading"],
  ["<p>&lt;b&gt;</p>", "\\<b>"],
  ["<p>a<script>b</script><style>c</style></p>", "a"],
  ['<p><a href="javascript:x">l</a></p>', "l"],
  ["", ""],
] as const) {
  test(`${JSON.stringify(xhtml)} is ${JSON.stringify(markdown)} in Markdown`, () => {
    const root = readXml(`<div xmlns="http://www.w3.org/1999/xhtml">${xhtml}</div>`);
    assert.equal(xhtmlToMarkdown(root), markdown);
  });
}

const marks = fc.string({
  unit: fc.constantFrom(
    ..."ab \n*_`#[]()!<>&;:/.-+~|\\1@{}=\"'\t".split(""),
    "https://",
    "&amp;",
    "```",
    "😀",
    "\u0000",
    "\ud800",
  ),
  maxLength: 60,
});

test("any Markdown is shown, and nothing in it gets past the allow-list", () => {
  fc.assert(
    fc.property(fc.oneof(marks, fc.string({ unit: "binary" })), (markdown) => {
      assertClean(markdownToXhtml(markdown));
      assert.equal(
        xhtmlToMarkdown(markdownToXhtml(markdown)).trim(),
        xhtmlToMarkdown(markdownToXhtml(markdown)),
      );
    }),
    { numRuns: 500 },
  );
});

const words = fc.string({
  unit: fc.constantFrom(
    ..."ab *_`#[]()!<>&;.-+~|\\1{}=\"'".split(""),
    "1. ",
    "1) ",
    "&amp;",
    "~~",
    "é",
  ),
  maxLength: 30,
});

for (const text of ["#_a_", "\\~~\\~~", "_a_ #b_c", "see a_b@c.example, or _a_@b"]) {
  test(`the words ${JSON.stringify(text)} survive the way to Markdown and back`, () => {
    const markdown = xhtmlToMarkdown(el("div", {}, el("p", {}, text)));
    assert.ok(sameWords(markdownToText(markdown), text), markdown);
  });
}

test("words of an XHTML text are the same words to a reader of the Markdown", () => {
  fc.assert(
    fc.property(words, (text) => {
      const markdown = xhtmlToMarkdown(el("div", {}, el("p", {}, text)));
      assert.ok(
        sameWords(markdownToText(markdown), text),
        `${text} → ${markdown} → ${markdownToText(markdown)}`,
      );
    }),
    { numRuns: 1000 },
  );
});
