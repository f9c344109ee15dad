/**
 * Bleichenbacher, Marvin, Vaudenay: nothing tells at which step a private message failed.
 * Over the wire the answer is 202 before anything is decrypted
 * (test/unit/federation/receive-routes.test.ts); here it is one error, whatever was wrong.
 */
import assert from "node:assert/strict";
import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";
import { test } from "node:test";
import { DxError } from "../../../src/errors/error.ts";
import { decryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { openPrivate } from "../../../src/salmon/receive/open.ts";
import { alice, bob } from "../salmon/people.ts";

const bobKey = importPrivateKey(bob.privatePem);
const toBob = {
  id: bob.id,
  decrypt: (body: Uint8Array): Promise<Uint8Array> =>
    Promise.resolve(decryptEnvelope(body, bobKey)),
};
const deps = { keyOf: () => Promise.resolve(alice.publicPem) };

const KEY = randomBytes(32);
const IV = randomBytes(16);
const AES = JSON.stringify({ key: KEY.toString("base64"), iv: IV.toString("base64") });

/** With the block's own padding left to the caller. */
function blocks(cleartext: Buffer, autoPadding = false): Buffer {
  const cipher = createCipheriv("aes-256-cbc", KEY, IV).setAutoPadding(autoPadding);
  return Buffer.concat([cipher.update(cleartext), cipher.final()]);
}

function rsa(block: Buffer, padding: number = constants.RSA_PKCS1_PADDING): Buffer {
  return publicEncrypt({ key: bob.publicPem, padding }, block);
}

/** An RSA block whose padding is wrong in one place: 00 02 …nonzero… 00 message. */
function badBlock(change: (block: Buffer) => void): Buffer {
  const block = Buffer.alloc(512, 0xaa);
  block.set([0, 2]);
  block[512 - AES.length - 1] = 0;
  block.write(AES, 512 - AES.length);
  change(block);
  return rsa(block, constants.RSA_NO_PADDING);
}

const body = (aesKey: Buffer, ciphertext: Buffer): string =>
  JSON.stringify({
    aes_key: aesKey.toString("base64"),
    encrypted_magic_envelope: ciphertext.toString("base64"),
  });

const good = blocks(Buffer.from("<me:env/>"), true);
const goodKey = rsa(Buffer.from(AES));
const lastByte = (value: number): Buffer => blocks(Buffer.alloc(32, value));

const FAILING: Readonly<Record<string, () => string>> = {
  "RSA padding that begins with 00 01": () =>
    body(
      badBlock((block) => {
        block.set([0, 1]);
      }),
      good,
    ),
  "RSA padding that begins with 01 02": () =>
    body(
      badBlock((block) => {
        block.set([1, 2], 0);
      }),
      good,
    ),
  "RSA padding without an end": () =>
    body(
      badBlock((block) => block.fill(0xaa, 2)),
      good,
    ),
  "RSA padding that ends too soon": () =>
    body(
      badBlock((block) => {
        block.set([0], 4);
      }),
      good,
    ),
  "a number that is no block": () => body(Buffer.alloc(512, 0xff), good),
  "a block of zeros": () => body(Buffer.alloc(512), good),
  "an RSA block that is too short": () => body(Buffer.alloc(10, 1), good),
  "no RSA block": () => body(Buffer.alloc(0), good),
  "junk where the key's JSON should be": () => body(rsa(Buffer.from("junk")), good),
  "JSON without a key": () => body(rsa(Buffer.from("{}")), good),
  "AES padding of 00": () => body(goodKey, lastByte(0)),
  "AES padding of 11": () => body(goodKey, lastByte(17)),
  "AES padding of ff": () => body(goodKey, lastByte(255)),
  "AES padding that is uneven": () =>
    body(goodKey, blocks(Buffer.concat([Buffer.alloc(30, 1), Buffer.from([2, 3])]))),
  "half an AES block": () => body(goodKey, good.subarray(0, 8)),
  "junk in good padding": () => body(goodKey, blocks(randomBytes(100), true)),
  "text in good padding": () => body(goodKey, blocks(Buffer.from("hello"), true)),
  "nothing in good padding": () => body(goodKey, blocks(Buffer.alloc(0), true)),
  "half an envelope in good padding": () =>
    body(goodKey, blocks(Buffer.from('<me:env xmlns:me="http'), true)),
};

for (const [what, make] of Object.entries(FAILING)) {
  test(`the same error, with nothing about why: ${what}`, async () => {
    await assert.rejects(openPrivate(make(), toBob, deps), (error) => {
      assert.ok(error instanceof DxError);
      assert.equal(error.code, "DX_DECRYPT_FAILED");
      assert.equal(error.message, new DxError("DX_DECRYPT_FAILED").message);
      assert.deepEqual([error.evidence, error.cause], [{}, undefined]);
      return true;
    });
  });
}

test("an RSA block with wrong padding is decrypted to something, as often as one likes, alike", () => {
  // Implicit rejection: what comes out is junk made of block and key, and nobody is told.
  const bad = badBlock((block) => {
    block.set([0, 1]);
  });
  for (let i = 0; i < 3; i += 1) {
    assert.throws(
      () => decryptEnvelope(body(bad, good), bobKey),
      (error: DxError) => error.code === "DX_DECRYPT_FAILED",
    );
  }
});
