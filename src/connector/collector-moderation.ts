/**
 * What somebody from afar said below a post was put into the node where its author keeps the
 * comments (node-place.ts). Its author takes it out of there: then it is taken back everywhere
 * (diaspora-protocol.md §10). Only an event says so, never that it is missing: a service that lost
 * its items has moderated nobody.
 */
import { isDxError } from "../errors/error.ts";
import type { CommentNode, CommentPorts, PlacedBelow } from "./collector-ports.ts";
import type { FeedReader } from "./feed-reader.ts";

export interface ModerationOptions {
  readonly ports: Pick<CommentPorts, "placedBelow" | "retractComment" | "seenComments">;
  readonly reader: Pick<FeedReader, "readUnseen" | "readItems">;
}

export async function takeModeration(
  node: CommentNode,
  retracted: readonly string[],
  options: ModerationOptions,
): Promise<void> {
  for (const itemId of retracted) {
    const placed = await options.ports.placedBelow(node, itemId);
    if (placed === null || !(await isTakenOut(node, itemId, placed, options))) continue;
    const { postGuid } = node;
    try {
      await options.ports.retractComment({ jid: placed.author, postGuid, itemId });
    } catch (error) {
      // Whoever said it has taken it back: it was we who took it out.
      if (!isDxError(error) || error.retryable) throw error;
    }
  }
}

/**
 * A full node pushes out the oldest item, ejabberd that of the same publisher: what something
 * older outlives was not pushed, nor was anything where nothing has come.
 */
async function isTakenOut(
  place: CommentNode,
  itemId: string,
  { older }: PlacedBelow,
  { ports, reader }: ModerationOptions,
): Promise<boolean> {
  const { service, node } = place;
  const none = () => Promise.resolve({ items: [], known: true });
  const newest = await reader.readUnseen(service, node, none);
  if (newest.state !== "read" || newest.found.includes(itemId)) return false;
  // Nothing at all is there that could have pushed it.
  if (newest.found.length === 0) return true;
  const named = await reader.readItems(service, node, [itemId, ...older]);
  if (named.state === "refused") return false;
  const found = named.state === "read" ? named.found : [];
  if (found.length > 0) return !found.includes(itemId);
  if (await isUnknown(place, newest.found.at(-1) ?? "", ports)) return false;
  // Asked again: what we put there is remembered when the service has taken it, after its event.
  return (await ports.placedBelow(place, itemId))?.pushed === false;
}

/** What pushed it may be known by the read only. */
async function isUnknown(
  place: CommentNode,
  newest: string,
  ports: ModerationOptions["ports"],
): Promise<boolean> {
  const seen = await ports.seenComments(place, [newest]);
  return !seen.has(newest) && (await ports.placedBelow(place, newest)) === null;
}
