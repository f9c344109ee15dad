import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { generateKeyPair, importPrivateKey, importPublicKey } from "../../../src/salmon/keys.ts";
import { alice, codeOf } from "./people.ts";

/** All bits set but perhaps the last one. */
function filled(bits: number, last = 0xff): string {
  const bytes = Buffer.alloc(bits / 8, 0xff);
  bytes[bytes.length - 1] = last;
  return bytes.toString("base64url");
}

/** A public key of any shape, made without looking for primes. */
function rsaPem(bits: number, exponent = "AQAB", last = 0xff): string {
  const jwk = { kty: "RSA", n: filled(bits, last), e: exponent };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return String(key.export({ type: "spki", format: "pem" }));
}

/** A private key of any size, good for nothing. */
function privatePem(bits: number): string {
  const half = filled(bits / 2);
  const parts = { d: filled(bits), p: half, q: half, dp: half, dq: half, qi: half };
  const jwk = { kty: "RSA", n: filled(bits), e: "AQAB", ...parts };
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  return String(key.export({ type: "pkcs8", format: "pem" }));
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
  ["an even modulus", () => rsaPem(2048, "AQAB", 0xfe)],
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

const costly: readonly [what: string, pem: () => string][] = [
  ["a modulus of 16,384 bits", () => rsaPem(16_384)],
  ["a modulus of 80,000 bits", () => rsaPem(80_000)],
  ["a modulus of 1,000,000 bits", () => rsaPem(1_000_000)],
  ["an exponent of 80,000 bits", () => rsaPem(2048, filled(80_000))],
];

for (const [what, make] of costly) {
  test(`${what} is refused before it costs time`, async () => {
    const pem = make();
    const began = performance.now();
    assert.equal(await codeOf(() => importPublicKey(pem)), "DX_KEY_INVALID");
    assert.ok(performance.now() - began < 100);
  });
}

const refusedPrivate: readonly [what: string, pem: () => string][] = [
  ["nothing", () => ""],
  ["a key of 512 bits", () => privatePem(512)],
  ["a key of more than 8192 bits", () => privatePem(8208)],
  ["more than 16 kB", () => alice.privatePem + " ".repeat(16_384)],
  ["a public key", () => alice.publicPem],
  [
    "another kind of key",
    () =>
      String(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" })),
  ],
];

for (const [what, pem] of refusedPrivate) {
  test(`no private key: ${what}`, async () => {
    assert.equal(await codeOf(() => importPrivateKey(pem())), "DX_KEY_INVALID");
  });
}

test("private keys of 1024 and of 8192 bits are taken", async () => {
  for (const bits of [1024, 8192]) {
    assert.equal(await codeOf(() => importPrivateKey(privatePem(bits))), "no error");
  }
});

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
