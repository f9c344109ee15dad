/** An event of a person's node, and what follows from it. */
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import type { ItemsEvent, PubsubEvent } from "../pep/read-event.ts";
import type { FeedCollector } from "./feed-collect.ts";
import type { FeedDoubts } from "./feed-doubts.ts";
import type { EventWay, FeedPorts, FeedState } from "./ports.ts";

export interface TakeOptions {
  readonly ports: Pick<FeedPorts, "feedDue" | "feedTouched" | "feedDelivered">;
  readonly collector: FeedCollector;
  readonly doubts: Pick<FeedDoubts, "retracted" | "emptied">;
  /** Events of this person's node come by this way, which was not known. */
  readonly comesBy: (feed: FeedState, way: EventWay) => void;
}

export async function takeEvent(
  feed: FeedState,
  event: PubsubEvent,
  way: EventWay,
  options: TakeOptions,
): Promise<void> {
  const { ports, doubts } = options;
  const node = { personKey: feed.personKey, jid: feed.jid, node: NODE_MICROBLOG };
  switch (event.type) {
    case "items":
      await takeItems(feed, event, options);
      if (event.retracted.length > 0) await doubts.retracted(node, event.retracted);
      break;
    case "purge":
      await doubts.emptied(node, "said");
      break;
    case "delete":
      await doubts.emptied(node, "said");
      await ports.feedDue(feed.personKey, true);
      break;
    case "configuration":
      // Who may read it may have changed, and the subscription may have gone with that.
      await ports.feedDue(feed.personKey, true);
      break;
    case "subscription":
      // Not for the answer to our own request: it would be asked for ever.
      if (event.state === "none") await ports.feedDue(feed.personKey, true);
      break;
  }
  await noteWay(feed, way, options);
}

/** A subscription brings more than caps do (retractions, purges), so it is the one to know of. */
async function noteWay(feed: FeedState, way: EventWay, options: TakeOptions): Promise<void> {
  const isKnown = feed.way === way || feed.way === "subscription";
  if (feed.delivers && isKnown) return;
  if (await options.ports.feedDelivered(feed.personKey, way)) options.comesBy(feed, way);
}

async function takeItems(
  feed: FeedState,
  event: ItemsEvent,
  { collector, ports }: TakeOptions,
): Promise<void> {
  const items = collector.withoutCopies(feed.jid, event.items);
  if (items.length === 0) return;
  await collector.collect(feed, items, !event.delayed);
  // A payload left out, or a node that has just come into being: both are for a read. So is what
  // no event will tell of (COMPAT(ejabberd < 24.12): caps bring no retractions), and in a small
  // node it shows that nothing was pushed out.
  const incomplete = items.some((item) => item.payload === undefined);
  const isBlind = !feed.subscribed || feed.way === "presence" || feed.few;
  if (incomplete || isBlind) await ports.feedTouched(feed.personKey);
}
