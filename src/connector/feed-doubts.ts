/**
 * What an event or a read says is gone. Nothing is taken back from the federation before a second
 * look: a full node pushes its oldest item out with the very event of a retraction (ejabberd),
 * servers that send no such event are only read, and a purge may be a slip of the hand.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { FeedReader } from "./feed-reader.ts";
import type { Doubt, FeedNode, FeedPorts } from "./ports.ts";

export interface FeedDoubts {
  retracted(feed: FeedNode, ids: readonly string[]): Promise<void>;
  /** Everything went: a purge, the node's end, or a read that found it empty. */
  emptied(feed: FeedNode & { readonly jid: Jid }, how: "said" | "found"): Promise<void>;
  /** A read brought these of the newest items. */
  compare(feed: FeedNode, found: readonly string[]): Promise<void>;
  /** How many posts will be taken back. */
  confirmPurge(jid: Jid): Promise<number>;
  stop(): void;
}

export interface FeedDoubtsOptions {
  readonly ports: Pick<FeedPorts, "doubts" | "retract" | "tell">;
  readonly reader: Pick<FeedReader, "readItem">;
  readonly log: Log;
  readonly isOnline: () => boolean;
  /** Puts the look behind what is being done for this person; false when too much waits. */
  readonly queue: (jid: Jid, work: () => Promise<void>) => boolean;
  readonly now: () => number;
  /** How long an oldest item's retraction waits for the publish that pushed it out. */
  readonly evictionMs?: number;
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
/** A purge of hundreds is no reason to flood the pods. */
const AT_ONCE = 5;
const EVICTION_MS = 6_000;
const SECOND_LOOK_MS = 10 * 60_000;
/** More posts than this are not taken back without asking. */
const WITHOUT_ASKING = 5;

export function createFeedDoubts(options: FeedDoubtsOptions): FeedDoubts {
  const { ports, log } = options;
  const { doubts } = ports;
  const later = (ms: number): Date => new Date(options.now() + ms);
  const evictionMs = options.evictionMs ?? EVICTION_MS;
  const timer = setInterval(() => {
    if (options.isOnline()) void look();
  }, options.everyMs ?? EVERY_MS);
  let looking = false;

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      for (const doubt of await doubts.claimDoubts(AT_ONCE)) {
        options.queue(doubt.jid, () => settle(doubt, options));
      }
    } catch (error) {
      log.warn({ error: describeError(error) }, "what may be gone could not be looked at");
    }
    looking = false;
  }

  return {
    async retracted(feed, ids) {
      const oldest = await doubts.oldestItems(feed, ids.length);
      const [pushed, others] = [
        ids.filter((id) => oldest.has(id)),
        ids.filter((id) => !oldest.has(id)),
      ];
      if (pushed.length > 0) await doubts.doubtItems(feed, pushed, "retract", later(evictionMs));
      if (others.length > 0) await doubts.doubtItems(feed, others, "retract", later(0));
      await look();
    },
    async emptied(feed, how) {
      const posts = await doubts.countPresent(feed);
      if (posts === 0 && how === "found") return;
      const asks = how === "found" || posts > WITHOUT_ASKING;
      await doubts.doubtAll(feed, asks ? null : later(evictionMs));
      if (asks) await ports.tell(feed.jid, purgeNotice(posts));
    },
    async compare(feed, found) {
      const missing = await doubts.missingItems(feed, found);
      if (missing.length > 0) {
        await doubts.doubtItems(feed, missing, "missing", later(SECOND_LOOK_MS));
      }
    },
    confirmPurge: (jid) => doubts.confirmPurge(jid, later(0)),
    stop: () => {
      clearInterval(timer);
    },
  };
}

async function settle(doubt: Doubt, options: FeedDoubtsOptions): Promise<void> {
  const { ports, log } = options;
  const isGone = await isGoneAtSource(doubt, options.reader);
  const isPushedOut =
    doubt.oldest && (doubt.reason === "missing" || (doubt.reason === "retract" && doubt.pushed));
  if (isGone && !isPushedOut) await ports.retract(doubt);
  await ports.doubts.settleDoubt(doubt, isGone);
  const facts = { jid: doubt.jid, item: doubt.itemId, reason: doubt.reason };
  if (isGone && isPushedOut) log.debug(facts, "an item was pushed out of its node: it stays");
}

async function isGoneAtSource(
  { jid, node, itemId, reason }: Doubt,
  reader: FeedDoubtsOptions["reader"],
): Promise<boolean> {
  const reading = await reader.readItem(jid, node, itemId);
  // In a node that was closed nothing can be seen: what its owner's server said counts.
  if (reading.state === "refused") return reason !== "missing";
  return reading.state === "missing" || reading.found.length === 0;
}

function purgeNotice(posts: number): string {
  return (
    `Your microblog node was emptied. ${String(posts)} of the posts that were in it went to the ` +
    "diaspora* federation. Answer “purge confirm” to take them back from the pods too; do " +
    "nothing, and they stay there."
  );
}
