/**
 * An Atom entry with ActivityStreams 1.0 (XEP-0277, RFC 4287) in the shape that Movim and
 * Libervia accept, in no more bytes than it may have.
 */
import type { Photo } from "../activitystreams/activity.ts";
import { markdownToXhtml } from "../activitystreams/markdown.ts";
import { plainMentions } from "../activitystreams/mentions.ts";
import { codePoints, cutText, cutWithSuffix } from "../activitystreams/words.ts";
import { safeUrl } from "../activitystreams/xhtml.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { fitsIn, serialisedBytes } from "../xml/size.ts";
import type { EntryFrame } from "./entry-frame.ts";
import {
  NS_ACTIVITY,
  NS_ACTIVITY_SCHEMA,
  NS_ATOM,
  NS_DIASPORA_X,
  NS_THREADING,
} from "./namespaces.ts";

export interface EntryContent {
  /** RFC 4287 §4.2.6: an IRI, the same for ever. */
  readonly id: string;
  /** Of these words, as they stand or cut; never blank: Movim drops an entry without a title. */
  readonly title: (markdown: string) => string;
  readonly published: Date;
  readonly updated: Date;
  readonly verb: string;
  readonly objectType: string;
  /** Null where the title says it all. */
  readonly markdown: string | null;
  readonly tags: readonly string[];
  readonly photos: readonly Photo[];
  /** Where a person reads it in a browser. */
  readonly url: string | undefined;
  readonly isLimited: boolean;
  /** What must be there, however big the rest is; short. */
  readonly links: readonly XmlElement[];
  /** What goes before words go. */
  readonly extras: readonly XmlElement[];
}

/** What an entry has beside its words. */
const REST_BYTES = 4_096;
/** `&quot;` is the longest that one character becomes. */
const MAX_CHARACTER_BYTES = 6;
/** Of an entry that is too big with all of them. */
const MAX_TAGS = 50;
const MAX_PHOTOS = 20;
const MAX_NAME = 200;
const PICTURE_SCHEMES = new Set(["http:", "https:"]);
const PAGE_SCHEMES = new Set(["http:", "https:"]);

/**
 * The entry in at most `maxBytes` when serialised: first the XHTML goes, then what stands beside
 * the words, then the text is cut and ends with the link to the whole.
 */
export function writeEntry(content: EntryContent, frame: EntryFrame, maxBytes: number): XmlElement {
  const { markdown } = content;
  const page = pageOf(content);
  const suffix = page === null ? "" : `\n\n${page}`;
  const room = Math.max(200, maxBytes - REST_BYTES);
  const few = withFewer(content, MAX_TAGS, MAX_PHOTOS);
  const cutAt = (bytesEach: number): XmlElement => {
    const cut = cutWithSuffix(markdown ?? "", Math.floor(room / bytesEach), suffix);
    return build({ ...few, markdown: cut }, frame, false);
  };
  const forms = [
    () => build(content, frame, true),
    () => build(content, frame, false),
    () => cutAt(bytesPerCharacter(markdown ?? "")),
    () => cutAt(MAX_CHARACTER_BYTES),
  ];
  for (const form of forms) {
    const entry = form();
    if (fitsIn(entry, maxBytes)) return entry;
  }
  // Nobody writes so many tags and pictures: what is left is the words, or the link.
  const least = cutWithSuffix(markdown ?? "", Math.floor(room / MAX_CHARACTER_BYTES), suffix);
  const words = least === "" ? suffix.trim() : least;
  return build({ ...withFewer(content, 0, 0), markdown: words }, frame, false);
}

/** On the average of this text, as XML. */
function bytesPerCharacter(markdown: string): number {
  const bytes = serialisedBytes(el("content", {}, markdown));
  return Math.max(1, bytes / Math.max(1, codePoints(markdown)));
}

function withFewer(content: EntryContent, tags: number, photos: number): EntryContent {
  return {
    ...content,
    tags: content.tags.slice(0, tags),
    photos: content.photos.slice(0, photos),
    extras: [],
  };
}

