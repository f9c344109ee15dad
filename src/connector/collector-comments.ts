/**
 * The collector of comments: the nodes that local authors' clients link to (XEP-0277) are
 * subscribed to, read after an outage, and looked at seldom where events come.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { describeError, isDxError } from "../errors/error.ts";
import type { PubsubEvent } from "../pep/read-event.ts";
import type { CommentDoubt, CommentNode } from "./collector-ports.ts";
import { takeComments, type TakeCommentsOptions } from "./collector-comment-items.ts";
import type { FeedReader, Reading } from "./feed-reader.ts";
import { createKeyedQueue } from "./keyed-queue.ts";
import type { NodePlace } from "./ports.ts";

export interface Comments {
  onEvent(from: Jid, event: PubsubEvent): void;
  onOnline(): void;
  stop(): Promise<void>;
}

export interface CommentsOptions extends TakeCommentsOptions {
  readonly reader: Pick<
    FeedReader,
    "isReadableByStranger" | "subscribe" | "readUnseen" | "readItem"
  >;
  readonly isOnline: () => boolean;
  readonly now?: () => number;
  readonly everyMs?: number;
}

const EVERY_MS = 1_000;
const AT_ONCE = 4;
const MAX_WAITING = 500;
const EVICTION_MS = 6_000;
const SECOND_LOOK_MS = 10 * 60_000;
const FIRST_CHECK_S = 30;
const SLOWEST_CHECK_S = 7 * 86_400;
/** Read at once: what a page of comments shows. */
const NEWEST = 100;

export function createComments(options: CommentsOptions): Comments {
  const { ports, log } = options;
  const queue = createKeyedQueue<Jid>(MAX_WAITING, (service, error) => {
    // An event's item stands in the node, and its look comes due again by itself.
    log.info({ service, error: describeError(error) }, "a comments node was not taken");
  });
  let looking = false;
  const timer = setInterval(() => {
    if (options.isOnline() && !looking) void look();
  }, options.everyMs ?? EVERY_MS);

  async function look(): Promise<void> {
    looking = true;
    try {
      for (const node of await ports.claimDueCommentNodes(AT_ONCE)) {
        queue.add(node.service, () => checkNode(node, options));
      }
      for (const doubt of await ports.claimCommentDoubts(AT_ONCE)) {
        queue.add(doubt.service, () => settle(doubt, options));
      }
    } catch (error) {
      log.warn({ error: describeError(error) }, "no comments node could be looked at");
    }
    looking = false;
  }

  return {
    onEvent(from, event) {
      const place = { service: from, node: event.node };
      if (queue.add(from, () => takeEvent(place, event, options))) return;
      options.dropped("too-many");
    },
    onOnline() {
      ports.allCommentNodesDue().catch((error: unknown) => {
        log.warn({ error: describeError(error) }, "comments nodes are read later");
      });
    },
    async stop() {
      clearInterval(timer);
      await queue.idle();
    },
  };
}

async function takeEvent(
  place: NodePlace,
  event: PubsubEvent,
  options: CommentsOptions,
): Promise<void> {
  const { ports } = options;
  const node = await ports.commentNode(place);
  if (node === null) {
    options.dropped("stranger");
    return;
  }
  if (event.type !== "items") {
    // Emptied or deleted: the post's own retraction says what its author means.
    const isOurRequest = event.type === "subscription" && event.state !== "none";
    if (!isOurRequest) await ports.commentNodeDue(place, true);
    return;
  }
  // The component sees more than a stranger: what is for contacts only stays where it is.
  if (await isOpen(node, event.items.at(-1)?.id ?? null, options)) {
    await takeComments(node, event.items, options);
  }
  if (event.retracted.length > 0) {
    await ports.doubtComments(place, event.retracted, later(options, EVICTION_MS));
  }
  const isIncomplete = event.items.some((item) => item.payload === undefined);
  if (isIncomplete) await ports.commentNodeDue(place, false);
  else if (!node.delivers) await ports.commentNodeDelivered(place);
}

async function isOpen(
  { service, node }: NodePlace,
  itemId: string | null,
  { reader, dropped }: CommentsOptions,
): Promise<boolean> {
  const isReadable = await reader.isReadableByStranger(service, node, itemId);
  if (!isReadable) dropped("unverified");
  return isReadable;
}

async function checkNode(node: CommentNode, options: CommentsOptions): Promise<void> {
  const { ports, reader } = options;
  const subscribed = node.subscribed || (await reader.subscribe(node.service, node.node));
  const pick = (items: Extract<Reading, { state: "read" }>["items"]) =>
    Promise.resolve({ items, known: true });
  const reading = await reader.readUnseen(node.service, node.node, pick, NEWEST);
  let isNews = false;
  if (reading.state === "read") {
    // COMPAT(Prosody 0.12): it names no publishers in answers; those come by events only.
    const named = reading.items.filter((item) => item.publisher !== null);
    const isReadable = named.length > 0 && (await isOpen(node, named.at(-1)?.id ?? null, options));
    isNews = isReadable && (await takeComments(node, named, options)) > 0;
    const missing = await ports.missingComments(node, reading.found);
    await ports.doubtComments(node, missing, later(options, SECOND_LOOK_MS));
  }
  const checks = isNews ? 0 : node.checks;
  const wait = node.delivers && !isNews ? SLOWEST_CHECK_S : slower(checks);
  const nextCheckAt = later(options, wait * 1000);
  await ports.commentNodeChecked(node, { subscribed, missed: isNews, nextCheckAt });
}

function slower(checks: number): number {
  return Math.min(SLOWEST_CHECK_S, FIRST_CHECK_S * 2 ** Math.min(checks, 15));
}

/** A comment that its node does not hold any more, and that nothing has pushed out of it. */
async function settle(doubt: CommentDoubt, { ports, reader }: CommentsOptions): Promise<void> {
  const { itemId, postGuid, publisher } = doubt;
  const reading = await reader.readItem(doubt.service, doubt.node, itemId);
  // With its whole node closed or gone, nobody has taken back this comment.
  const isGone = reading.state === "read" && reading.found.length === 0;
  const isMissing = isGone || (await isItemMissing(doubt, reading, reader));
  if (isMissing && !doubt.pushedOut) {
    await ports.retractComment({ jid: publisher, postGuid, itemId }).catch(passOver);
  }
  await ports.settleCommentDoubt(doubt, itemId, isMissing);
}

/** What the rules never took, or do not let its writer take back, stays as it is. */
function passOver(error: unknown): void {
  if (!isDxError(error) || error.retryable) throw error;
}

/** ejabberd says item-not-found for an item as for a node. */
async function isItemMissing(
  { service, node }: CommentDoubt,
  reading: Reading,
  reader: CommentsOptions["reader"],
): Promise<boolean> {
  if (reading.state !== "missing") return false;
  const pick = () => Promise.resolve({ items: [], known: true });
  return (await reader.readUnseen(service, node, pick)).state === "read";
}

function later({ now = Date.now }: CommentsOptions, ms: number): Date {
  return new Date(now() + ms);
}
