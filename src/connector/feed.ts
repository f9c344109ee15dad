/**
 * The collector: one subscription per registered person, by which their own posts come to
 * the bridge. What an event brings and what a read finds go the same way; a read after each
 * login, of ours or theirs, brings what no event brought.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { readItemsEvent, type ItemsEvent } from "../pep/event.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import type { XmlElement } from "../xml/element.ts";
import { createFeedChecks } from "./feed-checks.ts";
import { createFeedCollector, type FeedCollector } from "./feed-collect.ts";
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

const MAX_WAITING = 2_000;

const FIRST_CHECK_S = 5;
const SLOWEST_CHECK_S = 600;
/** Once events arrive, a read is only the backstop. */
const DELIVERING_CHECK_S = 6 * 3600;

export function createFeed(options: FeedOptions): Feed {
  const { ports, log } = options;
  const collector = createFeedCollector(ports, options.reader, log);
  const queue = createKeyedQueue<Jid>(MAX_WAITING, (jid, error) => {
    // What the event brought stands in the node, and a read is owed.
    checks.owe(jid);
    log.warn({ jid, error: describeError(error) }, "an event of a person's node was not taken");
  });
  const checks = createFeedChecks({
    ports,
    log,
    isOnline: options.isOnline,
    queue: queue.add,
    check: (feed) => checkFeed(feed, collector, options),
  });
  return {
    onMessage(from, message) {
      const event = readItemsEvent(message);
      if (event?.node !== NODE_MICROBLOG || event.items.length === 0) return;
      if (queue.add(from, () => takeEvent(from, event, collector, ports))) return;
      checks.owe(from);
      log.warn({ jid: from }, "too many events wait; a read brings what they said");
    },
    look: checks.owe,
    onOnline: checks.oweAll,
    async stop() {
      checks.stop();
      await queue.idle();
    },
  };
}

async function takeEvent(
  jid: Jid,
  event: ItemsEvent,
  collector: FeedCollector,
  ports: FeedPorts,
): Promise<void> {
  const feed = await ports.feedOf(jid);
  if (feed === null) return;
  const items = collector.withoutCopies(jid, event.items);
  if (items.length === 0) return;
  await collector.collect(feed, items, !event.delayed);
  // A payload left out, or a node that has just come into being: both are for a read.
  const incomplete = items.some((item) => item.payload === undefined);
  if (incomplete || !feed.subscribed) await ports.feedDue(feed.personKey);
  if (!feed.delivers) await ports.feedDelivered(feed.personKey);
}

async function checkFeed(
  feed: FeedState,
  collector: FeedCollector,
  options: FeedOptions,
): Promise<void> {
  const { ports, reader } = options;
  const subscribed = feed.subscribed || (await reader.subscribe(feed.jid, NODE_MICROBLOG));
  const reading = await reader.readUnseen(feed.jid, NODE_MICROBLOG, (ids) =>
    ports.unseenItems(feed.personKey, NODE_MICROBLOG, ids),
  );
  if (reading.state === "read" && reading.items.length > 0) {
    await collector.collect(feed, reading.items, false);
  }
  const wait = feed.delivers
    ? DELIVERING_CHECK_S
    : Math.min(SLOWEST_CHECK_S, FIRST_CHECK_S * 2 ** Math.min(feed.checks, 10));
  await ports.feedChecked(feed.personKey, {
    subscribed,
    baseline: reading.state !== "refused",
    nextCheckAt: new Date((options.now ?? Date.now)() + wait * 1000),
  });
}
