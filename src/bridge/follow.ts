/**
 * An XMPP user follows somebody on the federation, and stops. There are two ways, and some
 * clients use both: a subscription to the node, and one to the person's presence, which is all
 * that chat clients can do. It ends with the last of them.
 */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { requireAccount } from "./actor.ts";
import { commit } from "./commit.ts";
import { findOpen, sendContact, sendProfile } from "./contact.ts";
import { DAILY } from "./limits.ts";
import type { BridgeEffects, BridgeStore, SubscribedBy } from "./ports.ts";

export interface FollowAct {
  readonly jid: Jid;
  readonly id: DiasporaId;
  readonly node: string;
  readonly by: SubscribedBy;
}

/**
 * Adds the subscription and, with the first one, sends the `contact`. Done again, it changes
 * nothing. Throws DX_NOT_REGISTERED, DX_BLOCKED, DX_PERSON_GONE, and what discovery throws.
 */
export async function follow(
  { jid, id, node, by }: FollowAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(jid, store);
  const person = await findOpen(id, store, effects);
  await commit(store, effects, async (tx) => {
    const before = await tx.changeRelationship(account.key, person.key, { following: true });
    // Only the local person's own word: that of the other one is nobody's business.
    if (before.blocked) throw new DxError("DX_BLOCKED");
    await tx.addSubscription(person.key, node, jid, by);
    if (before.following) return;
    // Each is a signed message to somebody's pod.
    if (!(await tx.countToday(account.key, "follow", (effects.daily ?? DAILY).follows))) {
      throw new DxError("DX_DAILY_LIMIT");
    }
    await sendContact(tx, account, person, "follow", effects);
    await sendProfile(tx, account, person, effects);
    await tx.expectNewest(account.key, person.key);
  });
}

/** Throws DX_ITEM_NOT_FOUND when there was no subscription by this way. */
export async function unfollow(
  { jid, id, node, by }: FollowAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await store.accountByJid(jid);
  const person = await store.remoteById(id);
  if (account === null || person === null) throw new DxError("DX_ITEM_NOT_FOUND");
  await commit(store, effects, async (tx) => {
    const left = await tx.removeSubscription(person.key, node, jid, by);
    if (left === "none") throw new DxError("DX_ITEM_NOT_FOUND");
    if (left === "left") return;
    const before = await tx.changeRelationship(account.key, person.key, { following: false });
    if (before.following) await sendContact(tx, account, person, "unfollow", effects);
  });
}

/** By whichever way they follow. Throws DX_ITEM_NOT_FOUND when it was by none. */
export async function unfollowWholly(
  who: Pick<FollowAct, "jid" | "id" | "node">,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  let ended = 0;
  for (const by of ["presence", "pubsub"] as const) {
    try {
      await unfollow({ ...who, by }, store, effects);
      ended += 1;
    } catch (error) {
      if (!isDxError(error, "DX_ITEM_NOT_FOUND")) throw error;
    }
  }
  if (ended === 0) throw new DxError("DX_ITEM_NOT_FOUND");
}
