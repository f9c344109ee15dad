import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { el, textOf } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import {
  serialise,
  serialiseDocument,
  serialiseHtml,
  serialiseIndented,
  stripIllegal,
} from "../../../src/xml/serialise.ts";

const illegal: readonly [text: string, expected: string][] = [
  ["a\u0000b", "a\ufffdb"],
  ["\u0008\u000b\u000c\u001f", "\ufffd\ufffd\ufffd\ufffd"],
  ["\ufffe\uffff", "\ufffd\ufffd"],
  ["\ud800", "\ufffd"],
  ["\udc00\ud800x", "\ufffd\ufffdx"],
  ["\t\n\r é😀\u0085\u007f", "\t\n\r é😀\u0085\u007f"],
];

for (const [text, expected] of illegal) {
  test(`what XML forbids becomes U+FFFD, the rest stays: ${JSON.stringify(text)}`, () => {
    assert.equal(stripIllegal(text), expected);
  });
}

/** XML 1.0 §2.2, said by code points. */
function isLegal(char: string): boolean {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return "\t\n\r".includes(char);
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || code >= 0x1_0000;
}

test("what is illegal in any text, and nothing else, becomes U+FFFD, and all beyond ASCII a reference", () => {
  const anyText = fc
    .array(fc.oneof(fc.integer({ max: 0xffff, min: 0 }), fc.constantFrom(0xd83d, 0xde00, 0x1f)))
    .map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(anyText, (text) => {
      const expected = [...text].map((char) => (isLegal(char) ? char : "\ufffd")).join("");
      assert.equal(stripIllegal(text), expected);
      const written = serialiseIndented(el("a", {}, text, "."));
      assert.match(written, /^[\0-\x7f]*$/);
      assert.equal(textOf(readXml(written)), `${expected}.`);
    }),
  );
});

test("text and attributes are escaped, and CR survives as a reference", () => {
  const tree = el("a", { b: `<"'&\n\t\r>` }, "<x> & ]]> \r\n");
  assert.equal(
    serialise(tree),
    `<a b="&lt;&quot;&apos;&amp;&#xA;&#x9;&#xD;&gt;">&lt;x&gt; &amp; ]]&gt; &#xD;\n</a>`,
  );
});

test("any text, in element and attribute, comes back from the reader as it was but for what is illegal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const tree = el("a", { b: text }, el("c", {}, text));
      for (const written of [serialise(tree), serialiseDocument(tree)]) {
        const back = readXml(written);
        assert.equal(back.attrs["b"], stripIllegal(text));
        assert.equal(textOf(back).trim(), stripIllegal(text).trim());
      }
    }),
  );
});

test("the indented form is the one of libxml2", () => {
  const tree = el("a", {}, el("b", {}, "é 😀\r\n & \t"), el("c"), el("d", {}, el("e", {}, "")));
  assert.equal(
    serialiseIndented(tree),
    "<a>\n  <b>&#xE9; &#x1F600;&#xD;\n &amp; \t</b>\n  <c/>\n  <d>\n    <e/>\n  </d>\n</a>",
  );
});

test("in HTML only void elements are closed in their start tag", () => {
  const tree = el("html", {}, el("title"), el("img", { src: "x" }), el("span", { class: "fn" }));
  assert.equal(
    serialiseHtml(tree),
    '<!DOCTYPE html>\n<html><title></title><img src="x"/><span class="fn"></span></html>\n',
  );
});
