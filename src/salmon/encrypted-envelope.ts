/**
 * The encrypted envelope of private messages (diaspora-protocol.md §6): AES-256-CBC over
 * the magic envelope, key and IV under the recipient's RSA key, PKCS#1 v1.5. It is not
 * authenticated: only the signature inside proves anything, and every way to fail looks
 * the same from outside, or it would be a padding oracle.
 */
import { constants, privateDecrypt, publicEncrypt, type KeyObject } from "node:crypto";
import { z } from "zod";
import { DxError } from "../errors/error.ts";
import { decryptAes, encryptAes, newAesKey, readAesKey, type AesKey, type Random } from "./aes.ts";
import { decodeBase64Lenient, encodeBase64 } from "./base64.ts";
import { importPublicKey } from "./keys.ts";

/** A magic envelope of 2 MiB as base64. */
const MAX_BODY_BYTES = 3 << 20;

const WRAPPER = z.union([
  z.object({ aes_key: z.string(), encrypted_magic_envelope: z.string() }),
  // COMPAT(diaspora* < 0.7): the header of an encrypted slap (§7) is the same under another name.
  z
    .object({ aes_key: z.string(), ciphertext: z.string() })
    .transform(({ aes_key, ciphertext }) => ({ aes_key, encrypted_magic_envelope: ciphertext })),
]);
const AES_KEY = z.object({ key: z.string(), iv: z.string() });

/** Both in base64: what only this recipient can read, and the key to it. */
export interface Encrypted {
  readonly aesKey: string;
  readonly ciphertext: string;
}

/** With the recipient's public key, one of the two operations on which a message's time goes. */
export function encryptFor(
  recipientKey: KeyObject | string,
  cleartext: string,
  random?: Random,
): Encrypted {
  const publicKey = typeof recipientKey === "string" ? importPublicKey(recipientKey) : recipientKey;
  const aes = newAesKey(random);
  const aesJson = JSON.stringify({ key: encodeBase64(aes.key), iv: encodeBase64(aes.iv) });
  const wrapped = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(aesJson),
  );
  return {
    aesKey: encodeBase64(wrapped),
    ciphertext: encodeBase64(encryptAes(cleartext, aes)),
  };
}

/**
 * A magic envelope for one recipient's eyes (§6): the JSON for `/receive/users/:guid`,
 * `application/json`, its fields in the gem's order. Costs one operation with the public key.
 * @param recipientKey - the recipient's public key, as KeyObject or PEM
 * @param random - for tests only
 * @throws {DxError} `DX_KEY_INVALID`
 */
export function encryptEnvelope(
  magicEnvelopeXml: string,
  recipientKey: KeyObject | string,
  random?: Random,
): string {
  const { aesKey, ciphertext } = encryptFor(recipientKey, magicEnvelopeXml, random);
  return JSON.stringify({ aes_key: aesKey, encrypted_magic_envelope: ciphertext });
}

/** The AES key and IV of a message, for the conformance runner's comparison. */
export interface Unwrapped extends AesKey {
  readonly ciphertext: Buffer;
}

const UTF8 = new TextDecoder();

function parseJson<T>(schema: z.ZodType<T>, bytes: Uint8Array | string): T {
  const text = typeof bytes === "string" ? bytes : UTF8.decode(bytes);
  const value: unknown = JSON.parse(text);
  return schema.parse(value);
}

/** null when there is no AES key in it, or it was for somebody else. */
function unwrapKey(wrapped: Uint8Array, privateKey: KeyObject): AesKey | null {
  try {
    const padding = constants.RSA_PKCS1_PADDING;
    return readAesKey(parseJson(AES_KEY, privateDecrypt({ key: privateKey, padding }, wrapped)));
  } catch {
    return null;
  }
}

/**
 * The gem is lenient about further JSON fields, and so is this. Without a key the ciphertext
 * is decrypted all the same, with one that cannot fit: a megabyte takes milliseconds, and
 * whether they pass would tell a sender that the RSA padding was good.
 */
function unwrap(
  body: Uint8Array | string,
  privateKey: KeyObject,
): Unwrapped & { readonly envelope: Buffer } {
  if (body.length > MAX_BODY_BYTES) throw new RangeError("body");
  const wrapper = parseJson(WRAPPER, body);
  const ciphertext = decodeBase64Lenient(wrapper.encrypted_magic_envelope);
  const aes = unwrapKey(decodeBase64Lenient(wrapper.aes_key), privateKey);
  const envelope = decryptAes(ciphertext, aes ?? newAesKey());
  if (aes === null) throw new RangeError("key");
  return { ...aes, ciphertext, envelope };
}

/** Like decryptEnvelope, with what was found on the way. */
export function openEncryptedEnvelope(
  body: Uint8Array | string,
  privateKey: KeyObject,
): Unwrapped & { readonly envelope: Buffer } {
  try {
    return unwrap(body, privateKey);
  } catch {
    // No cause: which step failed is nobody's business, not even the log's.
    throw new DxError("DX_DECRYPT_FAILED");
  }
}

/**
 * The magic envelope's bytes. Blocks for milliseconds (RSA with a private key is only to be
 * had synchronously): call it through the pool of decrypt-pool.ts.
 * @throws {DxError} `DX_DECRYPT_FAILED`, and nothing else: how it failed is nobody's business
 */
export function decryptEnvelope(body: Uint8Array | string, privateKey: KeyObject): Buffer {
  return openEncryptedEnvelope(body, privateKey).envelope;
}
