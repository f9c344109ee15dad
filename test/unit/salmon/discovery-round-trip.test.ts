import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hostOf, parseDiasporaId } from "../../../src/activitystreams/ids.ts";
import { hcardHtml, parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { personFromDiscovery } from "../../../src/salmon/discovery/person.ts";
import {
  checkSubject,
  parseWebfingerJrd,
  webfingerJrd,
} from "../../../src/salmon/discovery/webfinger.ts";
import {
  expandTemplate,
  hostMeta,
  parseHostMeta,
  parseWebfingerXrd,
  webfingerXrd,
} from "../../../src/salmon/discovery/xrd.ts";
import { importPublicKey } from "../../../src/salmon/keys.ts";
import { stripIllegal } from "../../../src/xml/serialise.ts";
import { alice, codeOf, guid, id } from "./people.ts";

const LABEL = /^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/;
const hosts = fc
  .tuple(fc.stringMatching(LABEL), fc.option(fc.integer({ min: 1, max: 65535 })))
  .map(([label, port]) => `${label}.example${port === null ? "" : `:${String(port)}`}`)
  .filter((host) => URL.canParse(`https://${host}/`));
const users = fc.stringMatching(/^[a-z0-9._éßя-]{1,40}$/u);
const people = fc
  .record({
    user: users,
    host: hosts,
    guid: fc.stringMatching(/^[0-9A-Za-z\-_@.:]{15,60}[0-9A-Za-z]$/),
    name: fc.string({ unit: "binary", maxLength: 100 }),
    searchable: fc.boolean(),
  })
  .filter(({ user, host }) => parseDiasporaId(`${user}@${host}`) !== null)
  .map(({ user, host, guid: text, name, searchable }) => {
    const diasporaId = id(`${user}@${host}`);
    return {
      diasporaId,
      guid: guid(text),
      podUrl: `https://${hostOf(diasporaId)}/`,
      publicKeyPem: alice.publicPem,
      name,
      photoUrl: `https://${hostOf(diasporaId)}/p.png?a=1&b=2`,
      searchable,
    };
  });

const SOMEBODY = {
  diasporaId: alice.id,
  guid: alice.guid,
  podUrl: "https://pod-a.example/",
  publicKeyPem: alice.publicPem,
  name: "Alice",
  photoUrl: "https://pod-a.example/p.png",
  searchable: true,
};

test("whoever is written into a JRD and an hCard is read out of them again", () => {
  fc.assert(
    fc.property(people, (person) => {
      const webfinger = parseWebfingerJrd(JSON.stringify(webfingerJrd(person)));
      const hcard = parseHCard(hcardHtml(person));
      const found = personFromDiscovery(person.diasporaId, webfinger, hcard);
      assert.deepEqual(
        { ...found, name: null },
        {
          diasporaId: person.diasporaId,
          guid: person.guid,
          publicKeyPem: person.publicKeyPem,
          podUrl: new URL(person.podUrl).href,
          name: null,
          photoUrl: new URL(person.photoUrl).href,
        },
      );
      assert.equal(hcard.searchable, person.searchable);
    }),
  );
});

test("a name comes through an hCard as it is, but for what the federation's rules forbid", () => {
  fc.assert(
    fc.property(people, (person) => {
      const allowed = [...person.name.replaceAll(";", "").trim()].slice(0, 70).join("").trim();
      const { fullName } = parseHCard(hcardHtml(person));
      assert.equal(fullName ?? "", stripIllegal(allowed));
    }),
  );
});

// What libxml2 finds, which the pods read each other's hCards with.
const TEXTS: readonly [html: string, text: string | null][] = [
  ["a\r\nb\rc", "a\r\nb\rc"],
  ["a&#13;&#10;b", "a\r\nb"],
  ["a&#x85;b&#128;&#159;&#160;", "a\u0085b\u0080\u009f\u00a0"],
  ["&#0000000133;&#X0085;", "\u0085\u0085"],
  ["a\u0001b&#1;c\u000bd\ufffee", "abcde"],
  ["&lt;b&gt;&amp;amp", "<b>&amp"],
  [" مرحبا \u{1f469}\u200d\u{1f680} ", " مرحبا \u{1f469}\u200d\u{1f680} "],
  ["<b\r\nclass='x\ry'>bold</b\r> and <i/>not", "bold and not"],
  ["", null],
];

for (const [html, text] of TEXTS) {
  test(`in an hCard ${JSON.stringify(html)} is ${JSON.stringify(text)}`, () => {
    const card = hcardHtml({ ...SOMEBODY, name: "NAME" });
    const written = card.replaceAll("NAME", () => html);
    assert.equal(parseHCard(written).fullName, text);
  });
}

test("line ends of Windows, in the tags too, hide nothing of an hCard", () => {
  const card = hcardHtml(SOMEBODY);
  const windows = card.replaceAll("\n", "\r\n").replaceAll('" class=', '"\r\nclass=');
  const { publicKeyPem, ...fields } = parseHCard(windows);
  const { publicKeyPem: original, ...expected } = parseHCard(card);
  assert.deepEqual(fields, expected);
  assert.equal(publicKeyPem, original.replaceAll("\n", "\r\n"));
  const key = importPublicKey(publicKeyPem);
  assert.ok(key.equals(importPublicKey(original)));
});

test("the legacy documents lead to the same person as the JRD", () => {
  fc.assert(
    fc.property(people, (person) => {
      const {
        guid: _,
        publicKeyPem: __,
        ...jrd
      } = parseWebfingerJrd(JSON.stringify(webfingerJrd(person)));
      const { guid: legacyGuid, publicKeyPem, ...xrd } = parseWebfingerXrd(webfingerXrd(person));
      assert.deepEqual(xrd, jrd);
      assert.deepEqual([legacyGuid, publicKeyPem], [person.guid, person.publicKeyPem]);
      const url = new URL(
        expandTemplate(parseHostMeta(hostMeta(person.podUrl)), person.diasporaId),
      );
      assert.equal(url.searchParams.get("resource"), `acct:${person.diasporaId}`);
    }),
  );
});

const JRD = webfingerJrd(SOMEBODY);

/** So many links that the JRD has as many as said. */
const fillers = (all: number): object[] =>
  Array.from({ length: all - JRD.links.length }, () => ({}));

/** A JRD with something odd in it, and what comes of it. */
const ODDITIES: Readonly<Record<string, readonly [change: object, code: string]>> = {
  "no aliases": [{ aliases: undefined }, "no error"],
  "aliases that are no list": [{ aliases: "https://a.example/" }, "no error"],
  "aliases that are no texts": [{ aliases: [{}, 1, null] }, "no error"],
  "aliases that are null": [{ aliases: null }, "no error"],
  "properties that are no object": [{ properties: [[]] }, "no error"],
  "links of others with values of any type": [
    {
      links: [
        { rel: 1, href: {} },
        { rel: null, href: null },
        { rel: "salmon", href: 5 },
        { href: "https://b.example/" },
        { titles: { en: "x" }, properties: null },
        ...JRD.links,
      ],
    },
    "no error",
  ],
  "no links": [{ links: undefined }, "DX_DISCOVERY_INCOMPLETE"],
  "links that are null": [{ links: null }, "DX_DISCOVERY_INCOMPLETE"],
  "links that are an object": [{ links: { 0: JRD.links[0] } }, "DX_DISCOVERY_INCOMPLETE"],
  "links that are a text": [{ links: "https://a.example/" }, "DX_DISCOVERY_INCOMPLETE"],
  "a link that is null": [{ links: [null, ...JRD.links] }, "DX_DISCOVERY_INCOMPLETE"],
  "a subject that is no text": [{ subject: ["acct:x"] }, "DX_DISCOVERY_INCOMPLETE"],
  "an empty subject": [{ subject: "" }, "DX_DISCOVERY_INVALID"],
  "1,000 links": [{ links: [...JRD.links, ...fillers(1000)] }, "no error"],
  "1,001 links": [{ links: [...JRD.links, ...fillers(1001)] }, "DX_DISCOVERY_INCOMPLETE"],
  "an hCard whose address is no text": [
    { links: JRD.links.map((link) => ({ ...link, href: { toString: "x" } })) },
    "DX_DISCOVERY_INVALID",
  ],
};

for (const [what, [change, code]] of Object.entries(ODDITIES)) {
  test(`a JRD with ${what}: ${code}`, async () => {
    const text = JSON.stringify({ ...JRD, ...change });
    assert.equal(await codeOf(() => parseWebfingerJrd(text)), code);
  });
}

test("`__proto__` and `constructor` in a JRD are names like any other", () => {
  const hostile =
    '{"__proto__":{"subject":"x","polluted":1},"constructor":{"prototype":{"polluted":1}},';
  const text = JSON.stringify(JRD).replace("{", hostile);
  const inLinks = text.replace(
    '"links":[',
    '"links":[{"__proto__":{"rel":"salmon","polluted":1}},',
  );
  assert.deepEqual(parseWebfingerJrd(inLinks), parseWebfingerJrd(JSON.stringify(JRD)));
  assert.equal("polluted" in {}, false);
  const only = `{"subject":"x","links":[{"__proto__":${JSON.stringify(JRD.links[0])}}]}`;
  assert.throws(() => parseWebfingerJrd(only));
});

const SUBJECTS: readonly [subject: string, code: string][] = [
  ["acct:alice@pod-a.example", "no error"],
  ["alice@pod-a.example", "no error"],
  ["acct:Alice@POD-a.example", "no error"],
  [" acct:alice@pod-a.example\n", "no error"],
  ["acct:acct:alice@pod-a.example", "DX_DISCOVERY_MISMATCH"],
  ["https://pod-a.example/u/alice", "DX_DISCOVERY_MISMATCH"],
  ["acct:alice@pod-a.example:443", "DX_DISCOVERY_MISMATCH"],
  ["acct:bob@pod-a.example", "DX_DISCOVERY_MISMATCH"],
];

for (const [subject, code] of SUBJECTS) {
  test(`asked for alice@pod-a.example, a subject of ${JSON.stringify(subject)}: ${code}`, async () => {
    const webfinger = parseWebfingerJrd(JSON.stringify({ ...JRD, subject }));
    assert.equal(
      await codeOf(() => {
        checkSubject(id("alice@pod-a.example"), webfinger);
      }),
      code,
    );
  });
}

test("a document of a megabyte, of whatever it may be, is answered at once", async () => {
  const size = 1 << 20;
  const fill = (before: string, piece: string, after: string): string =>
    before + piece.repeat(Math.floor((size - before.length - after.length) / piece.length)) + after;
  const texts = [
    fill('{"subject":"x","links":[', "{},", "{}]}"),
    fill('{"subject":"x","links":[', '{"__proto__":{"rel":1}},', "{}]}"),
    fill("", "[", ""),
    fill('{"subject":"', "\\u0041", '","links":[]}'),
    fill('<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">', '<Link rel="a"/>', "</XRD>"),
    fill("<XRD><Subject>", "&amp;", "</Subject></XRD>"),
    fill("", "<Link>", ""),
  ];
  for (const text of texts) {
    const started = performance.now();
    assert.match(await codeOf(() => parseWebfingerJrd(text)), /^DX_DISCOVERY_/);
    assert.match(await codeOf(() => parseWebfingerXrd(text)), /^DX_DISCOVERY_/);
    assert.match(await codeOf(() => parseHostMeta(text)), /^DX_DISCOVERY_/);
    assert.ok(performance.now() - started < 10_000, text.slice(0, 40));
  }
});
