/**
 * The magic envelope: Salmon magic signatures as the diaspora* federation uses them
 * (diaspora-protocol.md §4). A payload, signed over its base64url form and the three
 * constants, RSASSA-PKCS1-v1_5 with SHA-256.
 */
import { sign, verify, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { parseDiasporaId, type DiasporaId } from "../activitystreams/ids.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { serialiseDocument } from "../xml/serialise.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64.ts";
import { importPrivateKey, importPublicKey } from "./keys.ts";

export const NS_MAGIC_ENVELOPE = "http://salmon-protocol.org/ns/magic-env";
/** The media type of a magic envelope, and of what is posted to `/receive/public`. */
export const MAGIC_ENVELOPE_TYPE = "application/magic-envelope+xml";

export const DATA_TYPE = "application/xml";
export const ENCODING = "base64url";
export const ALGORITHM = "RSA-SHA256";
const SIGNED_TAIL = [DATA_TYPE, ENCODING, ALGORITHM].map((part) => encodeBase64Url(part)).join(".");

/** An envelope that was read, and not verified: nothing in it is proven. */
export interface MagicEnvelope {
  /** The payload's bytes. */
  readonly data: Buffer;
  readonly signature: Buffer;
  /** Whom the key_id names; null when it names nobody who can exist. */
  readonly sender: DiasporaId | null;
  readonly signingString: string;
}

/** Rebuilt from the decoded bytes: who writes without padding must sign with it. */
export function signingStringOf(data: Uint8Array | string): string {
  return signingStringOfEncoded(encodeBase64Url(data));
}

/** The same of what is in base64url with padding already. */
export function signingStringOfEncoded(data: string): string {
  return `${data}.${SIGNED_TAIL}`;
}

/** The envelope of these three texts, which are in base64url already. */
export function envelopeElement(
  data: string,
  keyId: string | undefined,
  signature: string,
): XmlElement {
  return el(
    "me:env",
    { "xmlns:me": NS_MAGIC_ENVELOPE },
    el("me:data", { type: DATA_TYPE }, data),
    el("me:encoding", {}, ENCODING),
    el("me:alg", {}, ALGORITHM),
    el("me:sig", { key_id: keyId }, signature),
  );
}

const signAsync = promisify(sign);

/** Signs on the thread pool. COMPAT(diaspora* < 0.7): without a sender there is no key_id. */
export async function sealedElement(
  payload: string,
  sender: DiasporaId | undefined,
  privateKey: KeyObject | string,
): Promise<XmlElement> {
  const key = typeof privateKey === "string" ? importPrivateKey(privateKey) : privateKey;
  const data = encodeBase64Url(payload);
  const signature = await signAsync("RSA-SHA256", Buffer.from(`${data}.${SIGNED_TAIL}`), key);
  const keyId = sender === undefined ? undefined : encodeBase64Url(sender);
  return envelopeElement(data, keyId, encodeBase64Url(signature));
}

/**
 * The payload in a signed envelope: the whole document, byte for byte as the gem writes it
 * (§4). Signs on the thread pool.
 * @param payloadXml - what `writeEntity` gives
 * @param privateKey - the sender's, as KeyObject or PEM
 * @throws {DxError} `DX_KEY_INVALID` when the PEM is no key
 */
export async function sealEnvelope(
  payloadXml: string,
  sender: DiasporaId,
  privateKey: KeyObject | string,
): Promise<string> {
  return serialiseDocument(await sealedElement(payloadXml, sender, privateKey));
}

const verifyAsync = promisify(verify);

function verifyArguments(
  { signingString, signature }: MagicEnvelope,
  publicKey: KeyObject | string,
): ["RSA-SHA256", Buffer, KeyObject, Buffer] {
  const key = typeof publicKey === "string" ? importPublicKey(publicKey) : publicKey;
  return ["RSA-SHA256", Buffer.from(signingString), key, signature];
}

/**
 * True when this key signed it. On the thread pool, where with two cores twice as many fit
 * into a second.
 * @throws {DxError} `DX_KEY_INVALID` when the PEM is no key
 */
export async function verifyEnvelope(
  envelope: MagicEnvelope,
  publicKey: KeyObject | string,
): Promise<boolean> {
  return verifyAsync(...verifyArguments(envelope, publicKey));
}

/**
 * On the event loop: 0.07 ms for 4096 bits. For what comes one by one, as messages do that
 * had to be decrypted first, to wake another thread and be woken takes nearly as long.
 */
export function verifyEnvelopeHere(
  envelope: MagicEnvelope,
  publicKey: KeyObject | string,
): boolean {
  return verify(...verifyArguments(envelope, publicKey));
}

const KEY_ID = /key_id\s*=\s*["']([A-Za-z0-9+/_=-]{1,700})["']/;

/**
 * Who claims to have sent this, unproven, by a glance at the bytes: good for nothing but
 * deciding whose turn a message counts against. null for anything unusual.
 */
export function claimedSender(body: Uint8Array | string): DiasporaId | null {
  const bytes =
    typeof body === "string"
      ? Buffer.from(body)
      : Buffer.from(body.buffer, body.byteOffset, body.length);
  const at = bytes.indexOf("key_id");
  // A second one, in a comment say, could name another than the one that counts, and a slap's
  // sender stands elsewhere: who is slow to look up would take the turns of somebody else.
  if (at < 0 || bytes.includes("key_id", at + 1) || bytes.includes("author_id")) return null;
  const keyId = KEY_ID.exec(bytes.toString("latin1", at, at + 800))?.[1];
  const decoded = keyId === undefined ? null : decodeBase64Url(keyId);
  return decoded === null ? null : parseDiasporaId(decoded.toString("utf8"));
}
