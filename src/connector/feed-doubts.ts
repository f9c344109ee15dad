/**
 * What an event or a read says is gone. Nothing is taken back from the federation before a second
 * look: a full node pushes its oldest item out with the very event of a retraction (ejabberd),
 * servers that send no such event are only read, and a purge may be a slip of the hand. What was
 * pushed out stays; what its author deletes goes, were it the only one.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { EventItem } from "../pep/read-event.ts";
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
  readonly ports: Pick<FeedPorts, "doubts" | "retract" | "seenItems" | "tell">;
  readonly reader: Pick<FeedReader, "readItem" | "readItems" | "readUnseen">;
  readonly log: Log;
  readonly isOnline: () => boolean;
  /** Puts the look behind what is being done for this person; false when too much waits. */
  readonly queue: (jid: Jid, work: () => Promise<void>) => boolean;
  readonly now: () => number;
  /** Until the second look at what was there a moment ago. */
  readonly soonMs?: number;
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
/** A purge of hundreds is no reason to flood the pods. */
const AT_ONCE = 5;
const SOON_MS = 6_000;
const SECOND_LOOK_MS = 10 * 60_000;
/** More posts than this are not taken back without asking. */
const WITHOUT_ASKING = 5;

export function createFeedDoubts(options: FeedDoubtsOptions): FeedDoubts {
  const { ports, log } = options;
  const { doubts } = ports;
  const later = (ms: number): Date => new Date(options.now() + ms);
  const soonMs = options.soonMs ?? SOON_MS;
  const timer = setInterval(() => {
    if (options.isOnline()) void look();
  }, options.everyMs ?? EVERY_MS);
  let looking = false;
  /** A claim is over after a minute, and what waits behind a slow server may take longer. */
  const waiting = new Set<string>();

  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      for (const doubt of await doubts.claimDoubts(AT_ONCE)) {
        const key = `${doubt.personKey} ${doubt.node} ${doubt.itemId}`;
        if (waiting.has(key)) continue;
        const work = () => settle(doubt, options).finally(() => waiting.delete(key));
        if (options.queue(doubt.jid, work)) waiting.add(key);
      }
    } catch (error) {
      log.warn({ error: describeError(error) }, "what may be gone could not be looked at");
    }
    looking = false;
  }

  return {
    async retracted(feed, ids) {
      await doubts.doubtItems(feed, ids, "retract", later(0));
      await look();
    },
    async emptied(feed, how) {
      const { posts, fresh, asked } = await doubts.presentItems(feed, how);
      if (posts === 0 && (how === "found" || asked > WITHOUT_ASKING)) return;
      const asks = posts + asked > WITHOUT_ASKING || (how === "found" && !fresh);
      await doubts.doubtAll(feed, how, asks ? null : later(soonMs));
      if (asks) await ports.tell(feed.jid, purgeNotice(posts));
      // A look may have been quicker than the event that says it.
      else if (asked > 0 && how === "said") await doubts.confirmPurge(feed.jid, later(soonMs));
    },
    async compare(feed, found) {
      const missing = await doubts.missingItems(feed, found);
      for (const [fresh, wait] of [
        [true, soonMs],
        [false, SECOND_LOOK_MS],
      ] as const) {
        const ids = missing.filter((item) => item.fresh === fresh).map(({ id }) => id);
        if (ids.length > 0) await doubts.doubtItems(feed, ids, "missing", later(wait));
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
  const isMeant = isGone && (await isTakenBack(doubt, options));
  if (isMeant) await ports.retract(doubt);
  await ports.doubts.settleDoubt(doubt, isGone);
  const facts = { jid: doubt.jid, item: doubt.itemId, reason: doubt.reason };
  if (isGone && !isMeant) log.debug(facts, "an item was pushed out of its node: it stays");
}

/** A node that is full loses its oldest items first, and with something new. */
async function isTakenBack(doubt: Doubt, options: FeedDoubtsOptions): Promise<boolean> {
  const { jid, node, reason } = doubt;
  if (reason === "purge") return true;
  const { older, pushed, untouched } = await options.ports.doubts.surroundingsOf(doubt);
  if (older.length > 0) {
    const reading = await options.reader.readItems(jid, node, older);
    if (reading.state === "read" && reading.found.length > 0) return true;
  }
  const isAlone = reason === "retract" ? !pushed : untouched;
  return isAlone && !(await isNewsThere(doubt, options));
}

/** Something of which no event has come yet may have pushed it out. */
async function isNewsThere(
  { personKey, jid, node }: Doubt,
  { ports, reader }: FeedDoubtsOptions,
): Promise<boolean> {
  const all = (items: readonly EventItem[]) => Promise.resolve({ items, known: true });
  const reading = await reader.readUnseen(jid, node, all);
  if (reading.state !== "read") return false;
  const seen = await ports.seenItems(personKey, node, reading.found);
  return reading.found.some((id) => !seen.has(id));
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
