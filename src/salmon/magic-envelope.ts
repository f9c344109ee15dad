/**
 * The magic envelope: Salmon magic signatures as the diaspora* federation uses them
 * (diaspora-protocol.md §4). A payload, signed over its base64url form and the three
 * constants, RSASSA-PKCS1-v1_5 with SHA-256.
 */
import { sign, verify, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { DiasporaId } from "../activitystreams/ids.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { serialiseDocument } from "../xml/serialise.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64.ts";
import { readDiasporaId } from "./diaspora-id.ts";
import { importPrivateKey, importPublicKey } from "./keys.ts";

export const NS_MAGIC_ENVELOPE = "http://salmon-protocol.org/ns/magic-env";
export const MAGIC_ENVELOPE_TYPE = "application/magic-envelope+xml";

export const DATA_TYPE = "application/xml";
export const ENCODING = "base64url";
export const ALGORITHM = "RSA-SHA256";
const SIGNED_TAIL = [DATA_TYPE, ENCODING, ALGORITHM].map((part) => encodeBase64Url(part)).join(".");

/** Read, not verified. */
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
  return `${encodeBase64Url(data)}.${SIGNED_TAIL}`;
}

/** The envelope of these three texts, which are in base64url already. */
export function envelopeElement(data: string, keyId: string, signature: string): XmlElement {
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

/** The whole document, byte for byte as the gem writes it. Signs on the thread pool. */
export async function sealEnvelope(
  payloadXml: string,
  sender: DiasporaId,
  privateKey: KeyObject | string,
): Promise<string> {
  const key = typeof privateKey === "string" ? importPrivateKey(privateKey) : privateKey;
  const data = encodeBase64Url(payloadXml);
  const signature = await signAsync("RSA-SHA256", Buffer.from(`${data}.${SIGNED_TAIL}`), key);
  return serialiseDocument(
    envelopeElement(data, encodeBase64Url(sender), encodeBase64Url(signature)),
  );
}

const verifyAsync = promisify(verify);

/** On the thread pool, where twice as many fit into a second as on the event loop. */
export async function verifyEnvelope(
  envelope: MagicEnvelope,
  publicKey: KeyObject | string,
): Promise<boolean> {
  const key = typeof publicKey === "string" ? importPublicKey(publicKey) : publicKey;
  return verifyAsync("RSA-SHA256", Buffer.from(envelope.signingString), key, envelope.signature);
}

// The attribute is at the end of the document for every known writer but the Python library.
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
  const at = bytes.lastIndexOf("key_id");
  if (at < 0) return null;
  const keyId = KEY_ID.exec(bytes.toString("latin1", at, at + 800))?.[1];
  const decoded = keyId === undefined ? null : decodeBase64Url(keyId);
  return decoded === null ? null : readDiasporaId(decoded.toString("utf8"));
}
