/**
 * One look at a person's node: what no event brought is read, and once a day what is known is
 * compared with what is there. Whether events come, and by which way, is told by what a look
 * finds, never by the server's name.
 */
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import type { EventItem } from "../pep/read-event.ts";
import type { FeedCollector } from "./feed-collect.ts";
import type { FeedDoubts } from "./feed-doubts.ts";
import type { FeedReader, Picked, Reading } from "./feed-reader.ts";
import { hashOf } from "./item-hash.ts";
import type { FeedPorts, FeedState } from "./ports.ts";

export interface FeedCheckOptions {
  readonly ports: Pick<FeedPorts, "seenItems" | "feedChecked"> & {
    readonly doubts: Pick<FeedPorts["doubts"], "placeItems">;
  };
  readonly reader: Pick<FeedReader, "readUnseen" | "subscribe">;
  readonly collector: Pick<FeedCollector, "ask" | "closed" | "collect">;
  readonly doubts: Pick<FeedDoubts, "compare" | "emptied">;
  /** An event has brought this item, and waits behind this look; or a look has found it before. */
  readonly heard: (feed: FeedState, item: EventItem) => boolean;
  /** This person's posts are found by reading only. */
  readonly silent: (feed: FeedState) => void;
  /** Another one after each cut of the stream. */
  readonly connection: () => number;
  readonly now: () => number;
}

const FIRST_CHECK_S = 5;
const SLOWEST_CHECK_S = 600;
/** No node, or none for us. */
const NOTHING_TO_READ_S = 3600;
/** Once events arrive, a read is only the backstop. */
const DELIVERING_CHECK_S = 6 * 3600;
const MOST_DOUBLINGS = 13;
/** How many of the newest items are compared with what is known. */
const AUDITED_ITEMS = 100;

export async function checkFeed(feed: FeedState, options: FeedCheckOptions): Promise<void> {
  const { ports, reader, collector } = options;
  const connection = options.connection();
  // After an outage too: what was taken back meanwhile is found by what is not there any more.
  const audits = feed.auditDue || !feed.watching;
  const subscribed = feed.subscribed || (await reader.subscribe(feed.jid, NODE_MICROBLOG));
  const reading = await reader.readUnseen(
    feed.jid,
    NODE_MICROBLOG,
    (items) => pick(feed, items, ports),
    audits ? AUDITED_ITEMS : 0,
  );
  const isOurs = reading.state !== "refused";
  if (isOurs) await collector.collect(feed, itemsIn(reading), false);
  else await collector.closed(feed);
  const missed = isMissed(feed, reading, options);
  if (missed) options.silent(feed);
  // Nobody was told what went before there was a subscription; by caps alone nobody ever is.
  const compares = audits || subscribed !== feed.subscribed || feed.way === "presence";
  await compare(feed, reading, { audits, compares }, options);
  // What came while the stream was cut is for the next look, whatever this one has found.
  const watched = options.connection() === connection;
  const wait = waitAfter(feed, reading, missed, watched);
  await ports.feedChecked(feed.personKey, {
    watched,
    subscribed: subscribed && watched,
    baseline: isOurs,
    missed,
    audited: audits && watched && isOurs,
    nextCheckAt: new Date(options.now() + wait * 1000),
  });
}

function itemsIn(reading: Reading): readonly EventItem[] {
  return reading.state === "read" ? reading.items : [];
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
    // One event that came early is no proof that nothing before it is missing.
    known: seen.size > 0 && seen.size * 2 >= items.length,
  };
}

/**
 * The stream was up since the last look, and yet no event brought what this one found. Asked when
 * that has been dealt with: an answer may overtake an event.
 */
function isMissed(feed: FeedState, reading: Reading, options: FeedCheckOptions): boolean {
  if (!feed.watching || !feed.baseline || reading.state !== "read") return false;
  return reading.items.filter((item) => !options.heard(feed, item)).length > 0;
}

async function compare(
  feed: FeedState,
  reading: Reading,
  { audits, compares }: { readonly audits: boolean; readonly compares: boolean },
  { ports, collector, doubts }: FeedCheckOptions,
): Promise<void> {
  const node = { personKey: feed.personKey, jid: feed.jid, node: NODE_MICROBLOG };
  if (reading.state === "refused") return;
  if (reading.state === "read") await ports.doubts.placeItems(node, reading.found);
  if (!compares) return;
  if (reading.state === "missing" || reading.found.length === 0) {
    await doubts.emptied(node, "found");
    return;
  }
  // What is new has just been asked for.
  const isAsked = !audits || reading.items.length > 0;
  if (!isAsked) await collector.ask(feed, reading.found.at(-1) ?? null);
  await doubts.compare(node, reading.found);
}

function waitAfter(feed: FeedState, reading: Reading, missed: boolean, watched: boolean): number {
  if (!watched) return 0;
  const delivers = feed.delivers && !missed;
  if (delivers && feed.way === "subscription") return DELIVERING_CHECK_S;
  const slowest = reading.state === "read" ? SLOWEST_CHECK_S : NOTHING_TO_READ_S;
  const checks = missed ? 0 : feed.checks;
  // COMPAT(ejabberd < 24.12): caps bring posts but no retraction, and most of these come soon.
  return Math.min(
    delivers ? DELIVERING_CHECK_S : slowest,
    FIRST_CHECK_S * 2 ** Math.min(checks, MOST_DOUBLINGS),
  );
}
