/**
 * An item of a person's node on its way to the rules: whether a stranger could read it, its
 * words, its hash. Copies of what has just been published are dropped here.
 */
import { LRUCache } from "lru-cache";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";
import type { Log } from "../log/log.ts";
import { namedIn } from "../pep/entry-mentions.ts";
import { readEntry, type Entry } from "../pep/entry.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import type { EventItem } from "../pep/read-event.ts";
import { namesGroups, readingOf, type RosterGroups } from "./feed-reading.ts";
import type { FeedReader } from "./feed-reader.ts";
import { hashOf } from "./item-hash.ts";
import { ownComments } from "./own-comments.ts";
import type { FeedPorts, FeedState } from "./ports.ts";
import { shortKey } from "./short-key.ts";

export interface FeedCollector {
  /** In order. Throws when the server gives no clear answer: then nothing is decided. */
  collect(feed: FeedState, items: readonly EventItem[], fresh: boolean): Promise<void>;
  /**
   * Could a stranger read the node now? Asked for each batch, not remembered. Its owner is told
   * when that has ended.
   */
  ask(feed: FeedState, itemId: string | null): Promise<boolean>;
  /** We may not even read it ourselves. */
  closed(feed: FeedState): Promise<void>;
  /** Those of which no copy was published a moment ago. */
  withoutCopies(jid: Jid, items: readonly EventItem[]): EventItem[];
}

export interface FeedCollectorOptions {
  readonly ports: Pick<
    FeedPorts,
    "publish" | "feedReadable" | "tell" | "guidOf" | "watchComments" | "knownPeople"
  >;
  readonly reader: Pick<FeedReader, "isReadableByStranger" | "isShownTo">;
  readonly log: Log;
  /** The component's own: comments that are kept there come by another way. */
  readonly domain: string;
  /** See vouching.ts. */
  readonly ownHosts: readonly string[];
  /** The groups of a person's contacts; null, or absent: not known. */
  readonly groupsOf?: (jid: Jid) => Promise<RosterGroups | null>;
}

/** Explicit and implicit subscription bring the same item twice (bare and full JID). */
const REMEMBERED_ITEMS = 20_000;
/** With these the words of an item have gone where they should. */
const DONE = new Set(["published", "changed", "shared"]);

const CLOSED_NOTICE =
  "Your microblog node (urn:xmpp:microblog:0) is not open any more: from now on nothing that you " +
  "write there goes to the diaspora* federation, except to contacts where your preferences here " +
  "(“limited”) let them have it. What went out before stays on the pods that got it; delete a " +
  "post in your client to take it back from them as well.";

export function createFeedCollector(options: FeedCollectorOptions): FeedCollector {
  const { ports, log, domain, ownHosts } = options;
  const published = new LRUCache<string, true>({ max: REMEMBERED_ITEMS });

  async function readable(feed: FeedState, isReadable: boolean): Promise<void> {
    if (await ports.feedReadable(feed.personKey, isReadable)) {
      await ports.tell(feed.jid, CLOSED_NOTICE);
    }
  }

  async function ask(feed: FeedState, itemId: string | null): Promise<boolean> {
    const isReadable = await options.reader.isReadableByStranger(feed.jid, NODE_MICROBLOG, itemId);
    await readable(feed, isReadable);
    return isReadable;
  }

  async function publish(
    feed: FeedState,
    item: EventItem,
    fresh: boolean,
    readableByStranger: boolean,
  ): Promise<void> {
    const entry = readEntry(item.payload);
    if (entry === null || item.payload === undefined) return;
    const hash = hashOf(item.payload);
    const date = entry.published ?? entry.updated;
    // Before the post itself: a crash in between loses nothing that way.
    if (readableByStranger && isNew(feed, date, fresh)) await watch(feed, item.id, entry, options);
    const known = await ports.knownPeople(namedIn(entry));
    const post = { jid: feed.jid, itemId: item.id, domain, ownHosts };
    const groups = await groupsFor(entry, feed.jid, options);
    const outcome = await ports.publish({
      jid: feed.jid,
      node: NODE_MICROBLOG,
      itemId: item.id,
      hash,
      published: date,
      fresh,
      baselineDone: feed.baseline,
      optedIn: feed.since,
      readableByStranger,
      shows: (id) => shows(feed.jid, item.id, id, options),
      reading: (guid, partGuid) => readingOf(entry, { guid, partGuid, known, post, groups }),
    });
    if (DONE.has(outcome)) published.set(copyKey(feed.jid, item.id, hash), true);
    log.debug({ jid: feed.jid, item: item.id, outcome }, "an item of a person's node was seen");
  }

  return {
    async collect(feed, items, fresh) {
      const isReadable = items.length > 0 && (await ask(feed, items.at(-1)?.id ?? null));
      for (const item of items) await publish(feed, item, fresh, isReadable);
    },
    ask,
    closed: (feed) => readable(feed, false),
    withoutCopies: (jid, items) =>
      items.filter(({ id, payload }) => {
        return payload === undefined || !published.has(copyKey(jid, id, hashOf(payload)));
      }),
  };
}

async function groupsFor(
  entry: Entry,
  jid: Jid,
  { groupsOf }: FeedCollectorOptions,
): Promise<RosterGroups | null> {
  return namesGroups(entry) ? ((await groupsOf?.(jid)) ?? null) : null;
}

/** Asked as that person, so that it is the server's own word, whatever the node's access model. */
async function shows(
  jid: Jid,
  itemId: string,
  id: DiasporaId,
  { reader, domain }: FeedCollectorOptions,
): Promise<boolean> {
  return await reader.isShownTo(jid, NODE_MICROBLOG, itemId, virtualJid(id, domain));
}

/** The comments of what was written before opting in are none of ours. */
function isNew(feed: FeedState, date: Date | null, fresh: boolean): boolean {
  return feed.baseline || fresh || (date !== null && date >= feed.since);
}

async function watch(
  feed: FeedState,
  itemId: string,
  entry: Entry,
  { ports, domain, ownHosts }: FeedCollectorOptions,
): Promise<void> {
  const place = ownComments(entry.replies, { jid: feed.jid, itemId, domain, ownHosts });
  if (place === null) return;
  const guid = ports.guidOf(feed.jid, NODE_MICROBLOG, itemId);
  await ports.watchComments(feed.personKey, guid, place);
}

function copyKey(jid: Jid, itemId: string, hash: string): string {
  return shortKey(`${jid}\0${itemId}\0${hash}`);
}
