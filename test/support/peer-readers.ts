/**
 * The three readers of the federation, each with the quirks that a writer must know of
 * (diaspora* federation §4, §5, §16): the gem, Friendica and the Python library. Nothing of
 * src/ is in them: node-forge verifies, xmldom reads.
 */
import type { Element } from "@xmldom/xmldom";
import forge from "node-forge";
import { elementsOf, parseXml } from "./peer-xml.ts";

export interface Reading {
  /** Of the envelope, verified. */
  readonly sender: string;
  readonly entity: string;
  /** The payload's bytes as text, and what the sender signed. */
  readonly payload: string;
  readonly signingString: string;
  /** Scalars as this reader understands them, in document order: `photo/guid`, value. */
  readonly values: readonly (readonly [path: string, value: string])[];
  /** Of a relayable: what its author signed, verified. */
  readonly authorText: string | null;
}

/** Throws with what this reader would stumble over. */
export type PeerReader = (body: string, keyOf: (id: string) => string) => Reading;

interface Quirks {
  /** An element of the envelope. */
  part(envelope: Element, name: string): Element;
  /** The text of `data` as it goes into the signing string. */
  signedData(text: string): string;
  decode(text: string): Buffer;
  value(name: string, text: string): string;
  /** The gem signs what it understands, the others what stands there. */
  readonly signsUnderstood: boolean;
  /** Of the values of a relayable's elements. */
  authorText(values: readonly string[]): string;
  isSignature(name: string): boolean;
}

const NAMESPACE = "http://salmon-protocol.org/ns/magic-env";
const SIGNED_TAIL = "YXBwbGljYXRpb24veG1s.YmFzZTY0dXJs.UlNBLVNIQTI1Ng==";
const RELAYABLES = new Set(["comment", "like", "poll_participation", "event_participation"]);
const TIMES = new Set(["created_at", "edited_at", "start", "end"]);
const BOOLEANS = new Set(
  "public positive following sharing blocking searchable nsfw all_day nothing".split(" "),
);

/** Ruby's strict form: padded or not, no white space, nothing else. */
function decodeStrictly(text: string): Buffer {
  if (!/^[\w-]*={0,2}$/.test(text)) throw new Error("characters that are no base64url");
  return Buffer.from(text, "base64url");
}

function decodePadded(text: string): Buffer {
  if (text.length % 4 !== 0) throw new Error("Incorrect padding");
  return decodeStrictly(text);
}

function only(found: readonly Element[], name: string): Element {
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`not one element ${name}`);
  return first;
}

/** By its prefix, which the gem has in its XPath; the namespace it never looks at. */
function byPrefix(envelope: Element, name: string): Element {
  if (envelope.tagName !== "me:env") throw new Error("XPath::SyntaxError");
  return only(
    elementsOf(envelope).filter((element) => element.tagName === `me:${name}`),
    name,
  );
}

function byNamespace(envelope: Element, name: string): Element {
  const isIt = (element: Element): boolean =>
    element.localName === name && element.namespaceURI === NAMESPACE;
  return only(elementsOf(envelope).filter(isIt), name);
}

const GEM: Quirks = {
  part(envelope, name) {
    const element = byPrefix(envelope, name);
    const expected = { data: "application/xml", encoding: "base64url", alg: "RSA-SHA256" };
    const [text, type] = [element.textContent, element.getAttribute("type")];
    if (name === "data" && type !== expected.data) throw new Error("InvalidDataType");
    if (name === "encoding" && text !== expected.encoding) throw new Error("InvalidEncoding");
    if (name === "alg" && text !== expected.alg) throw new Error("InvalidAlgorithm");
    return element;
  },
  signedData: (text) => padded(decodeStrictly(text)),
  decode: decodeStrictly,
  value(name, text) {
    if (TIMES.has(name)) {
      const time = Date.parse(text);
      return Number.isNaN(time) ? "" : new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z");
    }
    if (!BOOLEANS.has(name)) return text;
    return /^(?:true|t|yes|y|1)$/i.test(text) ? "true" : "false";
  },
  signsUnderstood: true,
  authorText: (values) => values.join(";"),
  isSignature: (name) => name.includes("signature"),
};

const isAuthorSignature = (name: string): boolean =>
  name === "author_signature" || name === "parent_author_signature";

