/**
 * The encrypted envelope of private messages (diaspora-protocol.md §6): AES-256-CBC over
 * the magic envelope, key and IV under the recipient's RSA key, PKCS#1 v1.5. It is not
 * authenticated: only the signature inside proves anything, and every way to fail looks
 * the same from outside, or it would be a padding oracle.
 */
import { constants, createCipheriv, createDecipheriv, privateDecrypt } from "node:crypto";
import { publicEncrypt, randomBytes, type KeyObject } from "node:crypto";
import { z } from "zod";
import { DxError } from "../errors/error.ts";
import { decodeBase64Lenient, encodeBase64 } from "./base64.ts";
import { importPublicKey } from "./keys.ts";

const CIPHER = "aes-256-cbc";
const KEY_BYTES = 32;
const IV_BYTES = 16;
/** A magic envelope of 2 MiB as base64. */
const MAX_BODY_BYTES = 3 << 20;

const WRAPPER = z.object({ aes_key: z.string(), encrypted_magic_envelope: z.string() });
const AES_KEY = z.object({ key: z.string(), iv: z.string() });

/** The cleartext is the magic envelope; its form as JSON keeps the gem's order. */
export function encryptEnvelope(
  magicEnvelopeXml: string,
  recipientKey: KeyObject | string,
  random: (bytes: number) => Buffer = randomBytes,
): string {
  const publicKey = typeof recipientKey === "string" ? importPublicKey(recipientKey) : recipientKey;
  const key = random(KEY_BYTES);
  const iv = random(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  const ciphertext = Buffer.concat([cipher.update(magicEnvelopeXml, "utf8"), cipher.final()]);
  const aesKey = JSON.stringify({ key: encodeBase64(key), iv: encodeBase64(iv) });
  const wrapped = publicEncrypt(
    { key: publicKey, padding: constants.RSA_PKCS1_PADDING },
    Buffer.from(aesKey),
  );
  return JSON.stringify({
    aes_key: encodeBase64(wrapped),
    encrypted_magic_envelope: encodeBase64(ciphertext),
  });
}

/** The AES key and IV of a message, for the conformance runner's comparison. */
export interface Unwrapped {
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
}

function parseJson<T>(schema: z.ZodType<T>, bytes: Uint8Array | string): T {
  const text = typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes);
  const value: unknown = JSON.parse(text);
  return schema.parse(value);
}

/** Readers are lenient about base64 here (§6), and so is the gem about further JSON fields. */
function unwrap(body: Uint8Array | string, privateKey: KeyObject): Unwrapped {
  if (body.length > MAX_BODY_BYTES) throw new RangeError("body");
  const wrapper = parseJson(WRAPPER, body);
  const aesJson = privateDecrypt(
    { key: privateKey, padding: constants.RSA_PKCS1_PADDING },
    decodeBase64Lenient(wrapper.aes_key),
  );
  const aes = parseJson(AES_KEY, aesJson);
  const key = decodeBase64Lenient(aes.key);
  const iv = decodeBase64Lenient(aes.iv);
  if (key.length !== KEY_BYTES || iv.length !== IV_BYTES) throw new RangeError("key or iv");
  return { key, iv, ciphertext: decodeBase64Lenient(wrapper.encrypted_magic_envelope) };
}

/** Like decryptEnvelope, with what was found on the way. */
export function openEncryptedEnvelope(
  body: Uint8Array | string,
  privateKey: KeyObject,
): Unwrapped & { readonly envelope: Buffer } {
  try {
    const unwrapped = unwrap(body, privateKey);
    const decipher = createDecipheriv(CIPHER, unwrapped.key, unwrapped.iv);
    const envelope = Buffer.concat([decipher.update(unwrapped.ciphertext), decipher.final()]);
    return { ...unwrapped, envelope };
  } catch {
    // No cause: which step failed is nobody's business, not even the log's.
    throw new DxError("DX_DECRYPT_FAILED");
  }
}

/**
 * The magic envelope's bytes. Blocks for milliseconds (RSA with a private key is only to be
 * had synchronously): call it through the pool of decrypt-pool.ts. Throws DX_DECRYPT_FAILED,
 * and nothing else.
 */
export function decryptEnvelope(body: Uint8Array | string, privateKey: KeyObject): Buffer {
  return openEncryptedEnvelope(body, privateKey).envelope;
}