function build(content: EntryContent, frame: EntryFrame, withXhtml: boolean): XmlElement {
  const page = pageOf(content);
  return el(
    "entry",
    { xmlns: NS_ATOM, "xmlns:activity": NS_ACTIVITY },
    el("title", { type: "text" }, content.title(content.markdown ?? "")),
    el("id", {}, content.id),
    authorElement("author", frame.authorName, frame.publisher),
    el("published", {}, content.published.toISOString()),
    el("updated", {}, content.updated.toISOString()),
    el("activity:verb", {}, NS_ACTIVITY_SCHEMA + content.verb),
    el(
      "activity:object",
      {},
      el("activity:object-type", {}, NS_ACTIVITY_SCHEMA + content.objectType),
    ),
    contentsOf(content, frame, withXhtml),
    content.tags.map((term) => el("category", { term })),
    shownPhotos(content).map(enclosureOf),
    page === null ? null : el("link", { rel: "alternate", type: "text/html", href: page }),
    el("link", { rel: "alternate", href: frame.uri }),
    content.links,
    content.extras,
    repliesLink(frame),
    content.isLimited ? el("access", { xmlns: NS_DIASPORA_X, audience: "limited" }) : null,
    frame.component === null ? null : el("hop", { xmlns: NS_DIASPORA_X, by: frame.component }),
  );
}

/** Movim believes an author only when the address equals `xmpp:` + the raw publisher. */
export function authorElement(element: string, name: string, jid: string): XmlElement {
  return el(element, {}, el("name", {}, cutText(name, MAX_NAME)), el("uri", {}, `xmpp:${jid}`));
}

/**
 * Movim shows the XHTML, and takes what has the type `text` for its source only; by itself the
 * text has no type, which means the same (RFC 4287 §4.1.3.1), and is shown.
 */
function contentsOf(content: EntryContent, frame: EntryFrame, withXhtml: boolean): XmlElement[] {
  const { markdown } = content;
  const photos = shownPhotos(content);
  const hasWords = markdown !== null && markdown !== "";
  const text = hasWords ? plainMentions(markdown) : "";
  if (!withXhtml) return hasWords ? [el("content", {}, text)] : [];
  if (!hasWords && photos.length === 0) return [];
  const xhtml = withPhotos(markdownToXhtml(markdown ?? "", frame.linkOf), photos);
  const source = hasWords ? [el("content", { type: "text" }, text)] : [];
  return [...source, el("content", { type: "xhtml" }, xhtml)];
}

function pageOf({ url }: EntryContent): string | null {
  return safeUrl(url, PAGE_SCHEMES);
}

/** The addresses of other pods' pictures are whatever they wrote. */
function shownPhotos({ photos }: EntryContent): readonly Photo[] {
  return photos.flatMap((photo) => {
    const url = safeUrl(photo.url, PICTURE_SCHEMES);
    return url === null ? [] : [{ ...photo, url }];
  });
}

function withPhotos(xhtml: XmlElement, photos: readonly Photo[]): XmlElement {
  const pictures = photos.map(({ url, text = "", width, height }) =>
    el("p", {}, el("img", { src: url, alt: text, width: pixels(width), height: pixels(height) })),
  );
  return el("div", xhtml.attrs, [...xhtml.children, ...pictures]);
}

function pixels(size: number | undefined): number | undefined {
  return size !== undefined && Number.isInteger(size) && size > 0 && size < 100_000
    ? size
    : undefined;
}

function enclosureOf({ url, text }: Photo): XmlElement {
  return el("link", { rel: "enclosure", href: url, type: pictureType(url), title: text });
}

/** Movim takes an enclosure for a picture only by its type; the name is all there is to go by. */
function pictureType(url: string): string {
  const ending = /\.([a-z0-9]{2,5})(?:\?|#|$)/i.exec(url)?.[1]?.toLowerCase();
  if (ending === "png" || ending === "gif" || ending === "webp") return `image/${ending}`;
  return "image/jpeg";
}

/**
 * The last of the links: Movim takes each that is titled so for it, a picture's too, and keeps
 * the last. RFC 4685 §4: with the number of comments, where it is known.
 */
function repliesLink({ replies }: EntryFrame): XmlElement | null {
  if (replies === null) return null;
  const counted =
    replies.count === undefined ? {} : { "xmlns:thr": NS_THREADING, "thr:count": replies.count };
  return el("link", { rel: "replies", title: "comments", href: replies.uri, ...counted });
}
