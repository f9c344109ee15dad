/**
 * The magic envelope: Salmon magic signatures as the diaspora* federation uses them
 * (diaspora-protocol.md §4). A payload, signed over its base64url form and the three
 * constants, RSASSA-PKCS1-v1_5 with SHA-256.
 */
import { sign, verify, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { DiasporaId } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { childElements, el, textOf, type XmlElement } from "../xml/element.ts";
import { decodeXml, readXml } from "../xml/reader.ts";
import { serialiseDocument } from "../xml/serialise.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64.ts";
import { readDiasporaId } from "./diaspora-id.ts";
import { importPrivateKey, importPublicKey } from "./keys.ts";

export const NS_MAGIC_ENVELOPE = "http://salmon-protocol.org/ns/magic-env";
export const MAGIC_ENVELOPE_TYPE = "application/magic-envelope+xml";

const DATA_TYPE = "application/xml";
const ENCODING = "base64url";
const ALGORITHM = "RSA-SHA256";
const SIGNED_TAIL = [DATA_TYPE, ENCODING, ALGORITHM].map((part) => encodeBase64Url(part)).join(".");

/** The longest text in references is 0.6 MB, base64 makes 0.8 of it; room for as much again. */
export const ENVELOPE_LIMITS = { bytes: 2 << 20, depth: 8, nodes: 64, attributes: 16 } as const;

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
    el(
      "me:env",
      { "xmlns:me": NS_MAGIC_ENVELOPE },
      el("me:data", { type: DATA_TYPE }, data),
      el("me:encoding", {}, ENCODING),
      el("me:alg", {}, ALGORITHM),
      el("me:sig", { key_id: encodeBase64Url(sender) }, encodeBase64Url(signature)),
    ),
  );
}

/**
 * The one child of this name. Two are refused: which of them was signed would be a matter
 * of the reader.
 */
function part(env: XmlElement, local: string): XmlElement | undefined {
  const found = childElements(env).filter(
    (node) => node.local === local && node.ns === NS_MAGIC_ENVELOPE,
  );
  if (found.length > 1) throw invalid(`two ${local} elements`);
  return found[0];
}

function invalid(detail: string): DxError {
  return new DxError("DX_ENVELOPE_INVALID", { detail });
}

function filledPart(env: XmlElement, local: string): [element: XmlElement, text: string] {
  const element = part(env, local);
  if (element === undefined) throw invalid(`no ${local}`);
  const text = textOf(element);
  if (text === "") throw invalid(`empty ${local}`);
  return [element, text];
}

// COMPAT(Friendica, old Salmon writers): line breaks inside the base64 are taken; the signed
// string is made from the decoded bytes anyway.
function decodePart(text: string, local: string): Buffer {
  const bytes = decodeBase64Url(/\s/.test(text) ? text.replace(/\s+/g, "") : text);
  if (bytes === null) throw invalid(`${local} is not base64url`);
  return bytes;
}

/**
 * The checks in the gem's order, up to the key: structure, type, encoding, algorithm, key_id.
 * Elements go by namespace URI, as in Friendica and the Python library; the gem goes by the
 * literal prefix, and its own documents have both.
 */
export function readEnvelope(body: Uint8Array | string): MagicEnvelope {
  const env = readXml(typeof body === "string" ? body : decodeXml(body), ENVELOPE_LIMITS);
  if (env.local !== "env" || env.ns !== NS_MAGIC_ENVELOPE) throw invalid("the root is not me:env");
  const [dataElement, dataText] = filledPart(env, "data");
  const [sigElement, sigText] = filledPart(env, "sig");
  // §4: the values are compared exactly, without trimming.
  if (dataElement.attrs["type"] !== DATA_TYPE) throw new DxError("DX_ENVELOPE_TYPE");
  const encoding = part(env, "encoding");
  if (encoding === undefined || textOf(encoding) !== ENCODING) {
    throw new DxError("DX_ENVELOPE_ENCODING");
  }
  const algorithm = part(env, "alg");
  if (algorithm === undefined || textOf(algorithm) !== ALGORITHM) {
    throw new DxError("DX_ENVELOPE_ALGORITHM");
  }
  const keyId = sigElement.attrs["key_id"];
  if (keyId === undefined) throw invalid("no key_id");
  const data = decodePart(dataText, "data");
  return {
    data,
    signature: decodePart(sigText, "sig"),
    sender: senderOf(keyId),
    signingString: signingStringOf(data),
  };
}

function senderOf(keyId: string): DiasporaId | null {
  const bytes = decodeBase64Url(keyId);
  if (bytes === null) throw invalid("key_id is not base64url");
  return readDiasporaId(bytes.toString("utf8"));
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
  const bytes = typeof body === "string" ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
  const at = bytes.lastIndexOf("key_id");
  if (at < 0) return null;
  const keyId = KEY_ID.exec(bytes.toString("latin1", at, at + 800))?.[1];
  const decoded = keyId === undefined ? null : decodeBase64Url(keyId);
  return decoded === null ? null : readDiasporaId(decoded.toString("utf8"));
}
