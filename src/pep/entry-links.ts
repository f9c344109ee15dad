/** The links of an entry: files, where its comments are, what it repeats, what it answers. */
import { cutWithSuffix } from "../activitystreams/words.ts";
import { safeUrl } from "../activitystreams/xhtml.ts";
import { child, childrenNamed, type XmlElement } from "../xml/element.ts";
import { stripIllegal } from "../xml/serialise.ts";
import { readItemUri, readNodeUri, type ItemAddress, type NodeAddress } from "./links.ts";
import { NS_ACTIVITY, NS_ATOM, NS_THREADING } from "./namespaces.ts";

export interface Enclosure {
  readonly href: string;
  readonly type: string;
  readonly title?: string;
}

/** A page that the entry is about, with what Movim tells of it beside Atom's own attributes. */
export interface RelatedPage {
  readonly url: string;
  readonly title?: string;
  readonly description?: string;
  readonly image?: string;
}

export interface EntryLinks {
  readonly enclosures: readonly Enclosure[];
  readonly related: RelatedPage | null;
  /** XEP-0277: where its author's client keeps the comments. */
  readonly replies: NodeAddress | null;
  /** XEP-0277: the item that it repeats. */
  readonly via: ItemAddress | null;
  /** RFC 4685: what it answers, by the Atom id of that, and where it is on the XMPP side. */
  readonly inReplyTo: { readonly ref: string | null; readonly item: ItemAddress | null } | null;
}

const MAX_LINKS = 50;
/** diaspora-protocol.md §3: of a title. */
const MAX_WORDS = 255;
const WEB_SCHEMES = new Set(["http:", "https:"]);

export function readEntryLinks(entry: XmlElement): EntryLinks {
  const links = linksOf(entry).slice(0, MAX_LINKS);
  const hrefs = (rel: string): string[] =>
    links.filter(({ attrs }) => attrs["rel"] === rel).flatMap(({ attrs }) => attrs["href"] ?? []);
  return {
    enclosures: links.flatMap(enclosureOf),
    related: links.flatMap(relatedBy)[0] ?? null,
    replies: firstOf(hrefs("replies"), readNodeUri),
    via: firstOf(hrefs("via"), readItemUri),
    inReplyTo: answeredBy(child(entry, "in-reply-to", NS_THREADING)),
  };
}

/** OneSocialWeb's pictures are links of the activity's object. */
function linksOf(entry: XmlElement): XmlElement[] {
  const object = child(entry, "object", NS_ACTIVITY);
  const own = childrenNamed(entry, "link", NS_ATOM);
  return object === undefined ? own : [...own, ...childrenNamed(object, "link", NS_ATOM)];
}

function enclosureOf(link: XmlElement): Enclosure[] {
  const href = safeUrl(link.attrs["href"], WEB_SCHEMES);
  if (link.attrs["rel"] !== "enclosure" || href === null) return [];
  const title = link.attrs["title"]?.trim() ?? "";
  return [{ href, type: link.attrs["type"] ?? "", ...(title === "" ? {} : { title }) }];
}

function relatedBy({ attrs }: XmlElement): RelatedPage[] {
  const url = safeUrl(attrs["href"], WEB_SCHEMES);
  if (attrs["rel"] !== "related" || url === null || !URL.canParse(url)) return [];
  const [title, description] = [words(attrs["title"]), words(attrs["description"])];
  const image = safeUrl(attrs["logo"], WEB_SCHEMES);
  return [
    {
      url,
      ...(title === "" ? {} : { title }),
      ...(description === "" ? {} : { description }),
      ...(image === null ? {} : { image }),
    },
  ];
}

function words(text = ""): string {
  return cutWithSuffix(stripIllegal(text).replace(/\s+/gu, " ").trim(), MAX_WORDS, "");
}

/** An entry may name web pages beside them. */
function firstOf<T>(texts: readonly string[], read: (text: string) => T | null): T | null {
  for (const text of texts) {
    const found = read(text);
    if (found !== null) return found;
  }
  return null;
}

/** Movim writes no `ref`, buddycloud no `href`. */
function answeredBy(element: XmlElement | undefined): EntryLinks["inReplyTo"] {
  if (element === undefined) return null;
  const { ref, href } = element.attrs;
  return { ref: ref ?? null, item: href === undefined ? null : readItemUri(href) };
}
