import assert from "node:assert/strict";
import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";
import { test } from "node:test";
import forge from "node-forge";
import { z } from "zod";
import { decryptEnvelope, encryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { alice, bob, codeOf, mallory } from "./people.ts";

const STRINGS = z.record(z.string(), z.string());
const XML = "<me:env>é</me:env>";
const bobKey = importPrivateKey(bob.privatePem);

interface Parts {
  readonly aes?: object | string;
  readonly padding?: number;
  readonly ciphertext?: Buffer;
}

function wrapped({ aes, padding = constants.RSA_PKCS1_PADDING, ciphertext }: Parts): string {
  const key = randomBytes(32);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const good = Buffer.concat([cipher.update(XML), cipher.final()]);
  const json = aes ?? { key: key.toString("base64"), iv: iv.toString("base64") };
  const text = typeof json === "string" ? json : JSON.stringify(json);
  const aesKey = publicEncrypt({ key: bob.publicPem, padding }, Buffer.from(text));
  return JSON.stringify({
    aes_key: aesKey.toString("base64"),
    encrypted_magic_envelope: (ciphertext ?? good).toString("base64"),
  });
}

test("what was encrypted for a person, that person decrypts", () => {
  const body = encryptEnvelope(XML, bob.publicPem);
  assert.equal(decryptEnvelope(body, bobKey).toString(), XML);
});

test("an independent library decrypts it too", () => {
  const body = STRINGS.parse(JSON.parse(encryptEnvelope(XML, alice.publicPem)));
  const key = forge.pki.privateKeyFromPem(alice.privatePem);
  const json = key.decrypt(forge.util.decode64(body["aes_key"] ?? ""), "RSAES-PKCS1-V1_5");
  const aes = STRINGS.parse(JSON.parse(json));
  const decipher = forge.cipher.createDecipher("AES-CBC", forge.util.decode64(aes["key"] ?? ""));
  decipher.start({ iv: forge.util.decode64(aes["iv"] ?? "") });
  decipher.update(
    forge.util.createBuffer(forge.util.decode64(body["encrypted_magic_envelope"] ?? "")),
  );
  assert.ok(decipher.finish());
  assert.equal(forge.util.decodeUtf8(decipher.output.getBytes()), XML);
});

const failing: readonly [what: string, body: () => string | Buffer][] = [
  ["nothing", () => ""],
  ["no JSON", () => "<me:env/>"],
  ["bytes that are no text", () => Buffer.from([0xff, 0xfe, 0x00])],
  ["a list", () => "[]"],
  ["null", () => "null"],
  ["no key", () => '{"encrypted_magic_envelope":"AAAA"}'],
  ["a number for a key", () => '{"aes_key":1,"encrypted_magic_envelope":"AAAA"}'],
  ["another person's key", () => encryptEnvelope(XML, mallory.publicPem)],
  ["OAEP", () => wrapped({ padding: constants.RSA_PKCS1_OAEP_PADDING })],
  ["junk under RSA", () => wrapped({ aes: "junk" })],
  ["a short AES key", () => wrapped({ aes: { key: "AAAA", iv: "A".repeat(22) } })],
  ["no IV", () => wrapped({ aes: { key: "A".repeat(43) } })],
  ["half a block", () => wrapped({ ciphertext: Buffer.alloc(20) })],
  ["no ciphertext", () => wrapped({ ciphertext: Buffer.alloc(0) })],
  ["more than 3 MiB", () => wrapped({ ciphertext: Buffer.alloc(3 << 20) })],
];

for (const [what, body] of failing) {
  test(`every failure looks the same: ${what}`, async () => {
    const run = (): unknown => decryptEnvelope(body(), bobKey);
    assert.equal(await codeOf(run), "DX_DECRYPT_FAILED");
    assert.throws(run, (error: Error) => error.cause === undefined && !error.message.includes(":"));
  });
}
