/**
 * Key poisoning. That a person's key or guid never changes once known, and that a signature
 * that does not fit is no reason to look again, is in test/unit/federation/incoming.test.ts;
 * sizes, exponents and what else is no key, in test/unit/salmon/keys.test.ts.
 */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { hcardHtml, parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { personFromDiscovery } from "../../../src/salmon/discovery/person.ts";
import { parseWebfingerJrd, webfingerJrd } from "../../../src/salmon/discovery/webfinger.ts";
import { importPublicKey } from "../../../src/salmon/keys.ts";
import { alice, bob, codeOf } from "../salmon/people.ts";
import { fill, watched } from "./support.ts";

function rsaPem(bits: number, exponent: string): string {
  const modulus = Buffer.alloc(bits / 8, 0xff).toString("base64url");
  const key = createPublicKey({ key: { kty: "RSA", n: modulus, e: exponent }, format: "jwk" });
  return String(key.export({ type: "spki", format: "pem" }));
}

const lines = (pem: string): string[] => pem.trim().split("\n");
const body = (pem: string): string => lines(pem).slice(1, -1).join("");
const wrapped = (base64: string, label = "PUBLIC KEY"): string =>
  [`-----BEGIN ${label}-----`, base64, `-----END ${label}-----`].join("\n");

const REFUSED: Readonly<Record<string, () => string>> = {
  "a modulus of 16,384 bits": () => rsaPem(16_384, "AQAB"),
  "a modulus of 8,192 bits and an exponent as long": () =>
    rsaPem(8_192, Buffer.alloc(1024, 0xff).toString("base64url")),
  "an exponent of one": () => rsaPem(2048, "AQ"),
  "PKCS#1 under the label of SPKI": () => wrapped(body(alice.publicPkcs1Pem)),
  "SPKI under the label of PKCS#1": () => wrapped(body(alice.publicPem), "RSA PUBLIC KEY"),
  "a certificate's label": () => wrapped(body(alice.publicPem), "CERTIFICATE"),
  "junk between the lines": () => alice.publicPem.replace("\n", "\n<script>\n"),
  "a header between the lines": () => alice.publicPem.replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n"),
  "another key behind it": () => `${alice.publicPem}\n${bob.publicPem}`,
  "text behind it": () => `${alice.publicPem}x`,
  "half of it": () => wrapped(body(alice.publicPem).slice(0, 200)),
  "a megabyte of it": () => wrapped(fill("A")),
  "a megabyte of beginnings": () => fill("-----BEGIN PUBLIC KEY-----"),
  "a NUL": () => alice.publicPem.replace("\n", "\u0000\n"),
};

for (const [what, pem] of Object.entries(REFUSED)) {
  test(`no key, and found out in no time: ${what}`, async () => {
    const text = pem();
    const { code, ms } = await watched(() => importPublicKey(text));
    assert.equal(code, "DX_KEY_INVALID");
    assert.ok(ms < 50, `${ms.toFixed(0)} ms`);
  });
}

test("the most expensive key that is taken makes a verification of milliseconds", async () => {
  const key = importPublicKey(rsaPem(8_192, "_____w"));
  const { ms } = await watched(() =>
    verify("RSA-SHA256", Buffer.from("x"), key, Buffer.alloc(1024)),
  );
  assert.ok(ms < 50, `${ms.toFixed(0)} ms`);
});

test("whoever serves the hCard, it is about the person whom the WebFinger was asked for", async () => {
  const subject = { diasporaId: bob.id, guid: bob.guid, podUrl: "https://pod-b.example/" };
  const jrd = parseWebfingerJrd(JSON.stringify(webfingerJrd(subject)));
  const hcard = parseHCard(
    hcardHtml({
      ...subject,
      publicKeyPem: alice.publicPem,
      name: "Alice",
      photoUrl: "https://pod-a.example/a.png",
      searchable: true,
    }),
  );
  // A card may name any key: it becomes bob's own, never that of whoever else has it.
  assert.equal(personFromDiscovery(bob.id, jrd, hcard).diasporaId, bob.id);
  assert.equal(
    await codeOf(() => personFromDiscovery(alice.id, jrd, hcard)),
    "DX_DISCOVERY_MISMATCH",
  );
});
