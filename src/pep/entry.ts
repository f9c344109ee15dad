/**
 * An Atom entry as it comes from a person's own node (XEP-0277, RFC 4287), in the shapes of
 * Movim, Libervia, buddycloud, OneSocialWeb and Diaspora-X, as plain values. Who wrote it is not
 * read here: that is the stanza's `from`, and what the entry says of it is display text.
 */
import type { Place } from "../activitystreams/activity.ts";
import { htmlToText, htmlToXhtml } from "../activitystreams/html.ts";
import { NS_XHTML } from "../activitystreams/xhtml.ts";
import { child, childrenNamed, childText, textOf, type XmlElement } from "../xml/element.ts";
import { readAccessRules, type AccessRules } from "./access-rule.ts";
import { readDate } from "./dates.ts";
import { readEntryLinks, type EntryLinks } from "./entry-links.ts";
import {
  NS_ACTIVITY,
  NS_ATOM,
  NS_CALENDAR,
  NS_DIASPORA_X,
  NS_EVENTS_LIBERVIA,
  NS_GEOLOC,
} from "./namespaces.ts";
import { readPollForm, type PollForm } from "./poll-form.ts";
import { placeFromGeoloc } from "./profile/geoloc.ts";

export type { Enclosure } from "./entry-links.ts";

export interface Entry extends EntryLinks {
  /** On one line. */
  readonly title: string;
  /** The same with its lines: Movim's comments are nothing but titles. */
  readonly titleText: string;
  /** The content of `type='xhtml'`, or else of `type='html'`, unsanitised. */
  readonly xhtml: XmlElement | null;
  /** Of `type='text'`, without a type, or `summary` where there is no content: words or Markdown. */
  readonly text: string;
  readonly categories: readonly string[];
  readonly published: Date | null;
  readonly updated: Date | null;
  readonly generator: string | null;
  readonly place: Place | null;
  readonly poll: PollForm | null;
  /** XEP-0471, as it stands there. */
  readonly event: XmlElement | null;
  /** Of ActivityStreams 1.0, the last part of its name: `post`, `share`, `like` … */
  readonly verb: string | null;
  /** OneSocialWeb's; null where it has none. */
  readonly access: AccessRules | null;
  /** Marked by a bridge of our kind as not for everybody. */
  readonly isLimited: boolean;
  /** The bridges of our kind that it came through. */
  readonly hops: readonly string[];
}

const MAX_CATEGORIES = 50;
const MAX_HOPS = 20;

/** null when it is no entry. */
export function readEntry(payload: XmlElement | undefined): Entry | null {
  if (payload?.local !== "entry" || payload.ns !== NS_ATOM) return null;
  const titleText = titleOf(payload);
  const contents = contentsOf(payload);
  return {
    title: titleText.replace(/\s+/gu, " "),
    titleText,
    xhtml: richOf(contents),
    text: plainOf(contents),
    categories: childrenNamed(payload, "category", NS_ATOM)
      .slice(0, MAX_CATEGORIES)
      .flatMap((category) => category.attrs["term"]?.trim() ?? []),
    published: readDate(childText(payload, "published", NS_ATOM)),
    updated: readDate(childText(payload, "updated", NS_ATOM)),
    generator: childText(payload, "generator", NS_ATOM)?.trim() ?? null,
    place: placeFromGeoloc(child(payload, "geoloc", NS_GEOLOC)),
    poll: readPollForm(payload),
    event:
      child(payload, "event", NS_CALENDAR) ?? child(payload, "event", NS_EVENTS_LIBERVIA) ?? null,
    verb: verbOf(payload),
    access: readAccessRules(payload),
    isLimited: childrenNamed(payload, "access", NS_DIASPORA_X).some(
      ({ attrs }) => attrs["audience"] === "limited",
    ),
    hops: childrenNamed(payload, "hop", NS_DIASPORA_X)
      .slice(0, MAX_HOPS)
      .flatMap((hop) => hop.attrs["by"] ?? []),
    ...readEntryLinks(payload),
  };
}

/** Libervia sends the title in both forms. */
function titleOf(entry: XmlElement): string {
  const titles = childrenNamed(entry, "title", NS_ATOM);
  const plain = titles.find(({ attrs }) => isPlain(attrs["type"])) ?? titles[0];
  const words = plain?.attrs["type"] === "html" ? htmlToText(textOf(plain)) : textOf(plain);
  return words.replace(/\r\n?/g, "\n").trim();
}

/** Contents before summaries; OneSocialWeb's stand in the object of the activity. */
function contentsOf(entry: XmlElement): XmlElement[] {
  const object = child(entry, "object", NS_ACTIVITY);
  const found = [entry, ...(object === undefined ? [] : [object])].flatMap((parent) =>
    childrenNamed(parent, "content", NS_ATOM),
  );
  return [...found, ...childrenNamed(entry, "summary", NS_ATOM)];
}

function richOf(contents: readonly XmlElement[]): XmlElement | null {
  const xhtml = contents.find(({ attrs }) => attrs["type"] === "xhtml");
  if (xhtml !== undefined) return child(xhtml, "div", NS_XHTML) ?? xhtml;
  // RFC 4287 §4.1.3.3: escaped; what is inside may be anything.
  const html = contents.find(({ attrs }) => isHtml(attrs["type"]));
  return html === undefined ? null : htmlToXhtml(textOf(html));
}

function plainOf(contents: readonly XmlElement[]): string {
  const plain = contents.find(({ attrs }) => isPlain(attrs["type"]));
  return textOf(plain).replace(/\r\n?/g, "\n").trim();
}

function isPlain(type: string | undefined): boolean {
  return type === undefined || type === "text" || type === "text/plain";
}

function isHtml(type: string | undefined): boolean {
  return type === "html" || type === "text/html";
}

/** In full or short, as OneSocialWeb and buddycloud write it. */
function verbOf(entry: XmlElement): string | null {
  const verb = childText(entry, "verb", NS_ACTIVITY)?.trim().split("/").at(-1) ?? "";
  return verb === "" ? null : verb.toLowerCase();
}
