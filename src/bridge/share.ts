/** Somebody here passes on a post as it is. */
import { isAbout, type PostActivity, type ShareActivity } from "../activitystreams/activity.ts";
import type { ShareAct } from "../activitystreams/acts.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, requireAccount } from "./actor.ts";
import { commit } from "./commit.ts";
import { digestGuid } from "./guids.ts";
import { hostedNode } from "./nodes.ts";
import { takePart } from "./participation.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";
import { isLive, remoteAuthorOf, requireTarget, type Live } from "./thread.ts";

/** A post that may be passed on: public, and no share itself. */
export type Root = Live<PostActivity>;

export interface NewShare {
  readonly guid: Guid;
  readonly root: Root;
  readonly published: Date;
  readonly itemId?: string;
}

/** Throws DX_NOT_SHAREABLE and what requireTarget throws; sharing again changes nothing. */
export async function share(
  act: ShareAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Guid> {
  const account = await requireAccount(act.jid, store);
  return await commit(store, effects, async (tx) => {
    const { top } = await requireTarget(tx, account, act.root, effects);
    const root = await rootOf(tx, top);
    if (root === null || root.authorKey === account.key) throw new DxError("DX_NOT_SHAREABLE");
    // Nobody is passed on by way of somebody else who could not be passed on from here.
    if (root.guid !== top.guid) await requireTarget(tx, account, root.guid, effects);
    const published = effects.now();
    const { guid, activityId } = await addShare(
      tx,
      { guid: effects.randomGuid(), root, published },
      account,
      effects,
    );
    if (activityId !== null) {
      const stream = { personKey: account.key, node: hostedNode(account.jid), only: null };
      await tx.deliverToReaders(activityId, guid, stream);
    }
    return guid;
  });
}

/** A share of a share is one of what that one passed on, as on diaspora*. */
export async function rootOf(
  tx: Pick<BridgeTransaction, "findActivity">,
  top: Live,
): Promise<Root | null> {
  const { activity } = top;
  if (activity.audience !== "public") return null;
  if (isAbout(activity, "note")) return { ...top, activity };
  if (!isAbout(activity, "share") || activity.object.root === null) return null;
  const root = await tx.findActivity(activity.object.root.guid);
  if (!isLive(root) || !isAbout(root.activity, "note")) return null;
  return root.activity.audience === "public" ? { ...root, activity: root.activity } : null;
}

/**
 * Once for each person and post, as pods have it: `activityId` is null, and the GUID that of the
 * first, where there is one already.
 */
export async function addShare(
  tx: BridgeTransaction,
  { guid, root, published, itemId }: NewShare,
  account: Account,
  effects: BridgeEffects,
): Promise<{ readonly guid: Guid; readonly activityId: string | null }> {
  await tx.lockGuid(digestGuid(effects, "share", account.jid, root.guid));
  const known = await tx.ownAbout(account.key, root.guid, "share");
  if (known !== null) return { guid: known.guid, activityId: null };
  const activity: ShareActivity = {
    verb: "share",
    actor: actorOf(account),
    object: { type: "share", guid, root: { author: root.author.diasporaId, guid: root.guid } },
    audience: "public",
    published,
  };
  const activityId = await tx.insertActivity(guid, account.key, activity, {
    aboveGuid: root.guid,
    ...(itemId === undefined ? {} : { itemId }),
  });
  if (activityId === null) return { guid, activityId };
  // diaspora-peers.md §2: as a public post, and to the author of the root.
  const author = remoteAuthorOf(root);
  const pods = await tx.contactPods(account.key);
  const addresses = author === null ? pods : [...new Set([...pods, author.podUrl])];
  await tx.deliver(activityId, guid, { kind: "pod", addresses });
  await takePart(tx, root, account, effects);
  return { guid, activityId };
}
