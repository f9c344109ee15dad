/**
 * XML bombs and characters that are none, at both borders: as the body that came, and as a
 * payload that its sender has signed. Each gets a clear error, in little time. The stream's
 * own reader has its tests in test/unit/connector.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_MS } from "../../long/fuzz/fuzzing.ts";
import { envelope } from "../../long/fuzz/sealing.ts";
import { openPublic } from "../../../src/salmon/receive/open.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { alice } from "../salmon/people.ts";
import { fill, watched } from "./support.ts";

const deps = { keyOf: () => Promise.resolve(alice.publicPem) };

const element = (inner: string, attributes = ""): string => `<a${attributes}>${inner}</a>`;
const numbered = (count: number, prefix = ""): string =>
  Array.from({ length: count }, (_, i) => ` ${prefix}a${String(i)}=""`).join("");

const LAUGHS = Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY l${String(i + 1)} "${`&l${String(i)};`.repeat(10)}">`,
).join("");

/** Each is a document; of those over 1 MiB the size is what is refused. */
const BOMBS: Readonly<Record<string, readonly [document: () => string, code: string]>> = {
  "a DOCTYPE": [() => `<!DOCTYPE a>${element("")}`, "DX_XML_FORBIDDEN"],
  "a DOCTYPE of a megabyte": [() => `<!DOCTYPE ${fill("a", 1_000_000)}>`, "DX_XML_FORBIDDEN"],
  "a DOCTYPE without end": [
    () => `<!DOCTYPE a [${fill("<!ENTITY a 'b'>", 900_000)}`,
    "DX_XML_MALFORMED",
  ],
  "a billion laughs": [
    () => `<!DOCTYPE a [<!ENTITY l0 "lol">${LAUGHS}]>${element("&l9;")}`,
    "DX_XML_FORBIDDEN",
  ],
  "a quadratic blow-up": [
    () => `<!DOCTYPE a [<!ENTITY x "${fill("x", 50_000)}">]>${element(fill("&x;", 50_000))}`,
    "DX_XML_FORBIDDEN",
  ],
  "an entity from a file": [
    () => `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${element("&x;")}`,
    "DX_XML_FORBIDDEN",
  ],
  "an entity from elsewhere": [
    () => `<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]>${element("&x;")}`,
    "DX_XML_FORBIDDEN",
  ],
  "a DTD from elsewhere": [
    () => `<!DOCTYPE a PUBLIC "-//x" "http://127.0.0.1/x.dtd">${element("")}`,
    "DX_XML_FORBIDDEN",
  ],
  "a parameter entity": [
    () => `<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/"> %x;]>${element("")}`,
    "DX_XML_FORBIDDEN",
  ],
  "an entity that nobody declared": [() => element("&x;"), "DX_XML_MALFORMED"],
  "an XInclude": [
    () =>
      `<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></a>`,
    "*",
  ],
  "ten thousand nested elements": [
    () => "<a>".repeat(10_000) + "</a>".repeat(10_000),
    "DX_XML_TOO_BIG",
  ],
  "nested elements without end": [() => fill("<a>", 1_000_000), "DX_XML_TOO_BIG"],
  "a hundred thousand elements": [() => element(fill("<b/>", 400_000)), "DX_XML_TOO_BIG"],
  "attributes, as many as fit": [() => element("", numbered(90_000)), "DX_XML_TOO_BIG"],
  "a million attributes": [() => element("", numbered(1_000_000)), "DX_XML_TOO_BIG"],
  "one attribute of a megabyte": [() => element("", ` b="${fill("x", 1_000_000)}"`), "*"],
  "an attribute of a megabyte of references": [
    () => element("", ` b="${fill("&#65;", 1_000_000)}"`),
    "*",
  ],
  "prefixes that are looked for at every depth": [
    () =>
      `<r xmlns:p="u">${"<a>".repeat(60)}${fill(`<b${numbered(60, "p:")}/>`, 900_000)}` +
      `${"</a>".repeat(60)}</r>`,
    "*",
  ],
  "namespaces, as many as fit": [
    () => element("", numbered(50_000, "xmlns:").replaceAll('""', '"u"')),
    "DX_XML_TOO_BIG",
  ],
  "50 MB of text": [() => element(fill("x", 50_000_000)), "DX_XML_TOO_BIG"],
  "a megabyte of comments": [() => element(fill("<!---->", 1_000_000)), "*"],
  "a megabyte of CDATA": [() => element(fill("<![CDATA[x]]>", 1_000_000)), "*"],
  "a comment without end": [() => `<a><!--${fill("-", 1_000_000)}`, "DX_XML_MALFORMED"],
  "a start tag without end": [() => `<a ${fill("b ", 1_000_000)}`, "DX_XML_MALFORMED"],
  "a NUL": [() => element("\u0000"), "DX_XML_MALFORMED"],
  "a reference to NUL": [() => element("&#0;"), "DX_XML_MALFORMED"],
  "U+FFFE": [() => element("\ufffe"), "DX_XML_MALFORMED"],
  "a reference to U+FFFF": [() => element("&#xFFFF;"), "DX_XML_MALFORMED"],
  "a reference to a surrogate": [() => element("&#xD800;"), "DX_XML_MALFORMED"],
  "a pair of references to surrogates": [() => element("&#xD83D;&#xDE00;"), "DX_XML_MALFORMED"],
  "a reference beyond Unicode": [() => element("&#x110000;"), "DX_XML_MALFORMED"],
  "an endless reference": [() => element(`&#x${fill("0", 1_000_000)}110000;`), "DX_XML_MALFORMED"],
};

