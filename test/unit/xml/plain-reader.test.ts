import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { readPlainXml } from "../../../src/xml/plain-reader.ts";
import { readAnyXml, readXml } from "../../../src/xml/reader.ts";
import type { XmlElement } from "../../../src/xml/element.ts";

const LIMITS = { depth: 4, nodes: 12 };

function carefully(document: string): XmlElement | null {
  try {
    return readAnyXml(document, LIMITS);
  } catch {
    return null;
  }
}

/** Pieces of documents, good and bad, so that many of their rows are nearly well-formed. */
const pieces = fc.constantFrom(
  ...["<a>", "</a>", "<b>", "</b>", "<b/>", "<b />", "</b >", "<_x-1.y>", "</_x-1.y>", "<a b=''>"],
  ...["text", " ", "\n", "\t", "\r", "\r\n", "é", "😀", "\u0000", "\u0085", "\ufeff", "\ufffe"],
  ...[
    "&amp;",
    "&lt;",
    "&#65;",
    "&#x1F600;",
    "&#13;",
    "&#xD;",
    "&#0;",
    "&#xD83D;",
    "&#xDE00;",
    "&#xFFFE;",
  ],
  ...["&#x110000;", "&#1114111;", "&#x0000041;", "&nbsp;", "&", "&#;", "&#x;", "&amp", ";", "]]>"],
  ...[">", "<", "</", "<!-- c -->", "<![CDATA[x]]>", "<?pi?>", "<!DOCTYPE a>", "<p:a>", "</p:a>"],
  ...['<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>', "<xmlns>", "</xmlns>"],
  ...["\ud800", "\udc00", "<é>", "</é>", "<1>", "<__proto__>", "</__proto__>", "<constructor/>"],
);
const rows = fc
  .tuple(fc.boolean(), fc.array(pieces, { maxLength: 12 }))
  .map(([wrapped, row]) => (wrapped ? `<a>${row.join("")}</a>` : row.join("")));

test("what the short way reads, the long way reads alike", () => {
  let read = 0;
  fc.assert(
    fc.property(rows, (document) => {
      const plain = readPlainXml(document, LIMITS);
      if (plain === null) return;
      read += 1;
      assert.deepEqual(plain, carefully(document));
    }),
    { numRuns: 20_000 },
  );
  assert.ok(read > 500, String(read));
});

const names = fc.constantFrom("a", "author", "status_message", "x-y.z", "_");
const tree = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc.tuple(names, tie("content")).map(([name, inner]) => `<${name}>${inner}</${name}>`),
  content: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("", "&amp;", "Grüße 😀", "&#xD;&#10;", " \n "),
    fc.array(tie("element"), { maxLength: 3 }).map((inner) => inner.join("\n  ")),
  ),
}));

test("elements and text, and nothing else, go the short way", () => {
  fc.assert(
    fc.property(tree.element, (document) => {
      const plain = readPlainXml(document, { depth: 64, nodes: 10_000 });
      assert.notEqual(plain, null, document);
      assert.deepEqual(plain, readAnyXml(document));
    }),
  );
});

const VECTORS = new URL("../../fixtures/diaspora/", import.meta.url);
const VECTOR = z.object({ expected: z.object({ payload_xml: z.string() }) });

for (const folder of ["magic-envelope", "friendica-magic-envelope", "python-magic-envelope"]) {
  test(`payloads go the short way, and are read alike: ${folder}`, () => {
    const counts = { short: 0, long: 0 };
    for (const file of readdirSync(new URL(folder, VECTORS))) {
      const text = readFileSync(new URL(`${folder}/${file}`, VECTORS), "utf8");
      const vector = VECTOR.safeParse(JSON.parse(text));
      if (!vector.success) continue;
      const xml = vector.data.expected.payload_xml;
      const plain = readPlainXml(xml, { depth: 64, nodes: 10_000 });
      counts[plain === null ? "long" : "short"] += 1;
      if (plain !== null) assert.deepEqual(plain, readAnyXml(xml), file);
    }
    assert.ok(counts.short > 4 && counts.short > 4 * counts.long, JSON.stringify(counts));
  });
}

const judged: readonly [what: string, document: string][] = [
  ["an attribute", "<a b='c'/>"],
  ["a prefix", "<p:a/>"],
  ["a DTD", "<!DOCTYPE a><a/>"],
  ["a comment", "<a><!-- --></a>"],
  ["a CDATA section", "<a><![CDATA[]]></a>"],
  ["a bare CR", "<a>\r</a>"],
  ["the end of a CDATA section", "<a>]]></a>"],
  ["an unknown entity", "<a>&nbsp;</a>"],
  ["a character that XML forbids", "<a>&#1;</a>"],
  ["half a character", "<a>\ud800</a>"],
  ["two references to half a character each", "<a>&#xD83D;&#xDE00;</a>"],
  ["two roots", "<a/><a/>"],
  ["no root", " "],
  ["an open element", "<a>"],
  ["text behind the root", "<a/>x"],
  ["five levels", "<a><a><a><a><a/></a></a></a></a>"],
  ["thirteen elements", `<a>${"<b/>".repeat(12)}</a>`],
  ["65,537 characters", `<a>${"x".repeat(65_530)}</a>`],
];

for (const [what, document] of judged) {
  test(`the long way judges a document with ${what}`, () => {
    assert.equal(readPlainXml(document, LIMITS), null);
  });
}

test("the limits are the same on both ways", () => {
  const deep = "<a><a><a><a/></a></a></a>";
  assert.notEqual(readPlainXml(deep, LIMITS), null);
  assert.deepEqual(readXml(deep, LIMITS), readAnyXml(deep, LIMITS));
});

for (const [what, document] of [
  ["references that never end", `<a>${"&#x".repeat(21_000)}</a>`],
  ["tags that never end", `<a>${"<a".repeat(30_000)}`],
  ["references to nothing", `<a>${"&#0;".repeat(16_000)}</a>`],
] as const) {
  test(`${what} take no time on the short way`, () => {
    const began = performance.now();
    assert.equal(readPlainXml(document, { depth: 64, nodes: 10_000 }), null);
    assert.ok(performance.now() - began < 250);
  });
}
