/** An entry of a person's node as a Note of the shared language: XMPP → federation. */
import type { Note, Place } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import {
  markdownToText,
  markdownToXhtml,
  sameWords,
  xhtmlToMarkdown,
} from "../activitystreams/markdown.ts";
import { hasMarksOf } from "../activitystreams/marks.ts";
import { appendTags, tagsIn } from "../activitystreams/tags.ts";
import { cutText, cutWithSuffix, MAX_TEXT } from "../activitystreams/words.ts";
import { sanitiseXhtml } from "../activitystreams/xhtml.ts";
import { textOf } from "../xml/element.ts";
import { stripIllegal } from "../xml/serialise.ts";
import type { Enclosure, Entry } from "./entry.ts";
import { takePhotos } from "./entry-photos.ts";
import { markdownUrl, shows } from "./picture-text.ts";

/** null when the entry says nothing. Photos stand at the addresses that the entry names. */
export function noteFromEntry(
  entry: Entry,
  guid: Guid,
  photoGuid: (source: string) => Guid,
): Note | null {
  const { text, photos, others } = takePhotos(bodyOf(entry), entry.enclosures, photoGuid);
  const body = withEnclosures(withTitle(entry.title, text), others);
  const markdown = cutWithSuffix(
    appendTags(stripIllegal(body).trim(), entry.categories),
    MAX_TEXT,
    "",
  );
  if (markdown === "" && photos.length === 0) return null;
  return {
    type: "note",
    guid,
    markdown,
    tags: tagsIn(markdown),
    photos,
    generator: entry.generator === null ? "XMPP" : cutText(entry.generator, 255),
    ...placeOf(entry),
  };
}

/**
 * XHTML is what the author's client shows, so it decides. Movim sends the Markdown source
 * beside it: where both are the same text, the source is the better Markdown. Libervia sends the
 * bare words, without the links and the emphasis.
 */
function bodyOf(entry: Entry): string {
  if (entry.xhtml === null) return entry.text;
  const rendered = markdownToXhtml(entry.text);
  const isSource =
    sameWords(textOf(rendered), textOf(entry.xhtml)) &&
    hasMarksOf(rendered, sanitiseXhtml(entry.xhtml));
  if (entry.text !== "" && isSource) return entry.text;
  const markdown = xhtmlToMarkdown(entry.xhtml);
  return markdown === "" ? entry.text : markdown;
}

/** The federation has no titles: it becomes a heading, unless the text begins with it. */
function withTitle(title: string, body: string): string {
  if (title === "" || body === "") return body === "" ? title : body;
  const shortened = title.replace(/\s*(?:…|\.\.\.)$/u, "");
  // Clients make a title of the text as it was typed, or as it is shown.
  const beginnings = [body, markdownToText(body)].map((text) => text.replace(/\s+/gu, " "));
  const repeats = beginnings.some((beginning) => beginning.startsWith(shortened));
  return repeats ? body : `### ${title}\n\n${body}`;
}

/** Pictures that the text does not show yet, and other files as links. */
function withEnclosures(body: string, enclosures: readonly Enclosure[]): string {
  const added = enclosures
    .filter((enclosure) => !shows(body, enclosure.href))
    .map((enclosure) => {
      const name = (enclosure.title ?? "").replace(/\s+/gu, " ").replace(/[[\]\\]/g, "\\$&");
      const url = markdownUrl(enclosure.href);
      const isPicture = enclosure.type.startsWith("image/");
      return isPicture ? `![${name}](${url})` : `[${name === "" ? url : name}](${url})`;
    });
  return [body, ...added].filter((part) => part !== "").join("\n\n");
}

function placeOf(entry: Entry): { location?: Place } {
  if (entry.place === null) return {};
  const { text, lat, lon } = entry.place;
  return {
    location: {
      address: text === "" ? `${lat}, ${lon}` : cutText(text, 255),
      latitude: lat,
      longitude: lon,
    },
  };
}
