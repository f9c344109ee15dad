/** Whoever has a post by way of somebody who passed it on hears that it is gone as well. */
import { hostedNode, POSTS_NODE } from "./nodes.ts";
import type { BridgeEffects, BridgeTransaction } from "./ports.ts";
import type { Top } from "./thread.ts";

/** The newest; in the nodes of all others it is gone too, and nobody is told. */
const MOST_SHARES = 1_000;

/** Under the item's own name, so that it takes the place of what was sent before. */
export async function endShares(
  tx: BridgeTransaction,
  post: Pick<Top, "guid">,
  effects: Pick<BridgeEffects, "now">,
): Promise<void> {
  for (const share of await tx.outdateShares(post.guid, effects.now(), MOST_SHARES)) {
    const node = share.jid === null ? POSTS_NODE : hostedNode(share.jid);
    const stream = { personKey: share.authorKey, node, only: null };
    await tx.deliverToReaders(share.id, share.guid, stream);
  }
}
