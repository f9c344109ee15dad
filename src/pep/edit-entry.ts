/**
 * An entry of a person's own node with other words in it: all that their client wrote beside the
 * words stays, the links to its files and comments above all.
 */
import type { PostActivity } from "../activitystreams/activity.ts";
import { childElements, el, type XmlElement } from "../xml/element.ts";
import { serialisedBytes } from "../xml/size.ts";
import { readEntryLinks } from "./entry-links.ts";
import type { EntryFrame } from "./entry-frame.ts";
import { NS_ATOM } from "./namespaces.ts";
import { noteContent } from "./post-content.ts";
import { writeEntry } from "./write-entry.ts";

/** RFC 4287 §4.2: what the words decide. */
const WORDS = new Set(["title", "summary", "content", "category", "updated"]);

/** null where pictures would be lost with the words that show them, or it would be too big. */
export function entryWithWords(
  entry: XmlElement,
  activity: PostActivity,
  frame: EntryFrame,
  maxBytes: number,
): XmlElement | null {
  const { object } = activity;
  const files = readEntryLinks(entry).enclosures.length;
  if (files < object.photos.length) return null;
  const kept = childElements(entry).filter(({ ns, local }) => ns !== NS_ATOM || !WORDS.has(local));
  // The files stand in the links that are kept.
  const content = noteContent({ ...activity, object: { ...object, photos: [] } });
  const words = childElements(writeEntry(content, frame, maxBytes)).filter(({ local }) =>
    WORDS.has(local),
  );
  const changed = el("entry", { xmlns: NS_ATOM }, words, kept);
  return serialisedBytes(changed) <= maxBytes ? changed : null;
}
