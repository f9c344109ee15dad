/**
 * Every limit of the rooms that read strangers' bytes is crossed by a test. Here are those of
 * src/salmon that no other test of it crosses; the defaults of src/xml are crossed in
 * test/unit/xml/reader.test.ts, keys' and PEMs' in test/unit/salmon/keys.test.ts, the sizes of
 * envelopes in magic-envelope.test.ts and encrypted-envelope.test.ts there, waiting decryptions
 * too; the server's and the client's in test/unit/http.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDiasporaId, parseGuid, parseJid } from "../../../src/activitystreams/ids.ts";
import { findInHtml } from "../../../src/salmon/discovery/html-classes.ts";
import { hcardHtml, parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { parseNodeinfo, parseNodeinfoLinks } from "../../../src/salmon/discovery/nodeinfo.ts";
import { MAX_DOCUMENT_LENGTH, MAX_LINKS } from "../../../src/salmon/discovery/webfinger.ts";
import { parseWebfingerJrd, webfingerJrd } from "../../../src/salmon/discovery/webfinger.ts";
import * as rules from "../../../src/salmon/entities/rules.ts";
import { parseTimestamp } from "../../../src/salmon/entities/values.ts";
import { claimedSender, sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { readEnvelope } from "../../../src/salmon/read-envelope.ts";
import { MAX_URL_LENGTH, readUrl } from "../../../src/http/address-guard.ts";
import { alice, codeOf } from "../salmon/people.ts";

const sealed = await sealEnvelope("<a/>", alice.id, alice.privatePem);
const many = (count: number, unit: string): string => unit.repeat(count);
const attributes = (count: number): string =>
  Array.from({ length: count }, (_, i) => ` a${String(i)}=""`).join("");
const inEnvelope = (xml: string): string => sealed.replace("</me:env>", `${xml}</me:env>`);
const nested = (depth: number): string => many(depth, "<a>") + many(depth, "</a>");

const jrd = webfingerJrd({
  diasporaId: alice.id,
  guid: alice.guid,
  podUrl: "https://pod.example/",
});
const jrdWith = (links: number): string => {
  const more = Array.from({ length: links - jrd.links.length }, () => ({ rel: "x" }));
  return JSON.stringify({ ...jrd, links: [...jrd.links, ...more] });
};
const nodeinfo = (name: number, version = 1): string =>
  JSON.stringify({ software: { name: "a".repeat(name), version: "1".repeat(version) } });
const links = (count: number): string =>
  JSON.stringify({ links: Array.from({ length: count }, () => ({ rel: "x", href: "y" })) });
const padded = (text: string, length: number): string => text.padEnd(length, " ");

const card = hcardHtml({
  diasporaId: alice.id,
  guid: alice.guid,
  publicKeyPem: alice.publicPem,
  name: "NAME",
  podUrl: "https://pod.example/",
  photoUrl: "https://pod.example/a.png",
  searchable: true,
});
const named = (length: number, of = "fn"): string =>
  card.replace(`<span class="${of}">NAME<`, `<span class="${of}">${"n".repeat(length)}<`);
const url = (length: number): string => "https://pod.example/".padEnd(length, "a");
const wanted = (length: number): string => `alice@pod.example`.padStart(length, "a");

/** Throws unless it is true, or anything but null. */
const must = (value: unknown): void => {
  if (value === null || value === false) throw new RangeError("refused");
};
const REFUSED = "not a DxError: refused";

type Cap = readonly [
  what: string,
  read: (text: string) => unknown,
  most: string,
  more: string,
  code: string,
];

