/**
 * The careful reader of foreign documents: XML 1.0 with namespaces, without DTD, so that
 * only the five predefined entities and character references exist. Bytes, depth, elements
 * and attributes are capped while it reads, not afterwards.
 */
import { SaxesParser } from "saxes";
import { DxError } from "../errors/error.ts";
import type { XmlElement, XmlNode } from "./element.ts";
import { readPlainXml } from "./plain-reader.ts";

/** How large a document may be. */
export interface XmlLimits {
  /** UTF-8 bytes of the document; default 1 MiB. */
  readonly bytes: number;
  /** Nested elements; default 64 (saxes takes time quadratic in it). */
  readonly depth: number;
  /** Elements in all; default 10,000. */
  readonly nodes: number;
  /** Attributes of one element; default 64. */
  readonly attributes: number;
}

const DEFAULT_LIMITS: XmlLimits = { bytes: 1 << 20, depth: 64, nodes: 10_000, attributes: 64 };

interface OpenElement {
  readonly name: string;
  readonly local: string;
  readonly ns: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = {};

function tooBig(what: keyof XmlLimits, limit: number): DxError {
  return new DxError("DX_XML_TOO_BIG", { detail: `more than ${String(limit)} ${what}` });
}

/** Comments leave no seam: the text on both sides is one node, and CDATA is text. */
function appendText(children: XmlNode[], text: string): void {
  if (text === "") return;
  const last = children.at(-1);
  if (typeof last === "string") children[children.length - 1] = last + text;
  else children.push(text);
}

function capsOf(text: string, limits: Partial<XmlLimits>): XmlLimits {
  const caps = { ...DEFAULT_LIMITS, ...limits };
  if (text.length > caps.bytes || Buffer.byteLength(text) > caps.bytes) {
    throw tooBig("bytes", caps.bytes);
  }
  return caps;
}

/**
 * The root of a foreign document: no DTD, no entities beyond the five, everything bounded.
 * @throws {DxError} `DX_XML_MALFORMED`, `DX_XML_FORBIDDEN` or `DX_XML_TOO_BIG`
 */
export function readXml(text: string, limits: Partial<XmlLimits> = {}): XmlElement {
  const caps = capsOf(text, limits);
  return readPlainXml(text, caps) ?? readWithSaxes(text, caps);
}

/** The same by the long way only. */
export function readAnyXml(text: string, limits: Partial<XmlLimits> = {}): XmlElement {
  return readWithSaxes(text, capsOf(text, limits));
}

function readWithSaxes(text: string, caps: XmlLimits): XmlElement {
  const root = parse(text, caps);
  if (root === undefined) throw new DxError("DX_XML_MALFORMED", { detail: "no root element" });
  return root;
}

function parse(text: string, caps: XmlLimits): XmlElement | undefined {
  const parser = new SaxesParser({
    xmlns: true,
    position: false,
    // XML 1.1 allows control characters that 1.0 forbids, and the stream speaks 1.0.
    defaultXMLVersion: "1.0",
    forceXMLVersion: true,
  });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let nodes = 0;
  let attributes = 0;

  parser.on("error", (error) => {
    throw new DxError("DX_XML_MALFORMED", { detail: error.message.slice(0, 100) });
  });
  parser.on("doctype", () => {
    throw new DxError("DX_XML_FORBIDDEN");
  });
  parser.on("opentagstart", () => {
    attributes = 0;
    nodes += 1;
    if (nodes > caps.nodes) throw tooBig("nodes", caps.nodes);
    if (open.length >= caps.depth) throw tooBig("depth", caps.depth);
  });
  parser.on("attribute", () => {
    attributes += 1;
    if (attributes > caps.attributes) throw tooBig("attributes", caps.attributes);
  });
  parser.on("opentag", (tag) => {
    const element: OpenElement = {
      name: tag.name,
      local: tag.local,
      ns: tag.uri,
      attrs: attributes === 0 ? NO_ATTRIBUTES : attributesOf(tag.attributes),
      children: [],
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("closetag", () => {
    open.pop();
  });
  const addText = (part: string): void => {
    const parent = open.at(-1);
    if (parent !== undefined) appendText(parent.children, part);
  };
  parser.on("text", addText);
  parser.on("cdata", addText);

  parser.write(text).close();
  return root;
}

// Object.fromEntries defines own properties, so an attribute called __proto__ stays an attribute.
function attributesOf(
  attributes: Readonly<Record<string, { readonly value: string }>>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]));
}

const DECLARED_ENCODING = /^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/;

/**
 * The text of a document that came as bytes (XML 1.0 §4.3.3): UTF-8 with or without byte
 * order mark, or ISO-8859-1 or ASCII where the declaration says so. Bytes that do not fit
 * are refused: a replacement character would make another text of what was signed.
 */
export function decodeXml(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256));
  const declared = DECLARED_ENCODING.exec(head.toString("latin1"))?.[1]?.toLowerCase() ?? "utf-8";
  if (declared === "iso-8859-1" || declared === "latin1") {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  }
  if (declared !== "utf-8" && declared !== "us-ascii" && declared !== "utf8") {
    throw new DxError("DX_XML_ENCODING", { detail: declared });
  }
  const text = decodeUtf8(bytes);
  // saxes would take a second mark for the first, and no document begins with a character.
  if (text === null || text.startsWith("\ufeff")) throw new DxError("DX_XML_ENCODING");
  return text;
}

// One for all: to make it takes as long as a post to decode.
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Without its byte order mark; null for what is no UTF-8. */
function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return null;
  }
}
