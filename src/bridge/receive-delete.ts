/** Remote people take something back. */
import { isAbout, type DeleteActivity } from "../activitystreams/activity.ts";
import { sendToPods, showReply } from "./below.ts";
import { tombstoneGuid } from "./guids.ts";
import { POSTS_NODE } from "./nodes.ts";
import { endShares } from "./passed-on.ts";
import type { BridgeEffects, BridgeTransaction, KnownPerson } from "./ports.ts";
import { insertRetraction, isModerated, isRetractable, isShown } from "./retract.ts";
import { isLive, isTop, type Live, type Top } from "./thread.ts";

/** A tombstone stays: a copy that comes late, or a delete that comes first, changes nothing. */
export async function receiveDelete(
  tx: BridgeTransaction,
  activity: DeleteActivity,
  sender: KnownPerson,
  effects: BridgeEffects,
): Promise<void> {
  const { guid } = activity.object;
  await tx.lockGuid(guid);
  const known = await tx.findActivity(guid);
  if (known === null) {
    const tombstone = tombstoneGuid(guid, sender, effects);
    const made = await tx.insertActivity(tombstone, sender.key, activity);
    if (made !== null) await tx.entombActivity(made);
    return;
  }
  if (!isLive(known) || !isRetractable(known.activity)) return;
  if (isTop(known)) await deletePost(tx, known, activity, sender, effects);
  else await deleteReply(tx, known, activity, sender, effects);
}

async function deletePost(
  tx: BridgeTransaction,
  post: Top,
  activity: DeleteActivity,
  sender: KnownPerson,
  effects: BridgeEffects,
): Promise<void> {
  if (post.authorKey !== sender.key) return;
  const only = post.audience === "limited" ? await tx.audienceOf(post.id) : null;
  await tx.entombActivity(post.id);
  await tx.entombBelow(post.guid);
  const retraction = await insertRetraction(tx, post, sender.key, activity.actor, effects);
  const stream = { personKey: sender.key, node: POSTS_NODE, only };
  await tx.deliverToReaders(retraction, post.guid, stream);
  await endShares(tx, post, effects);
}

/** diaspora-protocol.md §10: by its author, or by the author of the post above it. */
async function deleteReply(
  tx: BridgeTransaction,
  reply: Live,
  activity: DeleteActivity,
  sender: KnownPerson,
  effects: BridgeEffects,
): Promise<void> {
  const top = await tx.findActivity(reply.rootGuid);
  const isModeration = top?.authorKey === sender.key && isModerated(reply.activity);
  if (reply.authorKey !== sender.key && !isModeration) return;
  await tx.entombActivity(reply.id);
  if (!isLive(top) || !isTop(top) || isAbout(reply.activity, "participation")) return;
  // People here hear of it from who took it back, the author of the post among them.
  const shown = isShown(reply.activity, top);
  const said = { top, authorKey: sender.key, cameFrom: sender, shown };
  const activityId = await insertRetraction(tx, reply, sender.key, activity.actor, effects);
  await showReply(tx, { ...said, activityId });
  const { author } = top;
  if (!("jid" in author)) return;
  // Pods that have a local post hear of it from its author, as they heard of what is gone.
  const actor = { network: "xmpp", id: author.jid } as const;
  const relayed = await insertRetraction(tx, reply, top.authorKey, actor, effects);
  const relay = { activityId: relayed, authorKey: top.authorKey, endOf: reply.id };
  await sendToPods(tx, { ...said, ...relay });
}
