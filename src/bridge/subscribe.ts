/** Reading what is said below a post, or a node that the component holds for somebody here. */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { requireAccount } from "./actor.ts";
import { commit } from "./commit.ts";
import { commentsNode, hostedNode } from "./nodes.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";
import { requireTarget } from "./thread.ts";

/** What is subscribed to that is nobody's stream of posts. */
export type Below =
  | { readonly type: "comments"; readonly post: Guid }
  | { readonly type: "hosted"; readonly owner: Jid };

/** Whose node it is, by the store's key, and how it is called there. */
export interface NodeKey {
  readonly personKey: string;
  readonly node: string;
}

/** Throws DX_NOT_REGISTERED, DX_ITEM_NOT_FOUND, DX_BLOCKED. */
export async function subscribeBelow(
  jid: Jid,
  at: Below,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(jid, store);
  await commit(store, effects, async (tx) => {
    const { personKey, node } = await requireNode(tx, at, account, store, effects);
    await tx.addSubscription(personKey, node, jid, "pubsub");
  });
}

/** Throws DX_ITEM_NOT_FOUND when there was no subscription. */
export async function unsubscribeBelow(
  jid: Jid,
  at: Below,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  await commit(store, effects, async (tx) => {
    const key = await nodeKey(tx, at, store);
    const left =
      key === null ? "none" : await tx.removeSubscription(key.personKey, key.node, jid, "pubsub");
    if (left === "none") throw new DxError("DX_ITEM_NOT_FOUND");
  });
}

async function requireNode(
  tx: BridgeTransaction,
  at: Below,
  account: Account,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<NodeKey> {
  if (at.type === "comments") {
    const { top } = await requireTarget(tx, account, at.post, effects);
    return { personKey: top.authorKey, node: commentsNode(top.guid) };
  }
  const key = await nodeKey(tx, at, store);
  if (key === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return key;
}

/** null when there is no such thing. */
async function nodeKey(
  tx: Pick<BridgeTransaction, "findActivity">,
  at: Below,
  store: Pick<BridgeStore, "accountByJid">,
): Promise<NodeKey | null> {
  if (at.type === "hosted") {
    const owner = await store.accountByJid(at.owner);
    return owner === null ? null : { personKey: owner.key, node: hostedNode(at.owner) };
  }
  const post = await tx.findActivity(at.post);
  return post === null ? null : { personKey: post.authorKey, node: commentsNode(at.post) };
}
