/**
 * Entries that were made lately: Markdown takes long to become XHTML, and everybody who opens a
 * page reads the same twenty. What is shown is known by all that it is made from, so that a
 * change makes another one; the rest is forgotten, oldest first.
 */
import type { SeenPost, SeenReply } from "../../activitystreams/stream.ts";
import type { XmlElement } from "../../xml/element.ts";
import { serialisedBytes } from "../../xml/size.ts";

export interface EntryCache {
  entry(key: string, make: () => XmlElement): XmlElement;
}

/** As text: as trees they are some six times as large. */
const CACHE_BYTES = 3 * 1024 * 1024;

export function createEntryCache(maxBytes: number = CACHE_BYTES): EntryCache {
  const entries = new Map<string, { readonly entry: XmlElement; readonly bytes: number }>();
  let total = 0;
  return {
    entry: (key, make) => {
      const known = entries.get(key);
      if (known !== undefined) {
        entries.delete(key);
        entries.set(key, known);
        return known.entry;
      }
      const entry = make();
      const bytes = serialisedBytes(entry) + key.length;
      entries.set(key, { entry, bytes });
      total += bytes;
      for (const [oldest, { bytes: freed }] of entries) {
        if (total <= maxBytes) break;
        entries.delete(oldest);
        total -= freed;
      }
      return entry;
    },
  };
}

/** What an entry is made from, beside the place where it stands; a change tells its time. */
export function entryKey(
  seen: SeenPost | SeenReply,
  place: { readonly service: string; readonly node: string; readonly publisher: string },
  maxBytes: number,
): string {
  const root = "root" in seen ? seen.root : undefined;
  return JSON.stringify([
    place.service,
    place.node,
    place.publisher,
    maxBytes,
    ...factsOf(seen),
    ...(root === undefined || root === null ? [] : factsOf(root)),
  ]);
}

function factsOf({ activity, author, itemId }: SeenPost | SeenReply): readonly unknown[] {
  const { object, verb, audience, published } = activity;
  const edited = "edited" in object ? object.edited : undefined;
  return [
    object.type,
    object.guid,
    itemId,
    verb,
    audience,
    published,
    edited,
    author.diasporaId,
    author.name,
  ];
}
