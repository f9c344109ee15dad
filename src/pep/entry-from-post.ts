/** A post or a share of the shared language as an entry of a person's node: federation → XMPP. */
import { isAbout } from "../activitystreams/activity.ts";
import type { SeenPost } from "../activitystreams/stream.ts";
import type { XmlElement } from "../xml/element.ts";
import { frameFor, withReplies, type EntryContext } from "./entry-frame.ts";
import { noteContent } from "./post-content.ts";
import { shareContent } from "./share-entry.ts";
import { writeEntry } from "./write-entry.ts";

/** In at most `maxBytes` when serialised. */
export function entryFromPost(seen: SeenPost, context: EntryContext, maxBytes: number): XmlElement {
  const { activity, author, itemId } = seen;
  const frame = withReplies(frameFor(itemId, author, context), activity.object.guid, context);
  const content = isAbout(activity, "note")
    ? noteContent(activity)
    : shareContent(activity, seen.root ?? null, context);
  return writeEntry(content, frame, maxBytes);
}
