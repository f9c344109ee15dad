import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { markdownToText } from "../../../src/activitystreams/markdown.ts";
import { chatToMarkdown, markdownToChat } from "../../../src/activitystreams/readable.ts";

const shown: readonly [what: string, markdown: string, chat: string][] = [
  ["emphasis", "**b** _i_ ~~s~~ `a*b`", "*b* _i_ ~s~ `a*b`"],
  ["emphasis in emphasis", "**b _i_**", "*b _i_*"],
  ["a link", "[this](https://x.example/)", "this (https://x.example/)"],
  ["a link that shows itself", "https://x.example/a_b", "https://x.example/a_b"],
  ["a link in brackets", "<https://x.example/ä>", "https://x.example/ä"],
  ["an address", "<mailto:a@x.example> a@x.example", "mailto:a@x.example a@x.example"],
  [
    "a link around a picture",
    "[![](https://x.example/a)](https://x.example/)",
    "https://x.example/a\n(https://x.example/)",
  ],
  ["a picture", "a ![alt](https://x.example/a.png) b", "a\nalt\nhttps://x.example/a.png\nb"],
  ["lines and paragraphs", "a\nb\n\nc", "a\nb\n\nc"],
  ["a heading", "# Head\nwords", "Head\n\nwords"],
  ["lists", "* a\n* b\n  * c\n\n1. d\n2. e", "• a\n• b\n  • c\n\n1. d\n2. e"],
  ["a quotation", "> a\n> b\n\nc", "> a\n> b\n\nc"],
  ["a quotation in one", "> > a", "> > a"],
  ["a block of code", "```\n  *a*\n\n\nb\n```", "```\n  *a*\n\nb\n```"],
  ["a table", "| a | b |\n|---|---|\n| c | d |", "a | b\nc | d"],
  ["a rule", "a\n\n---\n\nb", "a\n\n⁂\n\nb"],
  ["mentions and tags", "@{Bob_b; bob@pod.example} #a_b", "@Bob_b #a_b"],
  ["HTML", "<b>a</b> &amp; &", "<b>a</b> & &"],
  ["nothing", " \n ", ""],
];

for (const [what, markdown, chat] of shown) {
  test(`${what} can be read in a chat`, () => {
    assert.equal(markdownToChat(markdown), chat);
  });
}

const typed: readonly [what: string, chat: string, markdown: string][] = [
  ["bold", "*b*", "**b**"],
  ["italic", "_i_", "_i_"],
  ["struck", "~s~", "~~s~~"],
  ["code", "`a*b*`", "`a*b*`"],
  ["Markdown's bold", "**b** ~~s~~ ***x***", "**b** ~~s~~ \\*\\*\\*x\\*\\*\\*"],
  ["bold italic", "*_b_*", "**_b_**"],
  ["bold in brackets", "(*b*)", "(**b**)"],
  ["a product", "2*3*4 and 5 * 6 * 7", "2\\*3\\*4 and 5 \\* 6 \\* 7"],
  ["names with lines below", "my_file_name __init__", "my\\_file\\_name \\_\\_init\\_\\_"],
  ["a heading", "# not one", "\\# not one"],
  ["a list", "- a\n+ b\n* c\n1. d\n2) e", "\\- a\n\\+ b\n\\* c\n1\\. d\n2\\) e"],
  ["a rule and underlined words", "a\n---\nb\n===", "a\n\\---\nb\n\\==="],
  ["a table", "a | b\n:-- | --\nc | d", "a | b\n\\:-- | --\nc | d"],
  ["code by indentation", "x\n    a", "x\n\u00a0\u00a0\u00a0\u00a0a"],
  ["a line break", "a  \nb", "a\nb"],
  ["HTML", "<b>a</b> &amp;", "\\<b>a\\</b> \\&amp;"],
  ["a link", "[a](https://x.example/)", "\\[a\\](https://x.example/)"],
  ["a picture", "![a](https://x.example/a.png)", "!\\[a\\](https://x.example/a.png)"],
  ["an address", "https://x.example/a_b_c?d=*e*", "https://x.example/a_b_c?d=\\*e\\*"],
  ["a tag", "#a_b #c", "#a_b #c"],
  [
    "mentions",
    "@{Bob_b; bob@pod.example} @a_b@pod.example",
    "@{Bob_b; bob@pod.example} @a_b@pod.example",
  ],
  ["a quotation and an answer", "> said *b*\nanswer", "> said **b**\n\nanswer"],
  ["a block of code", "```\n*a*\n```\n*b*", "```\n*a*\n```\n**b**"],
  ["a block that is never closed", "```\n*a*", "```\n*a*\n```"],
  ["lines of Windows", "a\r\nb\rc", "a\nb\nc"],
  ["nothing", " \n", ""],
];

for (const [what, chat, markdown] of typed) {
  test(`pitfall 77: ${what} typed in a chat is Markdown that shows it`, () => {
    assert.equal(chatToMarkdown(chat), markdown);
  });
}

const words = fc.string({ unit: "grapheme-ascii", maxLength: 200 });

test("pitfall 77: whatever is typed in a chat, every letter and digit of it is shown", () => {
  const visible = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, "");
  fc.assert(
    fc.property(words, (chat) => {
      assert.equal(visible(markdownToText(chatToMarkdown(chat))), visible(chat));
    }),
    { numRuns: 500 },
  );
});

test("what is shown in a chat and sent back says the same", () => {
  const piece = fc.constantFrom(
    ...["word", "*bold*", "_it_", "`co*de`", "https://x.example/a_b", "#tag", "2*3", "a_b"],
    ...["@bob@pod.example", "<b>", "&amp;", "\\", "(", "[x]", "-", "> q", "1."],
  );
  const lines = fc.array(fc.array(piece, { minLength: 1, maxLength: 6 }), { maxLength: 5 });
  fc.assert(
    fc.property(lines, (all) => {
      const chat = all.map((line) => line.join(" ")).join("\n\n");
      const once = markdownToChat(chatToMarkdown(chat));
      assert.equal(markdownToChat(chatToMarkdown(once)), once);
    }),
    { numRuns: 300 },
  );
});

test("64 kB that were made to be slow are typed quickly", () => {
  for (const unit of [
    "*a ",
    "_a_b ",
    "`a ",
    "> ",
    "*_~",
    "(*",
    "#a ",
    "\n",
    "[",
    "@{",
    "a ",
    " *",
  ]) {
    const text = unit.repeat(65_535 / unit.length);
    const before = process.cpuUsage();
    chatToMarkdown(text);
    const { user } = process.cpuUsage(before);
    assert.ok(user < 3_000_000, `${unit}: ${String(user)} µs`);
  }
});
