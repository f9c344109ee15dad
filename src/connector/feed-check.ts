/**
 * One look at a person's node: what no event brought is read, and once a day what is known is
 * compared with what is there. Whether events come, and by which way, is told by what a look
 * finds, never by the server's name.
 */
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import type { EventItem } from "../pep/read-event.ts";
import { hashOf, type FeedCollector } from "./feed-collect.ts";
import type { FeedDoubts } from "./feed-doubts.ts";
import type { FeedReader, Picked, Reading } from "./feed-reader.ts";
import type { FeedPorts, FeedState } from "./ports.ts";

export interface FeedCheckOptions {
  readonly ports: Pick<FeedPorts, "seenItems" | "feedChecked">;
  readonly reader: FeedReader;
  readonly collector: FeedCollector;
  readonly doubts: Pick<FeedDoubts, "compare" | "emptied">;
  /** An event has brought this item, and waits behind this look. */
  readonly heard: (feed: FeedState, item: EventItem) => boolean;
  /** This person's posts are found by reading only. */
  readonly silent: (feed: FeedState) => void;
  readonly now: () => number;
}

const FIRST_CHECK_S = 5;
const SLOWEST_CHECK_S = 600;
/** No node, or none for us. */
const NOTHING_TO_READ_S = 3600;
/** Once events arrive, a read is only the backstop. */
const DELIVERING_CHECK_S = 6 * 3600;
/** How many of the newest items are compared with what is known. */
const AUDITED_ITEMS = 100;

export async function checkFeed(feed: FeedState, options: FeedCheckOptions): Promise<void> {
  const { ports, reader, collector } = options;
  // After an outage too: what was taken back meanwhile is found by what is not there any more.
  const compares = feed.auditDue || !feed.watching;
  const subscribed = feed.subscribed || (await reader.subscribe(feed.jid, NODE_MICROBLOG));
  const reading = await reader.readUnseen(
    feed.jid,
    NODE_MICROBLOG,
    (items) => pick(feed, items, ports),
    compares ? AUDITED_ITEMS : 0,
  );
  const missed = isMissed(feed, reading, options);
  if (missed) options.silent(feed);
  if (reading.state === "read") await collector.collect(feed, reading.items, false);
  if (reading.state === "refused") await collector.closed(feed);
  if (compares) await audit(feed, reading, options);
  await ports.feedChecked(feed.personKey, {
    subscribed,
    baseline: reading.state !== "refused",
    missed,
    audited: compares && reading.state !== "refused",
    nextCheckAt: new Date(options.now() + waitAfter(feed, reading, missed) * 1000),
  });
}

/**
 * What was never seen, and what went out with other words. A change of what stayed home stays
 * home with it: only an event tells that its author has touched it just now.
 */
async function pick(
  feed: FeedState,
  items: readonly EventItem[],
  ports: FeedCheckOptions["ports"],
): Promise<Picked> {
  const ids = items.map((item) => item.id);
  const seen = await ports.seenItems(feed.personKey, NODE_MICROBLOG, ids);
  const isChanged = ({ id, payload }: EventItem): boolean =>
    payload !== undefined &&
    seen.get(id)?.state === "published" &&
    seen.get(id)?.hash !== hashOf(payload);
  return {
    items: items.filter((item) => !seen.has(item.id) || isChanged(item)),
    known: seen.size > 0,
  };
}

/** The stream was up since the last look, and yet no event brought what this one found. */
function isMissed(feed: FeedState, reading: Reading, options: FeedCheckOptions): boolean {
  if (!feed.watching || !feed.baseline || reading.state !== "read") return false;
  return reading.items.some((item) => !options.heard(feed, item));
}

async function audit(feed: FeedState, reading: Reading, options: FeedCheckOptions): Promise<void> {
  const { collector, doubts } = options;
  const node = { personKey: feed.personKey, jid: feed.jid, node: NODE_MICROBLOG };
  if (reading.state === "refused") return;
  if (reading.state === "missing" || reading.found.length === 0) {
    await doubts.emptied(node, "found");
    return;
  }
  // What is new has just been asked for.
  if (reading.items.length === 0) await collector.ask(feed, reading.found.at(-1) ?? null);
  await doubts.compare(node, reading.found);
}

function waitAfter(feed: FeedState, reading: Reading, missed: boolean): number {
  if (feed.delivers && !missed) return DELIVERING_CHECK_S;
  const slowest = reading.state === "read" ? SLOWEST_CHECK_S : NOTHING_TO_READ_S;
  const checks = missed ? 0 : feed.checks;
  return Math.min(slowest, FIRST_CHECK_S * 2 ** Math.min(checks, 10));
}
