/**
 * An element tree as text: XML 1.0 §2.2 (characters), §2.4 (escaping), §2.11 (line ends).
 * The indented form is byte for byte what libxml2 writes for the diaspora* gem; the HTML
 * form is for pages that HTML and XML readers must both take.
 */
import { isElement, type XmlElement } from "./element.ts";
import { writtenText } from "./written.ts";

// XML 1.0 §2.2: everything but tab, LF, CR, U+0020–D7FF, U+E000–FFFD and the astral planes.
// Surrogates without their other half are gone before it is asked for; with the u flag it
// would take five times as long.
const ILLEGAL = /[^\t\n\r\u0020-\ufffd]/g;

/** Replaces what XML 1.0 forbids, lone surrogates included, by U+FFFD. */
export function stripIllegal(text: string): string {
  return text.toWellFormed().replace(ILLEGAL, "\ufffd");
}

// A bare CR would come back as LF from every reader (§2.11), so it is written as a reference.
const TEXT_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\r": "&#xD;",
};
const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = {
  ...TEXT_ESCAPES,
  '"': "&quot;",
  "'": "&apos;",
  "\n": "&#xA;",
  "\t": "&#x9;",
};

// Most texts are written as they are; a surrogate may be one without its other half.
const NOT_PLAIN_TEXT = /[&<>\r\ud800-\udfff]|[^\t\n\r\u0020-\ufffd]/;
const NOT_PLAIN_ATTRIBUTE = /[&<>"'\r\n\t\ud800-\udfff]|[^\u0020-\ufffd]/;

function escapeText(text: string): string {
  if (!NOT_PLAIN_TEXT.test(text)) return text;
  return stripIllegal(text).replace(/[&<>\r]/g, (char) => TEXT_ESCAPES[char] ?? char);
}

function escapeAttribute(text: string): string {
  if (!NOT_PLAIN_ATTRIBUTE.test(text)) return text;
  return stripIllegal(text).replace(/[&<>"'\r\n\t]/g, (char) => ATTRIBUTE_ESCAPES[char] ?? char);
}

/** As it stands in a start tag, with the blank before it. */
export function attribute(name: string, value: string): string {
  return ` ${name}="${escapeAttribute(value)}"`;
}

function attributesOf(element: XmlElement): string {
  let text = "";
  const { attrs } = element;
  for (const name in attrs) text += attribute(name, attrs[name] ?? "");
  return text;
}

function startOf(element: XmlElement): string {
  return `<${element.name}${attributesOf(element)}`;
}

/** Without declaration, without added white space. */
export function serialise(element: XmlElement): string {
  const written = writtenText(element);
  if (written !== undefined) return written.text;
  if (element.children.length === 0) return `${startOf(element)}/>`;
  let text = `${startOf(element)}>`;
  for (const node of element.children) {
    text += isElement(node) ? serialise(node) : escapeText(node);
  }
  return `${text}</${element.name}>`;
}

/** In two parts, between which further attributes (`attribute`) may be put. */
export function serialiseOpen(element: XmlElement): {
  readonly start: string;
  readonly rest: string;
} {
  const start = `<${element.name}`;
  return { start, rest: serialise(element).slice(start.length) };
}

// The pairs by name: with the u flag the same takes twice as long.
const NOT_ASCII = /[\ud800-\udbff][\udc00-\udfff]|[^\0-\x7f]/g;

function asciiOnly(text: string): string {
  return text.replace(
    NOT_ASCII,
    (char) => `&#x${(char.codePointAt(0) ?? 0xfffd).toString(16).toUpperCase()};`,
  );
}

function indented(element: XmlElement, indent: string): string {
  // In a name no reference can stand: it stays as it is.
  const start = `<${element.name}${asciiOnly(attributesOf(element))}`;
  const { children } = element;
  if (children.every((node) => node === "")) return `${start}/>`;
  if (!children.every(isElement)) {
    let inner = "";
    for (const node of children) inner += isElement(node) ? serialise(node) : escapeText(node);
    return `${start}>${asciiOnly(inner)}</${element.name}>`;
  }
  const deeper = `${indent}  `;
  const lines = children.map((node) => `${deeper}${indented(node, deeper)}\n`);
  return `${start}>\n${lines.join("")}${indent}</${element.name}>`;
}

/**
 * Two spaces a level, everything outside ASCII as a character reference, no final newline;
 * an element with text in it stays on one line.
 */
export function serialiseIndented(element: XmlElement): string {
  return indented(element, "");
}

/** A whole document: declaration, indented tree, final newline. */
export function serialiseDocument(element: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${indented(element, "")}\n`;
}

// HTML Standard §13.1.2: the void elements that pages here use.
const VOID = new Set(["br", "hr", "img", "input", "link", "meta"]);

function html(element: XmlElement): string {
  const start = startOf(element);
  if (VOID.has(element.name)) return `${start}/>`;
  let text = `${start}>`;
  for (const node of element.children) text += isElement(node) ? html(node) : escapeText(node);
  return `${text}</${element.name}>`;
}

/**
 * An HTML document that is well-formed XML too. Only void elements are closed in their
 * start tag: an HTML reader takes `<title/>` for the start of a title without end.
 */
export function serialiseHtml(element: XmlElement): string {
  return `<!DOCTYPE html>\n${html(element)}\n`;
}
