/**
 * The collector: one subscription per registered person, by which their own posts come to
 * the bridge. What an event brings and what a read finds go the same way; a read after each
 * login, of ours or theirs, brings what no event brought.
 */
import { LRUCache } from "lru-cache";
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import { eventBytes, type EventItem, type PubsubEvent } from "../pep/read-event.ts";
import type { Dropped } from "./dropped.ts";
import { checkFeed, type FeedCheckOptions } from "./feed-check.ts";
import { createFeedChecks } from "./feed-checks.ts";
import { createFeedCollector, type FeedCollectorOptions } from "./feed-collect.ts";
import { createFeedDoubts } from "./feed-doubts.ts";
import type { FeedReader } from "./feed-reader.ts";
import { takeEvent, type TakeOptions } from "./feed-take.ts";
import { createFeedWays } from "./feed-ways.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import type { EventWay, FeedPorts } from "./ports.ts";
import { shortKey } from "./short-key.ts";

export interface Feed {
  /** An event of somebody's own microblog node. */
  onEvent(from: Jid, event: PubsubEvent, way: EventWay): void;
  /** Something may have been missed: looks at the node soon. */
  look(jid: Jid): void;
  /** The stream is up again: everything may have been missed. */
  onOnline(): void;
  /** Takes back what a purge of the node emptied, as its owner has said. Returns how many posts. */
  confirmPurge(jid: Jid): Promise<number>;
  stop(): Promise<void>;
}

export interface FeedOptions {
  readonly ports: FeedPorts;
  readonly reader: FeedReader;
  readonly log: Log;
  readonly isOnline: () => boolean;
  /** Another one after each cut of the stream. */
  readonly connection: () => number;
  /** The component's own. */
  readonly domain: FeedCollectorOptions["domain"];
  readonly ownHosts: FeedCollectorOptions["ownHosts"];
  readonly groupsOf?: NonNullable<FeedCollectorOptions["groupsOf"]>;
  readonly dropped: Dropped;
  /** Once a day for each person: what else they tell of themselves is worth a look too. */
  readonly onAudit?: (jid: Jid) => void;
  readonly now?: () => number;
  readonly soonMs?: number;
  readonly everyMs?: number;
}

const MAX_WAITING = 2_000;
/** Of all events that wait, as much as an item's words take: a store that is away fills no memory. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/**
 * Items that events brought, until the look behind which they may wait is done; and those that a
 * look has found, which may be nothing for the rules and be found for ever.
 */
const REMEMBERED = 20_000;

export function createFeed(options: FeedOptions): Feed {
  const { ports, log, reader, now = Date.now } = options;
  const collector = createFeedCollector(options);
  const ways = createFeedWays(log);
  const heard = new LRUCache<string, true>({ max: REMEMBERED });
  const limits = { perKey: MAX_WAITING, bytes: MAX_WAITING_BYTES };
  const queue = createKeyedQueue<Jid>(limits, (jid, error) => {
    // What the event brought stands in the node, and what it took away does not: a read is owed.
    checks.owe(jid, true);
    log.warn({ jid, error: describeError(error) }, "an event of a person's node was not taken");
  });
  const doubts = createFeedDoubts({ ...options, queue: queue.add, now });
  const look: FeedCheckOptions = {
    ports,
    reader,
    collector,
    doubts,
    heard: (of, item) => wasThere(heard, itemKey(of.jid, item)),
    silent: ways.silent,
    connection: options.connection,
    now,
  };
  const checks = createFeedChecks({
    ports,
    log,
    isOnline: options.isOnline,
    ...(options.everyMs === undefined ? {} : { everyMs: options.everyMs }),
    queue: queue.add,
    check: async (feed) => {
      if (feed.auditDue) options.onAudit?.(feed.jid);
      await checkFeed(feed, look);
    },
  });
  const taking: TakeOptions = { ports, collector, doubts, comesBy: ways.comesBy };

  return {
    onEvent(from, event, way) {
      if (event.node !== NODE_MICROBLOG) return;
      if (event.type === "items") {
        for (const item of event.items) heard.set(itemKey(from, item), true);
      }
      const work = () => take(from, event, way, options, taking);
      if (queue.add(from, work, eventBytes(event))) return;
      options.dropped("too-many");
      checks.owe(from, true);
      log.warn({ jid: from }, "too many events wait; a read brings what they said");
    },
    look: (jid) => {
      checks.owe(jid);
    },
    onOnline: checks.oweAll,
    confirmPurge: doubts.confirmPurge,
    async stop() {
      checks.stop();
      doubts.stop();
      await queue.idle();
    },
  };
}

async function take(
  from: Jid,
  event: PubsubEvent,
  way: EventWay,
  { ports, dropped }: FeedOptions,
  taking: TakeOptions,
): Promise<void> {
  const feed = await ports.feedOf(from);
  if (feed === null) dropped("stranger");
  else await takeEvent(feed, event, way, taking);
}

/** And is from now on. */
function wasThere(keys: LRUCache<string, true>, key: string): boolean {
  const was = keys.has(key);
  keys.set(key, true);
  return was;
}

function itemKey(jid: Jid, item: Pick<EventItem, "id">): string {
  return shortKey(`${jid}\0${item.id}`);
}
