/**
 * HTML that came escaped inside another document (Atom's `type='html'`) as a tree. Cleaned by
 * the same rules as XHTML; what is not well-formed is mended as a browser would, in time linear
 * in its length.
 */
import sanitizeHtml from "sanitize-html";
import { isDxError } from "../errors/error.ts";
import { el, textOf, type XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/reader.ts";
import { stripIllegal } from "../xml/serialise.ts";
import { ALLOWED_ELEMENTS, sanitiseXhtml } from "./xhtml.ts";

const MAX_BYTES = 1024 * 1024;
const MAX_NODES = 50_000;
const MAX_DEPTH = 40;

/** A `div` in the XHTML namespace. */
export function htmlToXhtml(html: string): XmlElement {
  const clean = sanitizeHtml(stripIllegal(html.slice(0, MAX_BYTES)), {
    allowedTags: [...ALLOWED_ELEMENTS],
    allowedAttributes: { a: ["href", "title"], img: ["src", "alt", "title", "width", "height"] },
    allowedSchemes: ["http", "https", "xmpp", "mailto"],
    allowProtocolRelative: false,
    nestingLimit: MAX_DEPTH,
  });
  try {
    const body = ["<div>", stripIllegal(clean), "</div>"].join("");
    return sanitiseXhtml(readXml(body, { bytes: MAX_BYTES, nodes: MAX_NODES }));
  } catch (error) {
    if (!isDxError(error)) throw error;
    return sanitiseXhtml(el("div", {}, sanitizeHtml(html, { allowedTags: [] })));
  }
}

/** Its words, where only words can stand. */
export function htmlToText(html: string): string {
  return textOf(htmlToXhtml(html));
}
