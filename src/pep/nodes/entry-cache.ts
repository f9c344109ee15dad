/**
 * Entries that were made lately: Markdown takes long to become XHTML, and everybody who opens a
 * page reads the same twenty. What is shown is known by all that it is made from, so that a
 * change makes another one; the rest is forgotten, oldest first.
 */
import type { SeenPost, SeenReply } from "../../activitystreams/stream.ts";
import type { XmlElement } from "../../xml/element.ts";
import { readXml } from "../../xml/reader.ts";
import { serialise } from "../../xml/serialise.ts";
import { asWritten } from "../../xml/written.ts";

export interface EntryCache {
  entry(key: string, make: () => XmlElement): XmlElement;
}

const CACHE_BYTES = 8 * 1024 * 1024;

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
      const made = make();
      const text = serialise(made);
      const entry = asWritten(made, text, readXml);
      // One byte a character, or two: what is not ASCII counts double.
      const bytes = text.length + key.length;
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

interface Place {
  readonly service: string;
  readonly node: string;
  readonly publisher: string;
}

interface Keyed extends Place {
  readonly maxBytes: number;
  readonly key: string;
}

/** Of what is kept by the store: the same is shown again and again, and mostly at one place. */
const keys = new WeakMap<SeenPost | SeenReply, Keyed>();

/** What an entry is made from, beside the place where it stands; a change tells its time. */
export function entryKey(seen: SeenPost | SeenReply, place: Place, maxBytes: number): string {
  const known = keys.get(seen);
  if (known?.maxBytes === maxBytes && isAt(known, place)) return known.key;
  const { service, node, publisher } = place;
  const key = keyOf(seen, place, maxBytes);
  keys.set(seen, { service, node, publisher, maxBytes, key });
  return key;
}

function isAt(one: Place, { service, node, publisher }: Place): boolean {
  return one.service === service && one.node === node && one.publisher === publisher;
}

function keyOf(seen: SeenPost | SeenReply, place: Place, maxBytes: number): string {
  const root = "root" in seen ? seen.root : undefined;
  const { service, node, publisher } = place;
  const around = `${sized(service)}${sized(node)}${sized(publisher)}${String(maxBytes)} `;
  return `${around}${factsOf(seen)}${root === undefined || root === null ? "" : factsOf(root)}`;
}

function factsOf({ activity, author, itemId, comments }: SeenPost | SeenReply): string {
  const { object, verb, audience, published } = activity;
  const edited = "edited" in object ? object.edited.getTime() : undefined;
  const numbers = `${String(published.getTime())} ${String(edited)} ${String(comments)}`;
  return `${object.type} ${verb} ${audience} ${object.guid} ${numbers} ${author.diasporaId} ${sized(itemId)}${sized(author.name)}`;
}

/** So that no name that somebody chose makes the key of something else. */
function sized(text: string): string {
  return `${String(text.length)}:${text} `;
}