for (const [what, [make, code]] of Object.entries(BOMBS)) {
  test(`${what}: refused as body and as payload, in little time`, async () => {
    const document = make();
    const outside = await watched(() => openPublic(Buffer.from(document), deps), MAX_MS);
    // What is no bomb to the reader is still no envelope.
    const outer = code === "*" ? ["DX_ENVELOPE_INVALID", "DX_XML_TOO_BIG"] : [code];
    assert.ok(outer.includes(outside.code), outside.code);
    assert.ok(outside.ms < MAX_MS, `body: ${outside.ms.toFixed(0)} ms`);
    const envelope = await sealEnvelope(document, alice.id, alice.privatePem);
    const inside = await watched(() => openPublic(envelope, deps), MAX_MS);
    const expected = document.length > 1 << 20 ? "DX_XML_TOO_BIG" : code;
    assert.equal(inside.code, expected === "*" ? "DX_ENTITY_UNKNOWN" : expected);
    assert.ok(inside.ms < MAX_MS, `payload: ${inside.ms.toFixed(0)} ms`);
  });
}

test("a lone surrogate is in no document: as text refused, as bytes no UTF-8", async () => {
  for (const text of [element("\ud800"), element("\udc00"), element("a\ude00\ud83d")]) {
    const { code } = await watched(() => readXml(text));
    assert.equal(code, "DX_XML_MALFORMED");
  }
});

const BYTES: Readonly<Record<string, Buffer>> = {
  "UTF-16 with its mark": Buffer.from("\ufeff<a/>", "utf16le"),
  "UTF-16 without": Buffer.from("<a/>", "utf16le"),
  "UTF-16 declared": Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a/>'),
  "UTF-7": Buffer.from('<?xml version="1.0" encoding="utf-7"?><a>+ADw-b+AD4-</a>'),
  EBCDIC: Buffer.from('<?xml version="1.0" encoding="ibm037"?><a/>'),
  "UTF-32": Buffer.from([0x3c, 0, 0, 0, 0x61, 0, 0, 0]),
  "an overlong slash": Buffer.from([0x3c, 0x61, 0x3e, 0xc0, 0xaf]),
  "an overlong <": Buffer.from([0xe0, 0x80, 0xbc]),
  "an overlong NUL": Buffer.from([0xc0, 0x80]),
  "a surrogate pair in bytes": Buffer.from([0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]),
  "a number beyond Unicode": Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  "a character that is cut off": Buffer.from([0x3c, 0x61, 0x3e, 0xe2, 0x82]),
};

const signer = { diaspora_id: alice.id, private_key_pkcs8_pem: alice.privatePem };

for (const [what, bytes] of Object.entries(BYTES)) {
  test(`bytes that are ${what} are never read as something else, signed or not`, async () => {
    for (const body of [bytes, Buffer.from(envelope(bytes, signer))]) {
      const { code } = await watched(() => openPublic(body, deps));
      assert.ok(["DX_XML_ENCODING", "DX_XML_MALFORMED"].includes(code), code);
    }
  });
}
