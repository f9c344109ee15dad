/**
 * When which person's node is read. What is due stands in the store, so that a crash forgets
 * nothing; what could not even be noted there, because it was away, is owed until it can.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { createOwed } from "./owed.ts";
import type { FeedPorts, FeedState } from "./ports.ts";

export interface FeedChecksOptions {
  readonly ports: Pick<FeedPorts, "allFeedsDue" | "claimDueFeeds" | "feedDue" | "feedOf">;
  readonly log: Log;
  readonly isOnline: () => boolean;
  /** Puts the check behind what is being done for this person; false when too much waits. */
  readonly queue: (jid: Jid, work: () => Promise<void>) => boolean;
  readonly check: (feed: FeedState) => Promise<void>;
  readonly everyMs?: number;
}

export interface FeedChecks {
  /** This person's node may hold something new; `lost`: or may have lost something. */
  owe(jid: Jid, lost?: boolean): void;
  /** Everybody's may. */
  oweAll(): void;
  stop(): void;
}

const EVERY_MS = 1_000;
/** Reads under way at once: a restart with many people must not flood the server. */
const AT_ONCE = 8;

export function createFeedChecks(options: FeedChecksOptions): FeedChecks {
  const { ports } = options;
  const state = { running: 0, stopped: false };
  /** By JID, and whether what is known has to be compared: whose events they were is not known yet. */
  const owed = createOwed<Jid, boolean>({
    payOne: async (jid, lost) => {
      const feed = await ports.feedOf(jid);
      if (feed !== null) await ports.feedDue(feed.personKey, lost);
    },
    payAll: ports.allFeedsDue,
    merge: (before, lost) => before || lost,
  });
  const timer = setInterval(start, options.everyMs ?? EVERY_MS);

  function start(): void {
    const free = AT_ONCE - state.running;
    if (state.stopped || free <= 0 || !options.isOnline()) return;
    state.running += free;
    claim(free)
      .catch((error: unknown) => {
        options.log.warn({ error: describeError(error) }, "no person's node could be looked at");
        return 0;
      })
      .then((started) => {
        state.running -= free - started;
      }, rethrow);
  }

  async function claim(free: number): Promise<number> {
    await owed.pay();
    const feeds = await ports.claimDueFeeds(free);
    return feeds.filter((feed) => options.queue(feed.jid, () => run(feed))).length;
  }

  async function run(feed: FeedState): Promise<void> {
    try {
      await options.check(feed);
    } catch (error) {
      // The claim makes it due again in a minute.
      const facts = { jid: feed.jid, error: describeError(error) };
      options.log.info(facts, "a person's node was not read");
    }
    state.running -= 1;
    start();
  }

  return {
    owe(jid, lost = false) {
      owed.add(jid, lost);
      start();
    },
    oweAll() {
      owed.addAll();
      start();
    },
    stop() {
      state.stopped = true;
      clearInterval(timer);
    },
  };
}

function rethrow(error: unknown): never {
  throw error;
}
