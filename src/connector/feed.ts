/**
 * The collector: one subscription per registered person, by which their own posts come to
 * the bridge. What an event brings and what a read finds go the same way; a read after each
 * login, of ours or theirs, brings what no event brought.
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { readEntry } from "../pep/entry.ts";
import { readItemsEvent, type PublishedItem } from "../pep/event.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import { noteFromEntry } from "../pep/note-from-entry.ts";
import type { XmlElement } from "../xml/element.ts";
import { serialise } from "../xml/serialise.ts";
import type { FeedReader } from "./feed-reader.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import type { FeedPorts, FeedState } from "./ports.ts";

export interface Feed {
  /** A message that may be an event of a registered person's node. */
  onMessage(from: Jid, message: XmlElement): void;
  /** Something may have been missed: looks at the node soon. */
  look(jid: Jid): void;
  /** The stream is up again: everything may have been missed. */
  onOnline(): void;
  stop(): Promise<void>;
}

export interface FeedOptions {
  readonly ports: FeedPorts;
  readonly reader: FeedReader;
  readonly log: Log;
  readonly isOnline: () => boolean;
  readonly now?: () => number;
}

const CHECK_EVERY_MS = 1_000;
/** Reads under way at once: a restart with many people must not flood the server. */
const CHECKS_AT_ONCE = 8;
const MAX_WAITING = 2_000;

const FIRST_CHECK_S = 5;
const SLOWEST_CHECK_S = 600;
/** Once events arrive, a read is only the backstop. */
const DELIVERING_CHECK_S = 6 * 3600;

export function createFeed(options: FeedOptions): Feed {
  const { ports, reader, log } = options;
  const now = options.now ?? Date.now;
  // Looks that could not even be noted, because the store was away: each is tried until it is.
  const owed = new Set<Jid>();
  let owesAll = false;
  const queue = createKeyedQueue<Jid>(MAX_WAITING, (jid, error) => {
    owed.add(jid);
    log.warn({ jid, error: describeError(error) }, "a person's node could not be worked on");
  });
  // Explicit and implicit subscription bring the same item twice (bare and full JID).
  const done = new LRUCache<string, true>({ max: 20_000 });
  let checking = 0;
  let stopped = false;
  const timer = setInterval(() => void startChecks(), CHECK_EVERY_MS);

  async function payOwed(): Promise<void> {
    if (owesAll) {
      await ports.allFeedsDue();
      owesAll = false;
    }
    for (const jid of owed) {
      const feed = await ports.feedOf(jid);
      if (feed !== null) await ports.feedDue(feed.personKey);
      owed.delete(jid);
    }
  }

  async function startChecks(): Promise<void> {
    const free = CHECKS_AT_ONCE - checking;
    if (stopped || free <= 0 || !options.isOnline()) return;
    checking += free;
    let started = 0;
    try {
      await payOwed();
      for (const feed of await ports.claimDueFeeds(free)) {
        started += queueCheck(feed) ? 1 : 0;
      }
    } catch (error) {
      log.warn({ error: describeError(error) }, "no person's node could be looked at");
    }
    checking -= free - started;
  }

  function queueCheck(feed: FeedState): boolean {
    return queue.add(feed.jid, async () => {
      try {
        await check(feed);
      } catch (error) {
        // The claim makes it due again in a minute.
        log.info({ jid: feed.jid, error: describeError(error) }, "a person's node was not read");
      } finally {
        checking -= 1;
      }
      void startChecks();
    });
  }

  async function check(feed: FeedState): Promise<void> {
    const subscribed = feed.subscribed || (await reader.subscribe(feed.jid, NODE_MICROBLOG));
    const reading = await reader.readUnseen(feed.jid, NODE_MICROBLOG, (ids) =>
      ports.unseenItems(feed.personKey, NODE_MICROBLOG, ids),
    );
    if (reading.state === "read" && reading.items.length > 0) {
      await collect(feed, reading.items, false);
    }
    const wait = feed.delivers
      ? DELIVERING_CHECK_S
      : Math.min(SLOWEST_CHECK_S, FIRST_CHECK_S * 2 ** Math.min(feed.checks, 10));
    await ports.feedChecked(feed.personKey, {
      subscribed,
      baseline: reading.state !== "refused",
      nextCheckAt: new Date(now() + wait * 1000),
    });
  }

  async function collect(
    feed: FeedState,
    items: readonly PublishedItem[],
    fresh: boolean,
  ): Promise<void> {
    // Asked for each batch, not remembered: the author may have closed the node a moment ago.
    const readableByStranger = await reader.isReadableByStranger(feed.jid, NODE_MICROBLOG);
    for (const item of items) await publish(feed, item, fresh, readableByStranger);
  }

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
      note: (guid) => noteFromEntry(entry, guid),
    });
    if (outcome === "published") done.set(copyKey(feed.jid, item.id, hash), true);
    log.debug({ jid: feed.jid, item: item.id, outcome }, "an item of a person's node was seen");
  }

  async function onEvent(
    jid: Jid,
    items: readonly PublishedItem[],
    fresh: boolean,
  ): Promise<void> {
    const feed = await ports.feedOf(jid);
    if (feed === null) return;
    const fresher = items.filter(
      (item) =>
        item.payload === undefined || !done.has(copyKey(jid, item.id, hashOf(item.payload))),
    );
    if (fresher.length === 0) return;
    // When this fails, what the event brought stands in the node, and a read is owed.
    await collect(feed, fresher, fresh);
    // A payload left out, or a node that has just come into being: both are for a read.
    const incomplete = items.some((item) => item.payload === undefined);
    if (incomplete || !feed.subscribed) await ports.feedDue(feed.personKey);
    if (!feed.delivers) await ports.feedDelivered(feed.personKey);
  }

  return {
    onMessage(from, message) {
      const event = readItemsEvent(message);
      if (event?.node !== NODE_MICROBLOG || event.items.length === 0) return;
      const queued = queue.add(from, () => onEvent(from, event.items, !event.delayed));
      if (queued) return;
      owed.add(from);
      log.warn({ jid: from }, "too many events wait; a read brings what they said");
    },
    look(jid) {
      owed.add(jid);
      void startChecks();
    },
    onOnline() {
      owesAll = true;
      void startChecks();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await queue.idle();
    },
  };
}

function copyKey(jid: Jid, itemId: string, hash: string): string {
  return `${jid}\0${itemId}\0${hash}`;
}

function hashOf(payload: XmlElement): string {
  return createHash("sha256").update(serialise(payload)).digest("hex");
}
