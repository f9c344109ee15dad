import assert from "node:assert/strict";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { child, textOf } from "../../../src/xml/element.ts";
import { decodeXml, readXml, type XmlLimits } from "../../../src/xml/reader.ts";

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isDxError(error) ? error.code : `not a DxError: ${String(error)}`;
  }
  return "no error";
}

const refused: readonly [what: string, document: string, code: ErrorCode][] = [
  ["nothing", "", "DX_XML_MALFORMED"],
  ["two roots", "<a/><b/>", "DX_XML_MALFORMED"],
  ["text outside the root", "x<a/>", "DX_XML_MALFORMED"],
  ["a missing end tag", "<a><b></a>", "DX_XML_MALFORMED"],
  ["a cut-off document", "<a><b>text", "DX_XML_MALFORMED"],
  ["an attribute twice", "<a b='1' b='2'/>", "DX_XML_MALFORMED"],
  ["an undeclared prefix", "<p:a/>", "DX_XML_MALFORMED"],
  ["an undeclared entity", "<a>&nbsp;</a>", "DX_XML_MALFORMED"],
  ["a raw control character", "<a>\u0000</a>", "DX_XML_MALFORMED"],
  ["a reference to a forbidden character", "<a>&#xFFFE;</a>", "DX_XML_MALFORMED"],
  ["a pair of references to surrogates", "<a>&#xD83D;&#xDE00;</a>", "DX_XML_MALFORMED"],
  [
    "a control character behind an XML 1.1 declaration",
    "<?xml version='1.1'?><a>&#1;</a>",
    "DX_XML_MALFORMED",
  ],
  ["an empty DTD", "<!DOCTYPE a><a/>", "DX_XML_FORBIDDEN"],
  ["an internal entity", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "DX_XML_FORBIDDEN"],
  ["an external entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DX_XML_FORBIDDEN"],
];

for (const [what, document, code] of refused) {
  test(`a document with ${what} is refused`, () => {
    assert.equal(
      codeOf(() => readXml(document)),
      code,
    );
  });
}

const limits: readonly [limit: keyof XmlLimits, below: string, above: string][] = [
  ["bytes", "<a>12</a>", "<a>123</a>"],
  ["bytes", "<a>é</a>", "<a>é1</a>"],
  ["depth", "<a><a><a/></a></a>", "<a><a><a><a/></a></a></a>"],
  ["nodes", "<a><b/><b/></a>", "<a><b/><b/><b/></a>"],
  ["attributes", "<a b='' c='' d=''/>", "<a b='' c='' d='' e=''/>"],
];

for (const [limit, below, above] of limits) {
  test(`a document is read up to the limit of ${limit}, and not beyond: ${above}`, () => {
    const allowed = limit === "bytes" ? 9 : 3;
    assert.equal(
      codeOf(() => readXml(below, { [limit]: allowed })),
      "no error",
    );
    assert.equal(
      codeOf(() => readXml(above, { [limit]: allowed })),
      "DX_XML_TOO_BIG",
    );
  });
}

test("the default limits hold against depth, elements, attributes and size", () => {
  for (const document of [
    "<a>".repeat(65) + "</a>".repeat(65),
    `<a>${"<b/>".repeat(10_000)}</a>`,
    `<a ${Array.from({ length: 65 }, (_, i) => `a${String(i)}=""`).join(" ")}/>`,
    `<a>${"x".repeat(1 << 20)}</a>`,
  ]) {
    assert.equal(
      codeOf(() => readXml(document)),
      "DX_XML_TOO_BIG",
    );
  }
});

test("comments and CDATA leave no seam in the text", () => {
  const root = readXml("<a>one<!-- no --> <![CDATA[<two> & ]]>three<?pi?>.</a>");
  assert.deepEqual(root.children, ["one <two> & three."]);
});

test("line ends are normalised, references to CR are not", () => {
  assert.equal(textOf(readXml("<a>1\r\n2\r3&#13;4</a>")), "1\n2\n3\r4");
});

test("namespaces are resolved, and kept as they were written", () => {
  const root = readXml('<a xmlns="urn:1" xmlns:p="urn:2"><p:b p:c="d"/><e xmlns=""/></a>');
  assert.equal(root.ns, "urn:1");
  assert.deepEqual(child(root, "b"), {
    name: "p:b",
    local: "b",
    ns: "urn:2",
    attrs: { "p:c": "d" },
    children: [],
  });
  assert.equal(child(root, "e")?.ns, "");
});

test("an attribute called __proto__ is an attribute", () => {
  const { attrs } = readXml('<a __proto__="x"/>');
  assert.deepEqual(Object.entries(attrs), [["__proto__", "x"]]);
});

const bytes: readonly [what: string, bytes: Buffer, expected: string][] = [
  ["UTF-8", Buffer.from("<a>é</a>"), "<a>é</a>"],
  ["a byte order mark", Buffer.from("\ufeff<a/>"), "<a/>"],
  [
    "declared ISO-8859-1",
    Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', "latin1"),
    '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>',
  ],
];

for (const [what, input, expected] of bytes) {
  test(`bytes are decoded: ${what}`, () => {
    assert.equal(decodeXml(input), expected);
  });
}

const badBytes: readonly [what: string, bytes: Buffer][] = [
  ["an overlong form", Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xaf])],
  ["an encoded surrogate", Buffer.from([0xed, 0xa0, 0x80])],
  ["UTF-16", Buffer.from("\ufeff<a/>", "utf16le")],
  ["two byte order marks", Buffer.from("\ufeff\ufeff<a/>")],
  ["another declared encoding", Buffer.from('<?xml version="1.0" encoding="utf-7"?><a/>')],
];

for (const [what, input] of badBytes) {
  test(`bytes that are no text are refused: ${what}`, () => {
    assert.equal(
      codeOf(() => decodeXml(input)),
      "DX_XML_ENCODING",
    );
  });
}
