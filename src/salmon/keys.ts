/**
 * RSA keys of people (diaspora-protocol.md §1). Keys never change once known, pods of
 * every age hold 1024 to 4096 bits, and the PEM comes out of a web page: what is taken is
 * bounded before OpenSSL sees it.
 */
import { createPrivateKey, createPublicKey, generateKeyPair as generate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { LRUCache } from "lru-cache";
import { DxError } from "../errors/error.ts";

/** Of a private key of 8192 bits 6.4 kB; the rest is white space. */
const MAX_PEM_LENGTH = 16_384;
/** Of a public key of 8192 bits 1,064. An exponent of 80,000 bits took 19 ms to read (measured). */
const MAX_DER_BYTES = 1_100;
const MIN_BITS = 1024;
/** Above, one verification costs more than a message is worth. */
const MAX_BITS = 8192;
const MAX_EXPONENT = 0xffff_ffffn;

// COMPAT(Hubzilla): the base64 may have been folded into one line, with blanks for line ends.
const PEM = /^-----BEGIN (RSA )?PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END (RSA )?PUBLIC KEY-----$/;

/**
 * A key is a pure function of its PEM, and parsing costs up to half a verification, so the
 * parsed ones are kept, least recently used out first.
 */
const imported = new LRUCache<string, KeyObject>({ max: 2048 });

function checkRsa(key: KeyObject): KeyObject {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== "rsa") throw new DxError("DX_KEY_INVALID", { detail: "not RSA" });
  if (modulusLength < MIN_BITS || modulusLength > MAX_BITS) {
    throw new DxError("DX_KEY_INVALID", { detail: `${String(modulusLength)} bits` });
  }
  if (publicExponent < 3n || publicExponent > MAX_EXPONENT || publicExponent % 2n === 0n) {
    throw new DxError("DX_KEY_INVALID", { detail: "exponent" });
  }
  return key;
}

/** Of an even modulus there is no power: each signature would be bad, each encryption a fault. */
function isOddModulus(key: KeyObject): boolean {
  const modulus = Buffer.from(key.export({ format: "jwk" }).n ?? "", "base64url");
  return ((modulus.at(-1) ?? 0) & 1) === 1;
}

/**
 * `BEGIN PUBLIC KEY` (SPKI) or `BEGIN RSA PUBLIC KEY` (PKCS#1), RSA of 1024 to 8192 bits. White
 * space around it does not matter. The same PEM gives the same object again.
 * @throws {DxError} `DX_KEY_INVALID`
 */
export function importPublicKey(pem: string): KeyObject {
  const known = imported.get(pem);
  if (known !== undefined) return known;
  if (pem.length > MAX_PEM_LENGTH) throw new DxError("DX_KEY_INVALID", { detail: "too long" });
  const [, begin, body, end] = PEM.exec(pem.trim()) ?? [];
  if (body === undefined || begin !== end) {
    throw new DxError("DX_KEY_INVALID", { detail: "no PEM" });
  }
  const key = checkRsa(parseDer(body, begin === undefined ? "spki" : "pkcs1"));
  if (!isOddModulus(key)) throw new DxError("DX_KEY_INVALID", { detail: "modulus" });
  imported.set(pem, key);
  return key;
}

function parseDer(body: string, type: "spki" | "pkcs1"): KeyObject {
  const der = Buffer.from(body, "base64");
  if (der.length > MAX_DER_BYTES) throw new DxError("DX_KEY_INVALID", { detail: "too long" });
  try {
    return createPublicKey({ key: der, format: "der", type });
  } catch (cause) {
    throw new DxError("DX_KEY_INVALID", { detail: "not readable", cause });
  }
}

/**
 * PKCS#8 or PKCS#1. Not kept: whoever needs it often keeps the KeyObject.
 * @throws {DxError} `DX_KEY_INVALID`
 */
export function importPrivateKey(pem: string): KeyObject {
  if (pem.length > MAX_PEM_LENGTH) throw new DxError("DX_KEY_INVALID", { detail: "too long" });
  return checkRsa(parsePrivatePem(pem));
}

function parsePrivatePem(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out: OpenSSL's message may say something about the key.
    throw new DxError("DX_KEY_INVALID", { detail: "private key not readable" });
  }
}

/** A key pair as text. */
export interface KeyPairPem {
  /** PKCS#8. */
  readonly privatePem: string;
  /** SPKI. */
  readonly publicPem: string;
}

const generateAsync = promisify(generate);

/**
 * A new RSA key. Takes seconds for 4096 bits, on the thread pool, not on the event loop. A
 * person's key never changes once a pod knows it (§1).
 * @param bits - 4096 is what diaspora* has; less only for tests
 */
export async function generateKeyPair(bits = 4096): Promise<KeyPairPem> {
  const pair = await generateAsync("rsa", {
    modulusLength: bits,
    publicExponent: 0x10001,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { privatePem: pair.privateKey, publicPem: pair.publicKey };
}
