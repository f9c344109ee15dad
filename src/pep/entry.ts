/**
 * An Atom entry as it comes from a person's own node (XEP-0277, RFC 4287), in the shapes of
 * Movim, Libervia, OneSocialWeb and Diaspora-X, as plain values. Who wrote it is not read
 * here: that is the stanza's `from`, and what the entry says of it is display text.
 */
import { safeUrl, NS_XHTML } from "../activitystreams/xhtml.ts";
import { child, childrenNamed, childText, textOf, type XmlElement } from "../xml/element.ts";
import { NS_ATOM, NS_GEOLOC } from "./namespaces.ts";

export interface Enclosure {
  readonly href: string;
  readonly type: string;
  readonly title?: string;
}

export interface Entry {
  readonly title: string;
  /** The content of `type='xhtml'`, unsanitised. */
  readonly xhtml: XmlElement | null;
  /** Of `type='text'`, without a type, or `summary` where there is no content: words or Markdown. */
  readonly text: string;
  readonly categories: readonly string[];
  readonly enclosures: readonly Enclosure[];
  readonly published: Date | null;
  readonly updated: Date | null;
  readonly generator: string | null;
  readonly place: { readonly text: string; readonly lat: string; readonly lon: string } | null;
}

const MAX_LINKS = 50;
const MAX_CATEGORIES = 50;

/** null when it is no entry. */
export function readEntry(payload: XmlElement | undefined): Entry | null {
  if (payload?.local !== "entry" || payload.ns !== NS_ATOM) return null;
  const contents = childrenNamed(payload, "content", NS_ATOM);
  return {
    title: titleOf(payload),
    xhtml: xhtmlOf(contents) ?? xhtmlOf(childrenNamed(payload, "summary", NS_ATOM)),
    text: plainOf(payload, contents),
    categories: childrenNamed(payload, "category", NS_ATOM)
      .slice(0, MAX_CATEGORIES)
      .flatMap((category) => category.attrs["term"]?.trim() ?? []),
    enclosures: enclosuresOf(payload),
    published: dateOf(childText(payload, "published", NS_ATOM)),
    updated: dateOf(childText(payload, "updated", NS_ATOM)),
    generator: childText(payload, "generator", NS_ATOM)?.trim() ?? null,
    place: placeOf(child(payload, "geoloc", NS_GEOLOC)),
  };
}

function titleOf(entry: XmlElement): string {
  const title = childrenNamed(entry, "title", NS_ATOM);
  const plain = title.find((element) => element.attrs["type"] !== "xhtml") ?? title[0];
  return textOf(plain).replace(/\s+/gu, " ").trim();
}

function xhtmlOf(contents: readonly XmlElement[]): XmlElement | null {
  const content = contents.find((element) => element.attrs["type"] === "xhtml");
  return child(content, "div", NS_XHTML) ?? content ?? null;
}

function plainOf(entry: XmlElement, contents: readonly XmlElement[]): string {
  const texts = [...contents, ...childrenNamed(entry, "summary", NS_ATOM)];
  const plain = texts.find((element) => {
    const type = element.attrs["type"];
    return type === undefined || type === "text" || type === "text/plain";
  });
  return textOf(plain).replace(/\r\n?/g, "\n").trim();
}

function enclosuresOf(entry: XmlElement): Enclosure[] {
  return childrenNamed(entry, "link", NS_ATOM)
    .slice(0, MAX_LINKS)
    .flatMap((link) => {
      const href = safeUrl(link.attrs["href"], new Set(["http:", "https:"]));
      if (link.attrs["rel"] !== "enclosure" || href === null) return [];
      const title = link.attrs["title"]?.trim();
      return [
        {
          href,
          type: link.attrs["type"] ?? "",
          ...(title === undefined || title === "" ? {} : { title }),
        },
      ];
    });
}

function placeOf(geoloc: XmlElement | undefined): Entry["place"] {
  const lat = childText(geoloc, "lat")?.trim() ?? "";
  const lon = childText(geoloc, "lon")?.trim() ?? "";
  if (!/^-?\d{1,3}(?:\.\d+)?$/.test(lat) || !/^-?\d{1,3}(?:\.\d+)?$/.test(lon)) return null;
  const named = ["street", "locality", "region", "country"]
    .map((part) => childText(geoloc, part)?.trim() ?? "")
    .filter((part) => part !== "");
  const text = childText(geoloc, "text")?.trim();
  return { text: text === undefined || text === "" ? named.join(", ") : text, lat, lon };
}

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** RFC 4287 §3.3: an RFC 3339 date-time; anything else is no date. */
function dateOf(text: string | undefined): Date | null {
  const trimmed = text?.trim() ?? "";
  if (!RFC_3339.test(trimmed)) return null;
  const date = new Date(trimmed);
  return Number.isNaN(date.getTime()) ? null : date;
}
