import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { htmlToText, htmlToXhtml } from "../../../src/activitystreams/html.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { assertClean } from "./sanitised.ts";

const inside = (html: string): string =>
  serialise(htmlToXhtml(html))
    .replace(/^<div xmlns="http:\/\/www\.w3\.org\/1999\/xhtml"(?:\/>|>)/, "")
    .replace(/<\/div>$/, "");

for (const [what, html, xhtml] of [
  ["words", "one &amp; two &lt; three", "one &amp; two &lt; three"],
  ["named characters", "caf&eacute;&nbsp;&hellip;", "café\u00a0…"],
  ["what is never closed", "<p>one<p><b>two", "<p>one</p><p><b>two</b></p>"],
  ["what is closed in another order", "<b><i>one</b></i>", "<b><i>one</i></b>"],
  ["capital letters", "<P>one<BR>two</P>", "<p>one<br/>two</p>"],
  [
    "a link and a picture",
    '<a href="https://x.example/?a=1&b=2">x</a><img src=https://x.example/a.png alt=a>',
    '<a href="https://x.example/?a=1&amp;b=2" rel="noopener nofollow">x</a><img src="https://x.example/a.png" alt="a"/>',
  ],
  [
    "a link to a JID",
    "<a href='xmpp:bob@example.org'>Bob</a>",
    '<a href="xmpp:bob@example.org" rel="noopener nofollow">Bob</a>',
  ],
] as const) {
  test(`HTML of ${what} is XHTML`, () => {
    assert.equal(inside(html), xhtml);
  });
}

for (const [what, html, words] of [
  ["a script", "a<script>b()</script>c", "ac"],
  ["a script in capital letters", "a<SCRIPT>b()</SCRIPT >c", "ac"],
  ["a style", "a<style>p{}</style>c", "ac"],
  ["a handler", "<p onclick='a()'>b</p>", "<p>b</p>"],
  ["a script as address", "<a href='java\nscript:a()'>b</a>", "b"],
  ["data as address", "<a href='data:text/html,a'>b</a>", "b"],
  ["an address without a scheme", "<a href='//evil.example/'>b</a>", "b"],
  ["a picture of nothing", "<img src=x onerror=a()>b", "b"],
  ["a drawing", "a<svg onload=b()><text>c</text></svg>d", "acd"],
  ["a frame", "a<iframe src='https://evil.example/'></iframe>b", "ab"],
  ["a form", "<form action='https://evil.example/'><input value=a>b</form>", "b"],
  ["a comment", "a<!-- <b>b</b> -->c", "ac"],
  ["an escaped script", "&lt;script&gt;a()&lt;/script&gt;", "&lt;script&gt;a()&lt;/script&gt;"],
] as const) {
  test(`pitfall 76: ${what} does not get through`, () => {
    assert.equal(inside(html), words);
  });
}

test("pitfall 76: whatever comes as HTML, only what is allowed gets through", () => {
  const pieces = fc.constantFrom(
    ...[
      "<b>",
      "</b>",
      "<p ",
      "<a href='",
      "javascript:",
      "'>",
      "<script>",
      "</script>",
      "<!--",
      "-->",
    ],
    ...[
      "<![CDATA[",
      "]]>",
      "<svg>",
      "<style>",
      "&#x6a;",
      "&lt;",
      "\0",
      "\ud800",
      "x",
      "<img src=",
      "<table>",
      "<br/>",
    ],
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (all) => {
      assertClean(htmlToXhtml(all.join("")));
    }),
    { numRuns: 500 },
  );
});

test("the words of HTML are its words", () => {
  assert.equal(
    htmlToText("A <b>bold</b> &amp; <i>new</i><script>x</script> title"),
    "A bold & new title",
  );
});

test("HTML that was made to be slow, deep or huge is read quickly", () => {
  for (const unit of [
    "<b>",
    "<b id=1><p>",
    "<",
    "&",
    "<a href='",
    "<table><tr>",
    "</p>",
    "<!--",
    "<li>",
    "&nbsp;",
  ]) {
    const html = unit.repeat(100_000 / unit.length);
    const before = process.cpuUsage();
    assertClean(htmlToXhtml(html));
    const { user } = process.cpuUsage(before);
    assert.ok(user < 3_000_000, `${unit}: ${String(user)} µs`);
  }
});
