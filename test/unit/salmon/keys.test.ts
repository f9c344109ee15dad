import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { generateKeyPair, importPrivateKey, importPublicKey } from "../../../src/salmon/keys.ts";
import { alice, codeOf } from "./people.ts";

/** A public key of any shape, made without looking for primes. */
function rsaPem(bits: number, exponent = "AQAB"): string {
  const modulus = Buffer.alloc(bits / 8, 0xff).toString("base64url");
  const key = createPublicKey({ key: { kty: "RSA", n: modulus, e: exponent }, format: "jwk" });
  return String(key.export({ type: "spki", format: "pem" }));
}

test("SPKI and PKCS#1 are the same key", () => {
  assert.ok(importPublicKey(alice.publicPem).equals(importPublicKey(alice.publicPkcs1Pem)));
});

const tolerated: readonly [what: string, change: (pem: string) => string][] = [
  ["white space around", (pem) => `\n   ${pem}\n\n`],
  ["CRLF", (pem) => pem.replaceAll("\n", "\r\n")],
  ["blanks for line ends", (pem) => pem.replaceAll(/\n(?!-)/g, " ")],
];

for (const [what, change] of tolerated) {
  test(`a PEM with ${what} is taken, as some pods' hCards have it`, () => {
    assert.ok(importPublicKey(change(alice.publicPem)).equals(importPublicKey(alice.publicPem)));
  });
}

const refused: readonly [what: string, pem: () => string][] = [
  ["nothing", () => ""],
  ["a key of 512 bits", () => rsaPem(512)],
  ["a key of more than 8192 bits", () => rsaPem(8200)],
  ["an exponent of one", () => rsaPem(2048, "AQ")],
  ["an even exponent", () => rsaPem(2048, "AQAA")],
  ["an exponent of 33 bits", () => rsaPem(2048, "AQAAAAE")],
  ["junk before the PEM", () => `x${alice.publicPem}`],
  ["two keys", () => alice.publicPem + alice.publicPem],
  ["a private key", () => alice.privatePem],
  ["labels that do not match", () => alice.publicPem.replace("END PUBLIC", "END RSA PUBLIC")],
  ["no key inside", () => "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
  ["16 kB of white space", () => alice.publicPem + " ".repeat(16_384)],
  [
    "another kind of key",
    () => String(generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" })),
  ],
];

for (const [what, pem] of refused) {
  test(`no public key: ${what}`, async () => {
    assert.equal(await codeOf(() => importPublicKey(pem())), "DX_KEY_INVALID");
  });
}

test("the smallest and the largest key are taken, with the exponent three too", async () => {
  for (const pem of [rsaPem(1024), rsaPem(8192), rsaPem(2048, "Aw")]) {
    assert.equal(await codeOf(() => importPublicKey(pem)), "no error");
  }
});

test("a new pair is SPKI and PKCS#8, and its halves belong together", async () => {
  const { privatePem, publicPem } = await generateKeyPair(1024);
  assert.match(publicPem, /^-----BEGIN PUBLIC KEY-----\n/);
  assert.match(privatePem, /^-----BEGIN PRIVATE KEY-----\n/);
  assert.equal(importPrivateKey(privatePem).asymmetricKeyDetails?.modulusLength, 1024);
});

test("an unreadable private key says nothing about itself", async () => {
  const run = (): unknown => importPrivateKey("-----BEGIN PRIVATE KEY-----\nc2VjcmV0");
  assert.equal(await codeOf(run), "DX_KEY_INVALID");
  assert.throws(run, (error: Error) => error.cause === undefined);
});
