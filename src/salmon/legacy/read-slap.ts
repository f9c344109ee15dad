/**
 * COMPAT(diaspora* < 0.7): Salmon slaps (diaspora-protocol.md §7): a magic envelope below a
 * header that names the sender. In a private one the header is encrypted, and has the key
 * to the envelope's data, which was encrypted before it was signed.
 */
import { parseDiasporaId, type DiasporaId } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import type { ErrorCode } from "../../errors/registry.ts";
import { childElements, textOf, type XmlElement } from "../../xml/element.ts";
import { decodeXml, readXml } from "../../xml/reader.ts";
import { decryptAes, readAesKey, type AesKey } from "../aes.ts";
import { decodeBase64Lenient } from "../base64.ts";
import { NS_MAGIC_ENVELOPE, type MagicEnvelope } from "../magic-envelope.ts";
import { decodeEnvelope, ENVELOPE_LIMITS, readEnvelopeElement } from "../read-envelope.ts";

export const NS_SLAP = "https://joindiaspora.com/protocol";

export interface Slap {
  readonly envelope: MagicEnvelope;
  /** The payload in the envelope's data. Throws DX_DECRYPT_FAILED, and nothing else. */
  payloadOf(data: Buffer): Buffer;
}

const ROOT = /^\uFEFF?\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:[\w-]{1,32}:)?diaspora[\s/>]/;

/** Told by the root's name; whether it is in the right namespace, is found where it is read. */
export function isSlap(document: string): boolean {
  return ROOT.test(document.slice(0, 1024));
}

/** Two are refused like none: which of them counts would be a matter of the reader. */
function only(parent: XmlElement, local: string, ns: string, code: ErrorCode): XmlElement {
  const found = childElements(parent).filter((node) => node.local === local && node.ns === ns);
  const [element] = found;
  if (element === undefined || found.length > 1) throw new DxError(code, { detail: local });
  return element;
}

// An encrypted slap's envelope has no key_id, nor have those of gem 0.0.9; where there is one
// it is ignored (§7): the sender is who the header says, and the signature proves it.
function envelopeOf(root: XmlElement, author: DiasporaId | null): MagicEnvelope {
  const env = only(root, "env", NS_MAGIC_ENVELOPE, "DX_SLAP_ENVELOPE");
  return decodeEnvelope(readEnvelopeElement(env), () => author);
}

function readRoot(document: string, otherwise: ErrorCode): XmlElement {
  const root = readXml(document, ENVELOPE_LIMITS);
  if (root.local !== "diaspora" || root.ns !== NS_SLAP) throw new DxError(otherwise);
  return root;
}

/** A slap at the public end point. Throws DX_XML_*, DX_SLAP_* or DX_ENVELOPE_*. */
export function readSlap(document: string): Slap {
  const root = readRoot(document, "DX_SLAP_AUTHOR");
  const header = only(root, "header", NS_SLAP, "DX_SLAP_AUTHOR");
  const author = textOf(only(header, "author_id", NS_SLAP, "DX_SLAP_AUTHOR"));
  if (author === "") throw new DxError("DX_SLAP_AUTHOR");
  return { envelope: envelopeOf(root, parseDiasporaId(author)), payloadOf: (data) => data };
}

/** With an 8192-bit key it is 3 kB; lenient base64 takes its time over more. */
const MAX_HEADER_LENGTH = 65_536;
const HEADER_LIMITS = { bytes: 8_192, depth: 4, nodes: 16, attributes: 4 };

interface Header extends AesKey {
  readonly author: DiasporaId | null;
}

function readHeader(cleartext: Uint8Array): Header {
  try {
    const header = readXml(decodeXml(cleartext), HEADER_LIMITS);
    if (header.name !== "decrypted_header") throw new RangeError("root");
    const text = (name: string): string => textOf(only(header, name, "", "DX_DECRYPT_FAILED"));
    const author = parseDiasporaId(text("author_id"));
    return { ...readAesKey({ key: text("aes_key"), iv: text("iv") }), author };
  } catch {
    // A wrong key gives junk here (implicit rejection), so junk is called the same.
    throw new DxError("DX_DECRYPT_FAILED");
  }
}

/** §7: the data is the ciphertext in base64 once more. */
function decryptData(data: Buffer, key: AesKey): Buffer {
  try {
    return decryptAes(decodeBase64Lenient(data.toString("latin1")), key);
  } catch {
    throw new DxError("DX_DECRYPT_FAILED");
  }
}

/**
 * A slap at a person's end point. `decrypt` is given the header's JSON, which has the form of
 * an encrypted envelope. Throws DX_XML_*, DX_SLAP_* or DX_ENVELOPE_*, before anything is
 * decrypted, and DX_DECRYPT_FAILED.
 */
export async function readEncryptedSlap(
  document: string,
  decrypt: (header: Uint8Array) => Promise<Uint8Array>,
): Promise<Slap> {
  const root = readRoot(document, "DX_SLAP_HEADER");
  const header = textOf(only(root, "encrypted_header", NS_SLAP, "DX_SLAP_HEADER"));
  const { data, sig } = readEnvelopeElement(
    only(root, "env", NS_MAGIC_ENVELOPE, "DX_SLAP_ENVELOPE"),
  );
  if (header.length > MAX_HEADER_LENGTH) throw new DxError("DX_DECRYPT_FAILED");
  const { author, ...key } = readHeader(await decrypt(decodeBase64Lenient(header)));
  return {
    envelope: decodeEnvelope({ data, sig }, () => author),
    payloadOf: (bytes) => decryptData(bytes, key),
  };
}
