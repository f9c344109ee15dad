/**
 * Re-arranged but validly signed (CVE-2026-42462 and its kind): a relayable's author signs
 * the values joined by `;`, without names, in the document's order, and whoever owns the
 * post seals what is passed on. Here that owner is the forger. The envelope's own forms
 * (two data, two roots, namespaces, base64, exact type, encoding and algorithm) are in
 * test/unit/salmon/magic-envelope.test.ts and the vectors of negative-public.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { signText } from "../../../src/salmon/author-signature.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { openPublic, type OpenedMessage } from "../../../src/salmon/receive/open.ts";
import type { OpenDeps } from "../../../src/salmon/receive/related.ts";
import { alice, bob, codeOf, mallory } from "../salmon/people.ts";

const PARENT = "aaaaaaaaaaaaaaaa";
const GUID = "0123456789abcdef";
const people = [alice, bob, mallory];

/** There is one post, and mallory wrote it. */
const deps: OpenDeps = {
  keyOf: (id) => Promise.resolve(people.find((one) => one.id === id)?.publicPem ?? null),
  related: (type, guid) =>
    Promise.resolve(
      type === "Post" && guid === PARENT
        ? { author: mallory.id, local: false, public: true }
        : null,
    ),
  now: () => new Date("2026-01-02T03:04:05Z"),
};

const VALUES = [
  ["author", alice.id],
  ["guid", GUID],
  ["parent_guid", PARENT],
  ["text", "I like it; not"],
  ["created_at", "2026-01-01T00:00:00Z"],
  ["mood", "fine"],
] as const;

const SIGNED = VALUES.map(([, value]) => value).join(";");
const SIGNATURE = await signText(SIGNED, importPrivateKey(alice.privatePem));
const ELEMENTS = VALUES.map(([name, value]) => `<${name}>${value}</${name}>`);
const COMMENT = `<comment>${ELEMENTS.join("")}<author_signature>${SIGNATURE}</author_signature></comment>`;

async function relayed(change: (xml: string) => string): Promise<OpenedMessage> {
  const xml = change(COMMENT);
  return openPublic(await sealEnvelope(xml, mallory.id, mallory.privatePem), deps);
}

const swapped = (xml: string, one: number, other: number): string => {
  const [first = "", second = ""] = [ELEMENTS[one], ELEMENTS[other]];
  return xml.replace(first, "\u0000").replace(second, first).replace("\u0000", second);
};

