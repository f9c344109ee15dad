/** How large an element is as text, without writing it: what is shown in bounds is measured often. */
import { isElement, type XmlElement } from "./element.ts";
import { writtenText } from "./written.ts";

// What serialise() writes longer than it is; a forbidden character becomes U+FFFD.
const IN_TEXT = /[&<>\r]|[^\t\n\r\u0020-\ufffd]/g;
const IN_ATTRIBUTE = /[&<>"'\r\n\t]|[^\t\n\r\u0020-\ufffd]/g;
const MORE: Readonly<Record<string, number>> = {
  "&": 4,
  "<": 3,
  ">": 3,
  '"': 5,
  "'": 5,
  "\r": 4,
  "\n": 4,
  "\t": 4,
};

/** UTF-8 bytes of `serialise(element)`. */
export function serialisedBytes(element: XmlElement): number {
  const written = writtenText(element);
  if (written !== undefined) return written.bytes;
  const { name, attrs, children } = element;
  const own = Buffer.byteLength(name);
  let bytes = own + (children.length === 0 ? 3 : own + 5);
  for (const attribute in attrs) {
    bytes += Buffer.byteLength(attribute) + 4 + escaped(attrs[attribute] ?? "", IN_ATTRIBUTE);
  }
  for (const node of children) {
    bytes += isElement(node) ? serialisedBytes(node) : escaped(node, IN_TEXT);
  }
  return bytes;
}

/** What no character becomes longer than: `&quot;`. */
const MOST_EACH = 6;

/** Whether that is no more than `limit`: most are so short that nothing has to be measured. */
export function fitsIn(element: XmlElement, limit: number): boolean {
  return MOST_EACH * lengthOf(element) <= limit || serialisedBytes(element) <= limit;
}

/** At least its characters as text, before anything is escaped. */
function lengthOf(element: XmlElement): number {
  const written = writtenText(element);
  if (written !== undefined) return written.bytes;
  const { name, attrs, children } = element;
  let length = 2 * name.length + 5;
  for (const attribute in attrs) length += attribute.length + 4 + (attrs[attribute] ?? "").length;
  for (const node of children) length += isElement(node) ? lengthOf(node) : node.length;
  return length;
}

function escaped(text: string, longer: RegExp): number {
  let bytes = Buffer.byteLength(text);
  for (const char of text.match(longer) ?? []) bytes += more(char);
  return bytes;
}

/** A control character has one byte, U+FFFE and U+FFFF have three as U+FFFD has. */
function more(char: string): number {
  return MORE[char] ?? (char < " " ? 2 : 0);
}
