/**
 * A reader of messages that shares nothing with src/ (xmldom, node:crypto): the sender, the
 * signature and the payload out of the very bytes that came, and the values of a payload.
 */
import { constants, createDecipheriv, privateDecrypt } from "node:crypto";
import type { Element } from "@xmldom/xmldom";
import type { Role } from "../../../scripts/conformance/vectors.ts";
import { record, text } from "../../support/peer-person.ts";
import { elementsOf, parseXml } from "../../support/peer-xml.ts";

const NS_ENVELOPE = "http://salmon-protocol.org/ns/magic-env";
const NS_SLAP = "https://joindiaspora.com/protocol";

export interface OwnMessage {
  readonly sender: string;
  /** As the three readers build it, from the decoded bytes. */
  readonly signed: string;
  readonly signature: Buffer;
  readonly payload: string;
}

/** Both alphabets; line ends do not count. */
function decoded(base64: string): Buffer {
  return Buffer.from(base64.replace(/\s+/g, ""), "base64url");
}

/** As Ruby's unpack: what no base64 has is skipped, and so is padding where no group can end. */
export function lenient(base64: unknown): Buffer {
  const known = text(base64).replace(/[^A-Za-z0-9+/=]/g, "");
  let kept = "";
  for (const char of known) {
    if (char !== "=") kept += char;
    else if (kept.length % 4 > 1) break;
  }
  return Buffer.from(kept, "base64");
}

/** XML 1.0 §4.3.3, for the encodings that are met. */
function textOfBytes(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes).toString("latin1");
  const declared = /^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)/.exec(latin1.slice(0, 300))?.[1];
  if (/^(iso-8859-1|latin1)$/i.test(declared ?? "")) return latin1;
  return Buffer.from(bytes)
    .toString("utf8")
    .replace(/^\ufeff/, "");
}

function only(parent: Element, name: string, namespace: string | null): Element {
  const found = elementsOf(parent).filter(
    (element) => element.localName === name && element.namespaceURI === namespace,
  );
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`not one ${name}`);
  return first;
}

function textIn(parent: Element, name: string, namespace: string | null): string {
  return only(parent, name, namespace).textContent ?? "";
}

/** Of an encrypted envelope, and of an encrypted header, which calls its ciphertext otherwise. */
function decrypted(recipient: Role, json: Uint8Array): Buffer {
  const outer = record(JSON.parse(textOfBytes(json)));
  const bundle = privateDecrypt(
    { key: recipient.private_key_pkcs8_pem, padding: constants.RSA_PKCS1_PADDING },
    lenient(outer["aes_key"]),
  );
  const { key, iv } = record(JSON.parse(bundle.toString("utf8")));
  return uncovered(key, iv, outer["encrypted_magic_envelope"] ?? outer["ciphertext"]);
}

function uncovered(key: unknown, iv: unknown, ciphertext: unknown): Buffer {
  const decipher = createDecipheriv("aes-256-cbc", lenient(key), lenient(iv));
  return Buffer.concat([decipher.update(lenient(ciphertext)), decipher.final()]);
}

function fromEnvelope(env: Element, sender: string | null, clear: (data: Buffer) => Buffer) {
  const data = decoded(textIn(env, "data", NS_ENVELOPE));
  const sig = only(env, "sig", NS_ENVELOPE);
  const parts = [data, "application/xml", "base64url", "RSA-SHA256"].map((part) =>
    Buffer.from(part).toString("base64").replaceAll("+", "-").replaceAll("/", "_"),
  );
  return {
    sender: sender ?? decoded(sig.getAttribute("key_id") ?? "").toString("utf8"),
    signed: parts.join("."),
    signature: decoded(sig.textContent ?? ""),
    payload: textOfBytes(clear(data)),
  };
}

function fromSlap(slap: Element, recipient: Role | null): OwnMessage {
  const env = only(slap, "env", NS_ENVELOPE);
  if (recipient === null) {
    const author = textIn(only(slap, "header", NS_SLAP), "author_id", NS_SLAP);
    return fromEnvelope(env, author, (data) => data);
  }
  const json = lenient(textIn(slap, "encrypted_header", NS_SLAP));
  const header = parseXml(textOfBytes(decrypted(recipient, json)));
  const [key, iv, author] = ["aes_key", "iv", "author_id"].map((name) =>
    textIn(header, name, null),
  );
  return fromEnvelope(env, author ?? "", (data) => uncovered(key, iv, data.toString("latin1")));
}

/** A message at the door of this person, or at the public one. Throws what is wrong with it. */
export function readOwnMessage(body: Uint8Array, recipient: Role | null): OwnMessage {
  const encrypted = recipient !== null && !textOfBytes(body).trimStart().startsWith("<");
  const root = parseXml(textOfBytes(encrypted ? decrypted(recipient, body) : body));
  if (root.localName === "env" && root.namespaceURI === NS_ENVELOPE) {
    return fromEnvelope(root, null, (data) => data);
  }
  if (root.localName !== "diaspora" || root.namespaceURI !== NS_SLAP) throw new Error(root.tagName);
  return fromSlap(root, recipient);
}

/** The payload's elements: name as written, its part behind a prefix, and all text below. */
export interface OwnElement {
  readonly name: string;
  readonly local: string;
  readonly text: string;
  readonly children: readonly OwnElement[];
}

// xmldom takes them for line ends, which they are in XML 1.1 only.
const HIDDEN: readonly (readonly [char: string, standIn: string])[] = [
  ["\u0085", "\ue085"],
  ["\u2028", "\ue028"],
];
const hidden = (xml: string): string =>
  HIDDEN.reduce((text, [char, standIn]) => text.replaceAll(char, standIn), xml);
const shown = (text: string): string =>
  HIDDEN.reduce((changed, [char, standIn]) => changed.replaceAll(standIn, char), text);

function treeOf(element: Element): OwnElement {
  return {
    name: element.tagName,
    local: element.localName ?? element.tagName,
    text: shown(element.textContent ?? ""),
    children: elementsOf(element).map(treeOf),
  };
}

export function readOwnPayload(payload: string): OwnElement {
  const root = parseXml(hidden(payload));
  // COMPAT(diaspora* < 0.7): the wrapper.
  const post = root.tagName === "XML" ? elementsOf(root)[0] : undefined;
  const [inner] = post === undefined ? [] : elementsOf(post);
  return treeOf(inner ?? root);
}