const FORGED: Readonly<Record<string, readonly [change: (xml: string) => string, code: string]>> = {
  "other words": [(xml) => xml.replace("not", "a lot"), "DX_AUTHOR_SIGNATURE_INVALID"],
  "another author": [(xml) => xml.replace(alice.id, bob.id), "DX_AUTHOR_SIGNATURE_INVALID"],
  "two elements swapped": [(xml) => swapped(xml, 3, 4), "DX_AUTHOR_SIGNATURE_INVALID"],
  "two values swapped": [
    (xml) => xml.replace(GUID, "\u0000").replace(PARENT, GUID).replace("\u0000", PARENT),
    "DX_PARENT_NOT_FOUND",
  ],
  // From here on the signed text stays the same, letter by letter.
  "the names of two elements swapped": [
    (xml) =>
      xml
        .replace(`<guid>${GUID}</guid>`, `<parent_guid>${GUID}</parent_guid>`)
        .replace(`<parent_guid>${PARENT}</parent_guid>`, `<guid>${PARENT}</guid>`),
    "DX_PARENT_NOT_FOUND",
  ],
  "words moved into the date behind them": [
    (xml) => xml.replace("; not</text><created_at>", "</text><created_at> not;"),
    "DX_ENTITY_INVALID",
  ],
  "a guid moved into the words behind it": [
    (xml) => xml.replace(`${PARENT}</parent_guid><text>`, `</parent_guid><text>${PARENT};`),
    "DX_ENTITY_INVALID",
  ],
  "the words under an unknown name, other words signed for it in their place": [
    (xml) => xml.replaceAll("text>", "old>").replaceAll("mood>", "text>").replace("fine", "bad"),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
  // And here something is there that nobody signed.
  "the text twice, theirs second": [
    (xml) => xml.replace("</text>", "</text><text>I hate it</text>"),
    "DX_ENTITY_INVALID",
  ],
  "the text twice, theirs first": [
    (xml) => xml.replace("<text>", "<text>I hate it</text><text>"),
    "DX_ENTITY_INVALID",
  ],
  "an unknown element twice": [
    (xml) => xml.replace("</mood>", "</mood><mood>bad</mood>"),
    "DX_ENTITY_INVALID",
  ],
  "an unknown element more": [
    (xml) => xml.replace("</mood>", "</mood><title>bad</title>"),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
  "an empty element more": [
    (xml) => xml.replace("</mood>", "</mood><title/>"),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
  "an unknown element less": [
    (xml) => xml.replace("<mood>fine</mood>", ""),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
  "the text in another namespace's name": [
    (xml) => xml.replaceAll("text>", "x:text>").replace("<comment>", '<comment xmlns:x="urn:x">'),
    "DX_ENTITY_INVALID",
  ],
  "white space around the words": [
    (xml) => xml.replace("I like", " I like"),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
  "no signature": [
    (xml) => xml.replace(/<author_signature>.*<\/author_signature>/, ""),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
  "an empty signature before the real one": [
    (xml) => xml.replace("<author_signature>", "<author_signature/><author_signature>"),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
  "the signature in an attribute": [
    (xml) =>
      xml.replace(/<author_signature>(.*)<\/author_signature>/, '<author_signature a="$1"/>'),
    "DX_AUTHOR_SIGNATURE_INVALID",
  ],
};

for (const [what, [change, code]] of Object.entries(FORGED)) {
  test(`a signed comment is not passed on with ${what}`, async () => {
    assert.notEqual(change(COMMENT), COMMENT);
    assert.equal(await codeOf(() => relayed(change)), code);
  });
}

const SAME: Readonly<Record<string, (xml: string) => string>> = {
  nothing: (xml) => xml,
  "a comment inside the words": (xml) => xml.replace("like", "li<!-- dis -->ke"),
  "a processing instruction inside the words": (xml) => xml.replace("like", "li<?dis?>ke"),
  "the words in CDATA": (xml) => xml.replace("I like it; not", "<![CDATA[I like it; not]]>"),
  "the words in references": (xml) => xml.replace("like", "&#108;&#x69;ke"),
  "attributes everywhere": (xml) => xml.replaceAll("<text>", '<text author="bob" text="no">'),
  "an element that no signature covers": (xml) =>
    xml.replace("</mood>", "</mood><my_signature>bad</my_signature>"),
};

for (const [what, change] of Object.entries(SAME)) {
  test(`a signed comment with ${what} changed says what its author signed`, async () => {
    const { entity } = await relayed(change);
    assert.equal(entity.type, "comment");
    assert.ok("text" in entity.properties);
    assert.equal(entity.properties.text, "I like it; not");
    assert.equal([...(entity.relay?.unknown ?? [])].join(), "mood,fine");
  });
}

test("words cut off at a semicolon and kept under another name: nobody can tell, nothing is added", async () => {
  // The one weakness of the format (diaspora-protocol.md §5: no escaping, unknown elements
  // count). Only the post's owner can do it, and only with words that their author signed.
  const { entity } = await relayed((xml) => xml.replace("; not</text>", "</text><x> not</x>"));
  assert.ok("text" in entity.properties);
  assert.equal(entity.properties.text, "I like it");
});

test("ten thousand times the same long element cost nothing", async () => {
  const long = `<x>${"y".repeat(60_000)}</x>${"<x/>".repeat(9_000)}`;
  const code = await codeOf(() => relayed((xml) => xml.replace("</mood>", `</mood>${long}`)));
  assert.equal(code, "DX_ENTITY_INVALID");
});
