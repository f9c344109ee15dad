/**
 * A Note of the shared language as an Atom entry with ActivityStreams 1.0 (XEP-0277), in the
 * shape that Movim and Libervia accept: federation → XMPP.
 */
import type { Note, Photo, PostActivity } from "../activitystreams/activity.ts";
import { markdownToText, markdownToXhtml } from "../activitystreams/markdown.ts";
import { plainMentions } from "../activitystreams/mentions.ts";
import { codePoints, cutWithSuffix, firstLine } from "../activitystreams/words.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { serialise } from "../xml/serialise.ts";
import {
  NODE_MICROBLOG,
  NS_ACTIVITY,
  NS_ACTIVITY_SCHEMA,
  NS_ATOM,
  NS_GEOLOC,
} from "./namespaces.ts";

export interface EntryContext {
  /** The virtual JID whose node it stands in. */
  readonly service: string;
  readonly authorName: string;
}

const MAX_TITLE = 140;
/** A post of one short paragraph is its own title; Movim shows such an entry as a brief one. */
const MAX_WHOLE_TITLE = 700;
/** What an entry has beside its words. */
const REST_BYTES = 4_096;
/** `&quot;` is the longest that one character becomes. */
const MAX_CHARACTER_BYTES = 6;
/** Of a post that is too big with all of them. */
const MAX_TAGS = 50;
const MAX_PHOTOS = 20;

/**
 * The entry in at most `maxBytes` when serialised: first the XHTML goes, then the text is cut
 * and ends with the link to the whole.
 */
export function entryFromNote(
  activity: PostActivity,
  context: EntryContext,
  maxBytes: number,
): XmlElement {
  const { markdown, url } = activity.object;
  const suffix = url === undefined ? "" : `\n\n${url}`;
  const room = Math.max(200, maxBytes - REST_BYTES);
  const cutAt = (bytesEach: number): XmlElement => {
    const cut = cutWithSuffix(markdown, Math.floor(room / bytesEach), suffix);
    return buildEntry(withFewer(activity, MAX_TAGS, MAX_PHOTOS), context, cut, false);
  };
  const forms = [
    () => buildEntry(activity, context, markdown, true),
    () => buildEntry(activity, context, markdown, false),
    () => cutAt(bytesPerCharacter(markdown)),
    () => cutAt(MAX_CHARACTER_BYTES),
  ];
  for (const form of forms) {
    const entry = form();
    if (sizeOf(entry) <= maxBytes) return entry;
  }
  // Nobody writes so many tags and pictures: what is left is the words, or the link.
  const least = cutWithSuffix(markdown, Math.floor(room / MAX_CHARACTER_BYTES), suffix);
  const words = least === "" ? suffix.trim() : least;
  return buildEntry(withFewer(activity, 0, 0), context, words, false);
}

/** On the average of this text, as XML. */
function bytesPerCharacter(markdown: string): number {
  const bytes = Buffer.byteLength(serialise(el("content", {}, markdown)));
  return Math.max(1, bytes / Math.max(1, codePoints(markdown)));
}

function withFewer(activity: PostActivity, tags: number, photos: number): PostActivity {
  const { object } = activity;
  const some = { tags: object.tags.slice(0, tags), photos: object.photos.slice(0, photos) };
  return { ...activity, object: { ...object, ...some } };
}

function sizeOf(entry: XmlElement): number {
  return Buffer.byteLength(serialise(entry));
}

function buildEntry(
  activity: PostActivity,
  context: EntryContext,
  markdown: string,
  withXhtml: boolean,
): XmlElement {
  const note = activity.object;
  const published = activity.published.toISOString();
  const updated = (note.edited ?? activity.published).toISOString();
  const xhtml = withXhtml ? withPhotos(markdownToXhtml(markdown), note.photos) : null;
  return el(
    "entry",
    { xmlns: NS_ATOM, "xmlns:activity": NS_ACTIVITY },
    el("title", { type: "text" }, titleOf(markdown, note, activity)),
    el("id", {}, note.url ?? `urn:diaspora:${note.guid}`),
    el(
      "author",
      {},
      el("name", {}, context.authorName),
      // Movim believes an author only when this equals `xmpp:` + the raw publisher.
      el("uri", {}, `xmpp:${context.service}`),
    ),
    el("published", {}, published),
    el("updated", {}, updated),
    el("activity:verb", {}, `${NS_ACTIVITY_SCHEMA}post`),
    el("activity:object", {}, el("activity:object-type", {}, `${NS_ACTIVITY_SCHEMA}note`)),
    markdown === "" ? null : el("content", { type: "text" }, plainMentions(markdown)),
    xhtml === null ? null : el("content", { type: "xhtml" }, xhtml),
    note.tags.map((term) => el("category", { term })),
    note.photos.map(enclosureOf),
    note.url === undefined
      ? null
      : el("link", { rel: "alternate", type: "text/html", href: note.url }),
    el("link", { rel: "alternate", href: itemUri(context.service, note.guid) }),
    geolocOf(note),
  );
}

/** An Atom reader drops an entry without a title, so there is always one. */
function titleOf(markdown: string, note: Note, activity: PostActivity): string {
  const text = markdownToText(markdown);
  if (text.length <= MAX_WHOLE_TITLE && !text.includes("\n") && text !== "") return text;
  const line = firstLine(text, MAX_TITLE);
  if (line !== "") return line;
  const caption = note.photos.find((photo) => photo.text !== undefined)?.text;
  if (caption !== undefined) return cutWithSuffix(caption, MAX_TITLE, "");
  return activity.published.toISOString().slice(0, 10);
}

function withPhotos(xhtml: XmlElement, photos: readonly Photo[]): XmlElement {
  const pictures = photos.map((photo) =>
    el(
      "p",
      {},
      el("img", {
        src: photo.url,
        alt: photo.text ?? "",
        width: photo.width,
        height: photo.height,
      }),
    ),
  );
  return el("div", xhtml.attrs, [...xhtml.children, ...pictures]);
}

function enclosureOf(photo: Photo): XmlElement {
  return el("link", {
    rel: "enclosure",
    href: photo.url,
    type: pictureType(photo.url),
    title: photo.text,
  });
}

/** Movim takes an enclosure for a picture only by its type; the name is all there is to go by. */
function pictureType(url: string): string {
  const ending = /\.([a-z0-9]{2,5})(?:\?|#|$)/i.exec(url)?.[1]?.toLowerCase();
  if (ending === "png" || ending === "gif" || ending === "webp") return `image/${ending}`;
  return "image/jpeg";
}

function geolocOf(note: Note): XmlElement | null {
  if (note.location === undefined) return null;
  return el(
    "geoloc",
    { xmlns: NS_GEOLOC },
    el("lat", {}, note.location.latitude),
    el("lon", {}, note.location.longitude),
    el("text", {}, note.location.address),
  );
}

/** XEP-0060 §12.21; percent-encoded, `?;` first, as Movim's reader requires. */
function itemUri(service: string, id: string): string {
  const at = service.indexOf("@");
  const address = `${encodeURIComponent(service.slice(0, at))}@${service.slice(at + 1)}`;
  return `xmpp:${address}?;node=${encodeURIComponent(NODE_MICROBLOG)};item=${encodeURIComponent(id)}`;
}
