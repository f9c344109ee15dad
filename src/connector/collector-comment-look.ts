/**
 * One look at a comments node: what no event brought is taken, and what is not there any more is
 * looked at a second time before it is taken back.
 */
import { isDxError } from "../errors/error.ts";
import { takeComments, type TakeCommentsOptions } from "./collector-comment-items.ts";
import type { CommentDoubt, CommentNode } from "./collector-ports.ts";
import type { FeedReader, Reading } from "./feed-reader.ts";
import type { NodePlace } from "./ports.ts";

export interface CommentLookOptions extends TakeCommentsOptions {
  readonly reader: Pick<
    FeedReader,
    "isReadableByStranger" | "subscribe" | "readUnseen" | "readItem" | "readItems"
  >;
  readonly now?: () => number;
}

const SECOND_LOOK_MS = 10 * 60_000;
const FIRST_CHECK_S = 30;
const SLOWEST_CHECK_S = 7 * 86_400;
/** Read at once: what a page of comments shows. */
const NEWEST = 100;

/** The component sees more than a stranger: what is for contacts only stays where it is. */
export async function isOpen(
  { service, node }: NodePlace,
  itemId: string | null,
  { reader, dropped }: CommentLookOptions,
): Promise<boolean> {
  const isReadable = await reader.isReadableByStranger(service, node, itemId);
  if (!isReadable) dropped("unverified");
  return isReadable;
}

export async function checkNode(node: CommentNode, options: CommentLookOptions): Promise<void> {
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
export async function settle(
  doubt: CommentDoubt,
  { ports, reader }: CommentLookOptions,
): Promise<void> {
  const { itemId, postGuid, publisher, pushed } = doubt;
  const reading = await reader.readItem(doubt.service, doubt.node, itemId);
  // With its whole node closed or gone, nobody has taken back this comment.
  const isGone = reading.state === "read" && reading.found.length === 0;
  const isMissing = isGone || (await isItemMissing(doubt, reading, reader));
  if (isMissing && (!pushed || (await isOutlived(doubt, reader)))) {
    await ports.retractComment({ jid: publisher, postGuid, itemId }).catch(passOver);
  }
  await ports.settleCommentDoubt(doubt, itemId, isMissing);
}

/** A full node would have pushed out what its publisher said before. */
async function isOutlived(
  { service, node, older }: CommentDoubt,
  reader: CommentLookOptions["reader"],
): Promise<boolean> {
  if (older.length === 0) return false;
  const reading = await reader.readItems(service, node, older);
  return reading.state === "read" && reading.found.length > 0;
}

/** What the rules never took, or do not let its writer take back, stays as it is. */
function passOver(error: unknown): void {
  if (!isDxError(error) || error.retryable) throw error;
}

/** ejabberd says item-not-found for an item as for a node. */
async function isItemMissing(
  { service, node }: CommentDoubt,
  reading: Reading,
  reader: CommentLookOptions["reader"],
): Promise<boolean> {
  if (reading.state !== "missing") return false;
  const pick = () => Promise.resolve({ items: [], known: true });
  return (await reader.readUnseen(service, node, pick)).state === "read";
}

export function later({ now = Date.now }: CommentLookOptions, ms: number): Date {
  return new Date(now() + ms);
}
