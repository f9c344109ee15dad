import assert from "node:assert/strict";
import { test } from "node:test";
import { hcardHtml, parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { personFromDiscovery } from "../../../src/salmon/discovery/person.ts";
import { parseWebfingerJrd, webfingerJrd } from "../../../src/salmon/discovery/webfinger.ts";
import {
  expandTemplate,
  hostMeta,
  parseHostMeta,
  parseWebfingerXrd,
  webfingerXrd,
} from "../../../src/salmon/discovery/xrd.ts";
import { findDiasporaLinks } from "../../../src/salmon/links.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { alice, bob, codeOf, guid } from "./people.ts";

const podUrl = "https://pod-a.example/";
const subject = { diasporaId: alice.id, guid: alice.guid, podUrl };
const card = {
  ...subject,
  publicKeyPem: alice.publicPem,
  name: 'Alice <"A&B"> 😀',
  photoUrl: "https://pod-a.example/p.png?a=1&b=2",
  searchable: true,
};

test("our own WebFinger and hCard lead back to the same person", () => {
  const jrd = parseWebfingerJrd(JSON.stringify(webfingerJrd(subject)));
  assert.deepEqual(personFromDiscovery(alice.id, jrd, parseHCard(hcardHtml(card))), {
    diasporaId: alice.id,
    guid: alice.guid,
    publicKeyPem: alice.publicPem,
    podUrl,
    name: card.name,
    photoUrl: card.photoUrl,
  });
});

test("the legacy documents say the same as the JRD", () => {
  const xrd = parseWebfingerXrd(webfingerXrd({ ...subject, publicKeyPem: alice.publicPem }));
  const { guid: xrdGuid, publicKeyPem, ...links } = xrd;
  const {
    guid: _guid,
    publicKeyPem: _key,
    ...expected
  } = parseWebfingerJrd(JSON.stringify(webfingerJrd(subject)));
  assert.deepEqual(links, expected);
  assert.deepEqual([xrdGuid, publicKeyPem], [alice.guid, alice.publicPem]);
  assert.equal(
    expandTemplate(parseHostMeta(hostMeta(podUrl)), alice.id),
    `${podUrl}.well-known/webfinger.xml?resource=acct%3Aalice%40pod-a.example`,
  );
});

test("a guid with @ and : is percent-encoded in every address", () => {
  const hubzilla = { ...subject, guid: guid("0123456789abcdef:x@hub.example") };
  const encoded = "0123456789abcdef%3Ax%40hub.example";
  const { links } = webfingerJrd(hubzilla);
  assert.equal(
    links.find(({ rel }) => rel === "salmon")?.href,
    `${podUrl}receive/users/${encoded}`,
  );
});

test("the hCard is HTML and well-formed XML at once, the card first, nothing left out", () => {
  const html = hcardHtml({ ...card, name: "" });
  readXml(html.replace("<!DOCTYPE html>\n", ""));
  assert.ok(!/<(title|span|h1)[^>]*\/>/.test(html));
  for (const name of "uid nickname fn searchable key given_name family_name".split(" ")) {
    assert.match(html, new RegExp(`class="${name}"`));
  }
  assert.match(html, /id="pod_location"/);
  assert.equal(html.match(/<img [^>]*width="\d+"[^>]*\/>/g)?.length, 3);
  assert.equal(parseHCard(html).fullName, null);
});

test("a name that no reader would take is made one that they take", () => {
  const name = `${"x".repeat(80)};y`;
  const { fullName, firstName } = parseHCard(hcardHtml({ ...card, name }));
  assert.deepEqual([fullName, firstName], ["x".repeat(70), "x".repeat(32)]);
});

test("an hCard that is a megabyte of anything is refused or read quickly", async () => {
  const started = performance.now();
  for (const piece of ["<i>", "</b>", "<i>a", "<", "&", "<a class=fn>"]) {
    await codeOf(() => parseHCard(piece.repeat(Math.floor((1 << 20) / piece.length))));
  }
  assert.ok(performance.now() - started < 10_000);
  assert.equal(await codeOf(() => parseHCard(" ".repeat((1 << 20) + 1))), "DX_DISCOVERY_DOCUMENT");
});

function jrdWith(seed: string): string {
  const jrd = webfingerJrd(subject);
  const links = jrd.links.map((link) =>
    link.rel.endsWith("seed_location") ? { ...link, href: seed } : link,
  );
  return JSON.stringify({ ...jrd, links });
}

const seeds: readonly [seed: string, expected: string][] = [
  ["https://pod-a.example", "https://pod-a.example/"],
  ["https://pod-a.example:3000/a/b?c#d", "https://pod-a.example:3000/"],
  ["https://user:secret@pod-a.example/", "https://pod-a.example/"],
  ["file:///etc/passwd", "DX_DISCOVERY_INVALID"],
  ["javascript:alert(1)", "DX_DISCOVERY_INVALID"],
  ["//pod-a.example/", "DX_DISCOVERY_INVALID"],
];

for (const [seed, expected] of seeds) {
  test(`the seed location ${seed} gives ${expected}`, async () => {
    let podOf = "";
    const code = await codeOf(() => {
      podOf = personFromDiscovery(
        alice.id,
        parseWebfingerJrd(jrdWith(seed)),
        parseHCard(hcardHtml(card)),
      ).podUrl;
    });
    assert.equal(code === "no error" ? podOf : code, expected);
  });
}

test("discovery of one person never gives another", async () => {
  const jrd = parseWebfingerJrd(JSON.stringify(webfingerJrd(subject)));
  const run = (): unknown => personFromDiscovery(bob.id, jrd, parseHCard(hcardHtml(card)));
  assert.equal(await codeOf(run), "DX_DISCOVERY_MISMATCH");
});

test("a key that cannot be used is no key", async () => {
  const jrd = parseWebfingerJrd(JSON.stringify(webfingerJrd(subject)));
  const publicKeyPem = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
  const run = (): unknown =>
    personFromDiscovery(alice.id, jrd, parseHCard(hcardHtml({ ...card, publicKeyPem })));
  assert.equal(await codeOf(run), "DX_KEY_INVALID");
});

test("pictures are made absolute, and the default picture is none", () => {
  const jrd = parseWebfingerJrd(JSON.stringify(webfingerJrd(subject)));
  const photoOf = (photoUrl: string): string | undefined =>
    personFromDiscovery(alice.id, jrd, parseHCard(hcardHtml({ ...card, photoUrl }))).photoUrl;
  assert.equal(photoOf("/uploads/l.png"), "https://pod-a.example/uploads/l.png");
  assert.equal(photoOf("/images/user/default.png"), undefined);
});

test("links in a text are found up to a limit, and hostile text costs little", () => {
  const link = `diaspora://alice@pod-a.example/post/${alice.guid} `;
  assert.equal(findDiasporaLinks(link.repeat(500)).length, 100);
  const started = performance.now();
  findDiasporaLinks(`diaspora://${"a".repeat(250)}@${"b".repeat(250)}`.repeat(2000));
  assert.ok(performance.now() - started < 500);
});

const templates: readonly [template: string, code: string][] = [
  ["https://[2001:db8::1]:3000/webfinger?q={uri}", "no error"],
  ["http://pod-a.example/xrd?uri={uri}&x=y", "no error"],
  ["https://pod-a.example/webfinger", "DX_DISCOVERY_INCOMPLETE"],
  ["https://{uri}/webfinger", "DX_DISCOVERY_INCOMPLETE"],
  ["https://pod-a.example{uri}", "DX_DISCOVERY_INCOMPLETE"],
  ["javascript://pod-a.example/{uri}", "DX_DISCOVERY_INCOMPLETE"],
  ["/webfinger?q={uri}", "DX_DISCOVERY_INCOMPLETE"],
];

for (const [template, code] of templates) {
  test(`a host-meta with the template ${template}: ${code}`, async () => {
    const written = template.replaceAll("&", "&amp;");
    const xml = hostMeta(podUrl).replace(/template="[^"]*"/, `template="${written}"`);
    assert.equal(await codeOf(() => parseHostMeta(xml)), code);
  });
}

for (const seed of ["", "/", "javascript:alert(1)"]) {
  test(`the seed location ${JSON.stringify(seed)} is none`, async () => {
    const links = webfingerJrd(subject).links.map((link) =>
      link.rel === "http://joindiaspora.com/seed_location" ? { ...link, href: seed } : link,
    );
    const text = JSON.stringify({ subject: `acct:${alice.id}`, links });
    assert.equal(await codeOf(() => parseWebfingerJrd(text)), "DX_DISCOVERY_INVALID");
  });
}

test("a no-break space does not part class names", async () => {
  const html = hcardHtml(card).replace('class="fn"', 'class="x\u00a0fn"');
  assert.equal(await codeOf(() => parseHCard(html)), "DX_DISCOVERY_INCOMPLETE");
});