const FRIENDICA: Quirks = {
  part: byNamespace,
  signedData: (text) => text.replace(/[ \t\r\n]/g, ""),
  decode: (text) => Buffer.from(text, "base64url"),
  // XML::escape() trims what it stores and passes on; booleans are compared with "true".
  value: (name, text) => (BOOLEANS.has(name) ? String(text === "true") : text.trim()),
  signsUnderstood: false,
  // No separator before the first value that says something.
  authorText: (values) =>
    values.reduce((text, value) => (text === "" ? value : `${text};${value}`), ""),
  isSignature: isAuthorSignature,
};

const PYTHON: Quirks = {
  part: byNamespace,
  signedData: (text) => text,
  decode: decodePadded,
  value(name, text) {
    if (BOOLEANS.has(name)) return String(text === "true");
    if (TIMES.has(name) && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) {
      throw new Error(`ValueError: time data '${text}' does not match format`);
    }
    return text;
  },
  signsUnderstood: false,
  authorText(values) {
    // lxml has None for the text of an empty element.
    if (values.includes("")) throw new Error("TypeError: expected str instance, NoneType found");
    return values.join(";");
  },
  isSignature: isAuthorSignature,
};

function padded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

function verify(text: string, signature: Buffer, pem: string, whose: string): void {
  const digest = forge.md.sha256.create();
  digest.update(text, "utf8");
  const key = forge.pki.publicKeyFromPem(pem);
  const bytes = digest.digest().bytes();
  let good = false;
  try {
    good = key.verify(bytes, signature.toString("latin1"));
  } catch {
    // forge throws for a block that no private key of this pair has made.
  }
  if (!good) throw new Error(`the ${whose}'s signature is not over ${text.slice(0, 200)}`);
}

function valuesOf(element: Element, path: string, quirks: Quirks): [string, string][] {
  return elementsOf(element).flatMap((child): [string, string][] => {
    if (child.attributes.length > 0) throw new Error(`${child.tagName} has attributes`);
    const name = `${path}${child.tagName}`;
    if (elementsOf(child).length > 0) return valuesOf(child, `${name}/`, quirks);
    return [[name, quirks.value(child.tagName, child.textContent ?? "")]];
  });
}

function authorTextOf(root: Element, quirks: Quirks, keyOf: (id: string) => string): string {
  const children = elementsOf(root);
  const text = (name: string): string =>
    children.find((child) => child.tagName === name)?.textContent ?? "";
  const signed = children
    .filter((child) => !quirks.isSignature(child.tagName))
    .map(({ tagName, textContent }) => {
      const text = textContent ?? "";
      return quirks.signsUnderstood ? quirks.value(tagName, text) : text;
    });
  const authorText = quirks.authorText(signed);
  const signature = Buffer.from(text("author_signature"), "base64");
  verify(authorText, signature, keyOf(text("author")), "author");
  return authorText;
}

function reader(quirks: Quirks): PeerReader {
  return (body, keyOf) => {
    const envelope = parseXml(body);
    const data = quirks.part(envelope, "data").textContent ?? "";
    for (const name of ["encoding", "alg"]) quirks.part(envelope, name);
    const sig = quirks.part(envelope, "sig");
    const sender = quirks.decode(sig.getAttribute("key_id") ?? "").toString("utf8");
    const signingString = `${quirks.signedData(data)}.${SIGNED_TAIL}`;
    verify(signingString, quirks.decode(sig.textContent ?? ""), keyOf(sender), "sender");
    const payload = quirks.decode(data).toString("utf8");
    const root = parseXml(payload);
    if (root.namespaceURI !== null) throw new Error("the entity is in a namespace");
    const { tagName: entity } = root;
    return {
      sender,
      entity,
      payload,
      signingString,
      values: valuesOf(root, "", quirks),
      authorText: RELAYABLES.has(entity) ? authorTextOf(root, quirks, keyOf) : null,
    };
  };
}

export const PEER_READERS = {
  gem: reader(GEM),
  friendica: reader(FRIENDICA),
  python: reader(PYTHON),
} as const satisfies Readonly<Record<string, PeerReader>>;

/** As they stand in the XML, understood by nobody yet. */
export function rawValues(payload: string): readonly (readonly [path: string, value: string])[] {
  return valuesOf(parseXml(payload), "", { ...FRIENDICA, value: (_, text) => text });
}
