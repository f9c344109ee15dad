/**
 * An item of a person's node on its way to the rules: whether a stranger could read it, its
 * words, its hash. Copies of what has just been published are dropped here.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Jid } from "../activitystreams/ids.ts";
import type { Log } from "../log/log.ts";
import { readEntry } from "../pep/entry.ts";
import type { PublishedItem } from "../pep/event.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import { noteFromEntry } from "../pep/note-from-entry.ts";
import type { XmlElement } from "../xml/element.ts";
import { serialise } from "../xml/serialise.ts";
import type { FeedReader } from "./feed-reader.ts";
import type { FeedPorts, FeedState } from "./ports.ts";

export interface FeedCollector {
  /** In order. Throws when the server gives no clear answer: then nothing is decided. */
  collect(feed: FeedState, items: readonly PublishedItem[], fresh: boolean): Promise<void>;
  /** Those of which no copy was published a moment ago. */
  withoutCopies(jid: Jid, items: readonly PublishedItem[]): PublishedItem[];
}

const REMEMBERED_ITEMS = 20_000;

export function createFeedCollector(
  ports: Pick<FeedPorts, "publish">,
  reader: Pick<FeedReader, "isReadableByStranger">,
  log: Log,
): FeedCollector {
  // Explicit and implicit subscription bring the same item twice (bare and full JID).
  const published = new LRUCache<string, true>({ max: REMEMBERED_ITEMS });

  async function publish(
    feed: FeedState,
    item: PublishedItem,
    fresh: boolean,
    readableByStranger: boolean,
  ): Promise<void> {
    const entry = readEntry(item.payload);
    if (entry === null || item.payload === undefined) return;
    const hash = hashOf(item.payload);
    const outcome = await ports.publish({
      jid: feed.jid,
      node: NODE_MICROBLOG,
      itemId: item.id,
      hash,
      published: entry.published ?? entry.updated,
      fresh,
      baselineDone: feed.baseline,
      optedIn: feed.since,
      readableByStranger,
      note: (guid, photoGuid) => noteFromEntry(entry, guid, photoGuid),
    });
    if (outcome === "published") published.set(copyKey(feed.jid, item.id, hash), true);
    log.debug({ jid: feed.jid, item: item.id, outcome }, "an item of a person's node was seen");
  }

  return {
    async collect(feed, items, fresh) {
      // Asked for each batch, not remembered: the author may have closed the node a moment ago.
      const last = items.at(-1);
      if (last === undefined) return;
      const readable = await reader.isReadableByStranger(feed.jid, NODE_MICROBLOG, last.id);
      for (const item of items) await publish(feed, item, fresh, readable);
    },
    withoutCopies: (jid, items) =>
      items.filter(
        ({ id, payload }) =>
          payload === undefined || !published.has(copyKey(jid, id, hashOf(payload))),
      ),
  };
}

function copyKey(jid: Jid, itemId: string, hash: string): string {
  return `${jid}\0${itemId}\0${hash}`;
}

function hashOf(payload: XmlElement): string {
  return createHash("sha256").update(serialise(payload)).digest("hex");
}
