/** What the entry of a post says, whether it stands there itself or was passed on. */
import type { Note, PostActivity } from "../activitystreams/activity.ts";
import { escapeMarkdown, markdownToText } from "../activitystreams/markdown.ts";
import { cutWithSuffix, firstLine } from "../activitystreams/words.ts";
import { safeUrl } from "../activitystreams/xhtml.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { eventElement } from "./calendar-event.ts";
import { eventMarkdown } from "./event-words.ts";
import { pollForm, pollMarkdown } from "./poll-form.ts";
import { geolocFromPlace } from "./profile/geoloc.ts";
import type { EntryContent } from "./write-entry.ts";

const MAX_TITLE = 140;
/** A post of one short paragraph is its own title; Movim shows such an entry as a brief one. */
const MAX_WHOLE_TITLE = 700;

export function noteContent(activity: PostActivity): EntryContent {
  const note = activity.object;
  return {
    id: atomIdOf(note),
    title: (markdown) => titleOf(markdown, note, activity.published),
    published: activity.published,
    updated: note.edited ?? activity.published,
    verb: "post",
    objectType: objectTypeOf(note),
    markdown: visibleMarkdown(note),
    tags: note.tags,
    photos: note.photos,
    url: note.url,
    isLimited: activity.audience === "limited",
    links: [],
    extras: extrasOf(note),
  };
}

export function atomIdOf({ guid, url }: Pick<Note, "guid" | "url">): string {
  return safeUrl(url) ?? `urn:diaspora:${guid}`;
}

/** ActivityStreams 1.0's own types (Base Schema §3). */
function objectTypeOf({ question, event }: Note): string {
  if (question !== undefined) return "question";
  return event === undefined ? "note" : "event";
}

/** With the words for what most readers show nothing of. */
export function visibleMarkdown({ markdown, question, event }: Note): string {
  const parts = [
    markdown,
    event === undefined ? "" : eventMarkdown(event, escapeMarkdown),
    question === undefined ? "" : pollMarkdown(question, escapeMarkdown),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** An Atom reader drops an entry without a title, so there is always one. */
function titleOf(markdown: string, { photos }: Note, published: Date): string {
  const text = markdownToText(markdown);
  if (text.length <= MAX_WHOLE_TITLE && !text.includes("\n") && text !== "") return text;
  const line = firstLine(text, MAX_TITLE);
  if (line !== "") return line;
  const caption = photos.find(({ text: words = "" }) => words.trim() !== "")?.text?.trim();
  if (caption !== undefined) return cutWithSuffix(caption, MAX_TITLE, "");
  return published.toISOString().slice(0, 10);
}

function extrasOf({ location, question, event, bookmark, generator }: Note): XmlElement[] {
  return [
    ...(location === undefined ? [] : [geolocFromPlace(location)]),
    ...(question === undefined ? [] : [pollForm(question)]),
    ...(event === undefined ? [] : [eventElement(event)]),
    ...bookmarkLink(bookmark),
    ...(generator === undefined ? [] : [el("generator", {}, generator)]),
  ];
}

/** A page that the post is about, as Movim writes it: with attributes that Atom does not know. */
function bookmarkLink(bookmark: Note["bookmark"]): XmlElement[] {
  if (bookmark === undefined || "nothing" in bookmark) return [];
  const href = safeUrl(bookmark.url);
  if (href === null) return [];
  const { title, description } = bookmark;
  const logo = safeUrl(bookmark.image) ?? undefined;
  return [el("link", { rel: "related", href, title, description, logo })];
}
