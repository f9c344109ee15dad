/**
 * Reading a magic envelope (diaspora-protocol.md §4): its structure and its values, in the
 * order of the gem's checks, up to the point where a key is needed.
 */
import { parseDiasporaId, type DiasporaId } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { childElements, textOf, type XmlElement } from "../xml/element.ts";
import { decodeXml, readXml } from "../xml/reader.ts";
import { serialiseDocument } from "../xml/serialise.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64.ts";
import { ALGORITHM, DATA_TYPE, ENCODING, NS_MAGIC_ENVELOPE } from "./magic-envelope.ts";
import {
  envelopeElement,
  signingStringOf,
  signingStringOfEncoded,
  type MagicEnvelope,
} from "./magic-envelope.ts";

/** The longest text in references is 0.6 MB, base64 makes 0.8 of it; room for as much again. */
export const ENVELOPE_LIMITS = { bytes: 2 << 20, depth: 8, nodes: 64, attributes: 16 } as const;

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
  const bytes = decodeBase64Url(/[ \t\r\n]/.test(text) ? text.replace(/[ \t\r\n]+/g, "") : text);
  if (bytes === null) throw invalid(`${local} is not base64url`);
  return bytes;
}

/** The parts of an envelope as text, still in base64. */
export interface EnvelopeText {
  readonly data: string;
  readonly sig: string;
}

interface AddressedText extends EnvelopeText {
  readonly keyId: string;
}

/**
 * The checks in the gem's order, up to the key: structure, type, encoding, algorithm; the
 * key_id is left to the caller. Elements go by namespace URI, as in Friendica and the Python
 * library; the gem goes by the literal prefix, and its own documents have both.
 */
export function readEnvelopeElement(
  env: XmlElement,
): EnvelopeText & { readonly keyId: string | undefined } {
  const [dataElement, data] = filledPart(env, "data");
  const [sigElement, sig] = filledPart(env, "sig");
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
  return { data, sig, keyId: sigElement.attrs["key_id"] };
}

function readParts(document: string): AddressedText {
  const env = readXml(document, ENVELOPE_LIMITS);
  if (env.local !== "env" || env.ns !== NS_MAGIC_ENVELOPE) throw invalid("the root is not me:env");
  const { data, sig, keyId } = readEnvelopeElement(env);
  if (keyId === undefined) throw invalid("no key_id");
  return { data, sig, keyId };
}

/** What the gem writes, and so do we, around data, key_id and signature. */
const [BEFORE_DATA = "", BEFORE_KEY_ID = "", BEFORE_SIG = "", END = ""] = serialiseDocument(
  envelopeElement("*", "*", "*"),
).split("*");

/** null for what would be written otherwise: then it may be markup, or have to be judged. */
function decodeCanonical(text: string): Buffer | null {
  const bytes = Buffer.from(text, "base64url");
  return text !== "" && encodeBase64Url(bytes) === text ? bytes : null;
}

/**
 * saxes takes 30 ns a character, 0.27 ms for a post with photos, three times its signature's
 * verification; this takes 0.01. What it does not know to the letter goes the long way, and
 * a test holds the two together.
 */
function readGemForm(document: string): MagicEnvelope | null {
  if (document.length > ENVELOPE_LIMITS.bytes) return null;
  if (!document.startsWith(BEFORE_DATA) || !document.endsWith(END)) return null;
  const keyIdAt = document.indexOf(BEFORE_KEY_ID, BEFORE_DATA.length);
  const sigAt = keyIdAt < 0 ? -1 : document.indexOf(BEFORE_SIG, keyIdAt + BEFORE_KEY_ID.length);
  if (sigAt < 0) return null;
  const encoded = document.slice(BEFORE_DATA.length, keyIdAt);
  const data = decodeCanonical(encoded);
  const keyId = decodeCanonical(document.slice(keyIdAt + BEFORE_KEY_ID.length, sigAt));
  const signature = decodeCanonical(document.slice(sigAt + BEFORE_SIG.length, -END.length));
  if (data === null || keyId === null || signature === null) return null;
  const sender = parseDiasporaId(keyId.toString("utf8"));
  return { data, signature, sender, signingString: signingStringOfEncoded(encoded) };
}

/** Whose envelope it is, is known by then. Throws DX_ENVELOPE_INVALID. */
export function decodeEnvelope(
  { data: text, sig }: EnvelopeText,
  senderOf: () => DiasporaId | null,
): MagicEnvelope {
  const data = decodePart(text, "data");
  return {
    data,
    signature: decodePart(sig, "sig"),
    sender: senderOf(),
    signingString: signingStringOf(data),
  };
}

function decodeParts(text: AddressedText): MagicEnvelope {
  return decodeEnvelope(text, () => senderOf(text.keyId));
}

/**
 * The structure and the values of an envelope (§4), up to where a key is needed; for all
 * checks of a receiver use `openPublic`.
 * @throws {DxError} `DX_XML_MALFORMED`, `DX_XML_FORBIDDEN`, `DX_XML_ENCODING`,
 * `DX_XML_TOO_BIG` (over 2 MiB), `DX_ENVELOPE_INVALID`, `DX_ENVELOPE_TYPE`,
 * `DX_ENVELOPE_ENCODING`, `DX_ENVELOPE_ALGORITHM`
 */
export function readEnvelope(body: Uint8Array | string): MagicEnvelope {
  const document = typeof body === "string" ? body : decodeXml(body);
  return readGemForm(document) ?? decodeParts(readParts(document));
}

/** The same by the long way only. */
export function readEnvelopeAsXml(document: string): MagicEnvelope {
  return decodeParts(readParts(document));
}

function senderOf(keyId: string): DiasporaId | null {
  const bytes = decodeBase64Url(keyId);
  if (bytes === null) throw invalid("key_id is not base64url");
  return parseDiasporaId(bytes.toString("utf8"));
}
