import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { safeUrl, sanitiseXhtml } from "../../../src/activitystreams/xhtml.ts";
import { el, textOf, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { assertClean } from "./sanitised.ts";

function inner(xhtml: string): string {
  const root = readXml(`<div xmlns="http://www.w3.org/1999/xhtml">${xhtml}</div>`, { depth: 200 });
  const clean = sanitiseXhtml(root);
  assertClean(clean);
  return serialise(clean)
    .replace(/^<div xmlns="[^"]*"(?:\/>|>)/, "")
    .replace(/<\/div>$/, "");
}

for (const [what, given, expected] of [
  ["plain marks", "<p>a <b>b</b> <em>c</em><br/></p>", "<p>a <b>b</b> <em>c</em><br/></p>"],
  ["a script", "a<script>alert(1)</script>b", "ab"],
  ["a style sheet", "<style>p{}</style>b", "b"],
  ["a style", '<p style="position:fixed">a</p>', "<p>a</p>"],
  ["a handler", '<p onclick="x()" ONMOUSEOVER="y()">a</p>', "<p>a</p>"],
  ["classes, ids and data", '<p class="c" id="i" data-x="1" lang="de">a</p>', "<p>a</p>"],
  ["a frame", '<iframe src="https://evil.example/">a</iframe>b', "b"],
  [
    "a picture that is code",
    '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><a>b</a></svg>',
    "",
  ],
  [
    "a form",
    '<form action="https://evil.example/"><input name="a"/><button>b</button></form>',
    "b",
  ],
  ["an unknown element", "<blink>a <b>b</b></blink>", "a <b>b</b>"],
  ["upper case", "<SCRIPT>x</SCRIPT><P>a</P>", "<p>a</p>"],
  ["another namespace", '<x:p xmlns:x="urn:x"><x:script>c</x:script>a</x:p>', "<p>a</p>"],
  [
    "a link",
    '<a href="https://example.org/?a=1&amp;b=2" title="t" target="_top">l</a>',
    '<a href="https://example.org/?a=1&amp;b=2" title="t" rel="noopener nofollow">l</a>',
  ],
  ["a link that is code", '<a href="javascript:alert(1)">l</a>', "l"],
  ["a link that is code, in disguise", '<a href=" JaVaScRiPt&#58;alert(1)">l</a>', "l"],
  ["a link with a tab in its scheme", '<a href="java&#9;script:alert(1)">l</a>', "l"],
  ["a link that is data", '<a href="data:text/html,x">l</a>', "l"],
  ["a link that is relative", '<a href="/etc">l</a><a href="//evil.example">m</a>', "lm"],
  ["a link without an address", "<a>l</a>", "l"],
  [
    "a link to an XMPP address",
    '<a href="xmpp:bob@example.org?message">l</a>',
    '<a href="xmpp:bob@example.org?message" rel="noopener nofollow">l</a>',
  ],
  [
    "a picture",
    '<img src="https://example.org/a.png" alt="A" width="3" height="100%" srcset="x"/>',
    '<img src="https://example.org/a.png" alt="A" width="3"/>',
  ],
  ["a picture that is code", '<img src="javascript:x" alt="A" onerror="x()"/>', "A"],
  ["a picture that is data, without words", '<img src="data:image/svg+xml,x"/>', ""],
] as const) {
  test(`of ${what} what may pass passes`, () => {
    assert.equal(inner(given), expected);
  });
}

test("what is nested deeper than anybody writes is dropped", () => {
  const deep = inner(`${"<b>".repeat(150)}x${"</b>".repeat(150)}<p>after</p>`);
  assert.ok(deep.endsWith("<p>after</p>"));
  assert.equal(deep.includes("x"), false);
});

test("a tree of thousands of levels does not end the process", () => {
  let tree = el("b", {}, "x");
  for (let level = 0; level < 5_000; level += 1) tree = { ...tree, children: [tree] };
  assertClean(sanitiseXhtml(el("div", {}, tree, el("p", {}, "after"))));
});

for (const [url, safe] of [
  ["https://example.org/", true],
  ["HTTP://example.org/", true],
  [" https://example.org/ ", true],
  ["mailto:a@b", true],
  [`https://example.org/${"a".repeat(3000)}`, false],
  ["vbscript:x", false],
  ["feed:javascript:x", false],
  ["jav\u0000ascript:x", false],
  ["https", false],
  ["", false],
] as const) {
  test(`${JSON.stringify(url.slice(0, 40))} may ${safe ? "" : "not "}be a link`, () => {
    assert.equal(safeUrl(url), safe ? url.trim() : null);
  });
}

const NAMES =
  "a b p div img script style svg iframe table td li h1 pre code form input object u x:y SCRIPT IMG".split(
    " ",
  );
const attributes = fc.dictionary(
  fc.constantFrom(
    "href",
    "src",
    "style",
    "onclick",
    "alt",
    "title",
    "width",
    "class",
    "xmlns:x",
    "srcdoc",
  ),
  fc.oneof(
    fc.constantFrom(
      "javascript:x",
      "https://example.org/",
      "data:x",
      " javascript:x",
      "12",
      "xmpp:a@b",
      "vbscript:",
    ),
    fc.string(),
  ),
  { maxKeys: 4 },
);
const { tree } = fc.letrec<{ tree: XmlElement; node: XmlElement | string }>((tie) => ({
  node: fc.oneof({ depthSize: "small" }, fc.string({ unit: "grapheme" }), tie("tree")),
  tree: fc
    .tuple(fc.constantFrom(...NAMES), attributes, fc.array(tie("node"), { maxLength: 4 }))
    .map(([name, attrs, children]) => el(name, attrs, children)),
}));

test("of any tree only what is allowed passes, and what has passed passes again unchanged", () => {
  fc.assert(
    fc.property(tree, (root) => {
      const clean = sanitiseXhtml(root);
      assertClean(clean);
      assert.equal(serialise(sanitiseXhtml(clean)), serialise(clean));
    }),
    { numRuns: 300 },
  );
});

test("words outside of code and hidden parts are kept", () => {
  const clean = sanitiseXhtml(readXml("<div>one <x>two <y>three</y></x> <p>four</p></div>"));
  assert.equal(textOf(clean), "one two three four");
});