const CAPS: readonly Cap[] = [
  [
    "depth of an envelope",
    readEnvelope,
    inEnvelope(nested(7)),
    inEnvelope(nested(8)),
    "DX_XML_TOO_BIG",
  ],
  [
    "elements of an envelope",
    readEnvelope,
    inEnvelope(many(59, "<a/>")),
    inEnvelope(many(60, "<a/>")),
    "DX_XML_TOO_BIG",
  ],
  [
    "attributes in an envelope",
    readEnvelope,
    inEnvelope(`<a${attributes(16)}/>`),
    inEnvelope(`<a${attributes(17)}/>`),
    "DX_XML_TOO_BIG",
  ],
  [
    "links of a JRD",
    parseWebfingerJrd,
    jrdWith(MAX_LINKS),
    jrdWith(MAX_LINKS + 1),
    "DX_DISCOVERY_INCOMPLETE",
  ],
  [
    "length of a JRD",
    parseWebfingerJrd,
    padded(jrdWith(6), MAX_DOCUMENT_LENGTH),
    padded(jrdWith(6), MAX_DOCUMENT_LENGTH + 1),
    "DX_DISCOVERY_DOCUMENT",
  ],
  [
    "links to NodeInfo",
    parseNodeinfoLinks,
    links(MAX_LINKS),
    links(MAX_LINKS + 1),
    "DX_DISCOVERY_DOCUMENT",
  ],
  [
    "length of a NodeInfo",
    parseNodeinfo,
    padded(nodeinfo(1), MAX_DOCUMENT_LENGTH),
    padded(nodeinfo(1), MAX_DOCUMENT_LENGTH + 1),
    "DX_DISCOVERY_DOCUMENT",
  ],
  ["name in a NodeInfo", parseNodeinfo, nodeinfo(255), nodeinfo(256), "DX_DISCOVERY_DOCUMENT"],
  [
    "version in a NodeInfo",
    parseNodeinfo,
    nodeinfo(1, 255),
    nodeinfo(1, 256),
    "DX_DISCOVERY_DOCUMENT",
  ],
  [
    "length of an hCard",
    parseHCard,
    padded(card, MAX_DOCUMENT_LENGTH),
    padded(card, MAX_DOCUMENT_LENGTH + 1),
    "DX_DISCOVERY_DOCUMENT",
  ],
  ["full name in an hCard", parseHCard, named(70), named(71), "DX_DISCOVERY_INVALID"],
  [
    "first name in an hCard",
    parseHCard,
    named(32, "given_name"),
    named(33, "given_name"),
    "DX_DISCOVERY_INVALID",
  ],
  [
    "length of a URL in an entity",
    (text) => {
      must(rules.isUriWithPath(text));
    },
    url(2048),
    url(2049),
    REFUSED,
  ],
  [
    "length of a URL to be contacted",
    (text) => readUrl(text, { allowHttp: false }),
    url(MAX_URL_LENGTH),
    url(MAX_URL_LENGTH + 1),
    "DX_ADDRESS_FORBIDDEN",
  ],
  [
    "length of a timestamp",
    (text) => {
      must(parseTimestamp(text));
    },
    padded("2024-01-01", 64),
    padded("2024-01-01", 65),
    REFUSED,
  ],
  [
    "length of a diaspora* ID",
    (text) => {
      must(parseDiasporaId(text));
    },
    wanted(255),
    wanted(256),
    REFUSED,
  ],
  [
    "length of a guid",
    (text) => {
      must(parseGuid(text));
    },
    many(255, "a"),
    many(256, "a"),
    REFUSED,
  ],
  [
    "resource of a JID",
    (text) => {
      must(parseJid(text));
    },
    `a@b/${many(1023, "c")}`,
    `a@b/${many(1024, "c")}`,
    REFUSED,
  ],
];

for (const [what, read, most, more, code] of CAPS) {
  test(`the limit of the ${what}: up to it, and not beyond`, async () => {
    assert.equal(await codeOf(() => read(most)), "no error");
    assert.equal(await codeOf(() => read(more)), code);
  });
}

test("a claimed sender is looked for in 700 characters of base64, for no ID is longer", () => {
  const claim = (length: number): string =>
    `<me:sig key_id="${Buffer.from(wanted(length)).toString("base64url")}">`;
  assert.equal(claimedSender(claim(255)), wanted(255));
  assert.equal(claimedSender(claim(600)), null);
});

test("what is nested deeper than a hundred elements in an hCard is not looked at", () => {
  const find = (depth: number): boolean =>
    findInHtml(`${many(depth, "<div>")}<b class="x">`, {
      x: ({ classes }) => classes.has("x"),
    }).has("x");
  assert.deepEqual([find(99), find(100)], [true, false]);
});
