/**
 * The XHTML that may pass between the networks: an allow-list applied to a parsed tree, in
 * both directions. What is not on it is dropped, its text stays.
 */
import { el, isElement, type XmlElement, type XmlNode } from "../xml/element.ts";

export const NS_XHTML = "http://www.w3.org/1999/xhtml";

const PLAIN = new Set(
  (
    "p br div span b strong i em u s del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6 hr " +
    "table thead tbody tr th td"
  ).split(" "),
);
/** All that passes. */
export const ALLOWED_ELEMENTS: ReadonlySet<string> = new Set([...PLAIN, "a", "img"]);
/** Their text is code or hidden, never words for a reader. */
const SILENT = new Set(
  "script style template noscript head title iframe object svg math".split(" "),
);

const LINK_SCHEMES = new Set(["http:", "https:", "xmpp:", "mailto:"]);
const IMAGE_SCHEMES = new Set(["http:", "https:"]);
const MAX_DEPTH = 40;
const MAX_URL = 2048;

/** A `div` in the XHTML namespace with what is allowed of the given content. */
export function sanitiseXhtml(root: XmlElement): XmlElement {
  return el("div", { xmlns: NS_XHTML }, cleanChildren(root, 0));
}

function cleanChildren(parent: XmlElement, depth: number): XmlNode[] {
  return parent.children.flatMap((node) => (isElement(node) ? clean(node, depth + 1) : [node]));
}

function clean(node: XmlElement, depth: number): XmlNode[] {
  const name = node.local.toLowerCase();
  if (SILENT.has(name) || depth > MAX_DEPTH) return [];
  if (name === "img") return cleanImage(node);
  const children = cleanChildren(node, depth);
  if (name === "a") {
    const href = safeUrl(node.attrs["href"], LINK_SCHEMES);
    if (href === null) return children;
    return [el("a", { href, title: node.attrs["title"], rel: "noopener nofollow" }, children)];
  }
  return PLAIN.has(name) ? [el(name, {}, children)] : children;
}

function cleanImage(node: XmlElement): XmlNode[] {
  const alt = node.attrs["alt"] ?? "";
  const src = safeUrl(node.attrs["src"], IMAGE_SCHEMES);
  if (src === null) return alt === "" ? [] : [alt];
  return [el("img", { src, alt, title: node.attrs["title"], ...sizeOf(node) })];
}

function sizeOf(node: XmlElement): { width?: string; height?: string } {
  const size: { width?: string; height?: string } = {};
  for (const side of ["width", "height"] as const) {
    const value = node.attrs[side];
    if (value !== undefined && /^\d{1,5}$/.test(value)) size[side] = value;
  }
  return size;
}

/** The URL as it was written when its scheme is allowed, else null. Relative ones are nobody's. */
export function safeUrl(
  text: string | undefined,
  schemes: ReadonlySet<string> = LINK_SCHEMES,
): string | null {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "" || trimmed.length > MAX_URL) return null;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(trimmed)?.[1];
  return scheme !== undefined && schemes.has(`${scheme.toLowerCase()}:`) ? trimmed : null;
}
