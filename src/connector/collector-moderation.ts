/**
 * What somebody from afar said below a post was put into the node where its author keeps the
 * comments (node-place.ts). Its author takes it out of there: then it is taken back everywhere
 * (diaspora-protocol.md §10). Only an event says so, never that it is missing: a service that lost
 * its items has moderated nobody.
 */
import { isDxError } from "../errors/error.ts";
import type { CommentNode, CommentPorts } from "./collector-ports.ts";
import type { FeedReader } from "./feed-reader.ts";

export interface ModerationOptions {
  readonly ports: Pick<CommentPorts, "placedBelow" | "retractComment">;
  readonly reader: Pick<FeedReader, "readUnseen" | "readItems">;
}

export async function takeModeration(
  node: CommentNode,
  retracted: readonly string[],
  options: ModerationOptions,
): Promise<void> {
  for (const itemId of retracted) {
    const placed = await options.ports.placedBelow(node, itemId);
    if (placed === null || !(await isTakenOut(node, itemId, placed.older, options))) continue;
    const { postGuid } = node;
    try {
      await options.ports.retractComment({ jid: placed.author, postGuid, itemId });
    } catch (error) {
      // Whoever said it has taken it back: it was we who took it out.
      if (!isDxError(error) || error.retryable) throw error;
    }
  }
}

/** A full node pushes its oldest item out: what something older outlives was not pushed. */
async function isTakenOut(
  { service, node }: CommentNode,
  itemId: string,
  older: readonly string[],
  { reader }: ModerationOptions,
): Promise<boolean> {
  const none = () => Promise.resolve({ items: [], known: true });
  const newest = await reader.readUnseen(service, node, none);
  if (newest.state !== "read" || newest.found.includes(itemId)) return false;
  // Nothing at all is there that could have pushed it.
  if (newest.found.length === 0) return true;
  if (older.length === 0) return false;
  const named = await reader.readItems(service, node, [itemId, ...older]);
  return named.state === "read" && named.found.length > 0 && !named.found.includes(itemId);
}
