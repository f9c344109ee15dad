/** Somebody here takes something back: their own, or what others said below a post of theirs. */
import {
  isAbout,
  type Activity,
  type Actor,
  type DeleteActivity,
} from "../activitystreams/activity.ts";
import type { RetractAct } from "../activitystreams/acts.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, requireAccount } from "./actor.ts";
import { recipientsOfEnd } from "./audience.ts";
import { spreadBelow } from "./below.ts";
import { commit } from "./commit.ts";
import { hostedNode } from "./nodes.ts";
import { endShares } from "./passed-on.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";
import {
  isLive,
  isTop,
  lockedCurrent,
  readersOf,
  remoteAuthorOf,
  requireTarget,
  type Live,
  type Top,
} from "./thread.ts";

/**
 * Throws DX_ITEM_NOT_FOUND, DX_NOT_YOURS, and DX_NOT_IMPLEMENTED for private messages, which the
 * federation cannot take back. What was taken back already stays so.
 */
export async function retract(
  act: RetractAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(act.jid, store);
  await commit(store, effects, async (tx) => {
    const known = await lockedCurrent(tx, act.guid, effects);
    if (known?.deleted === true && known.authorKey === account.key) return;
    if (!isLive(known)) throw new DxError("DX_ITEM_NOT_FOUND");
    await retractLive(tx, known, account, effects);
  });
}

export async function retractLive(
  tx: BridgeTransaction,
  known: Live,
  account: Account,
  effects: BridgeEffects,
): Promise<void> {
  if (isTop(known)) {
    if (known.authorKey !== account.key) await refuse(tx, known, account, effects);
    await retractPost(tx, known, account, effects);
    return;
  }
  const top = await tx.findActivity(known.rootGuid);
  const isOwn = known.authorKey === account.key;
  // diaspora-protocol.md §10: the author of the post may take back what others said below it.
  const isBelowOwn = top?.authorKey === account.key && isModerated(known.activity);
  if (!isOwn && !isBelowOwn) await refuse(tx, known, account, effects);
  if (!isRetractable(known.activity)) throw new DxError("DX_NOT_IMPLEMENTED");
  if (!isLive(top) || !isTop(top)) throw new DxError("DX_ITEM_NOT_FOUND");
  await tx.entombActivity(known.id);
  const activityId = await insertRetraction(tx, known, account.key, actorOf(account), effects);
  await spreadBelow(tx, {
    activityId,
    top,
    authorKey: account.key,
    cameFrom: null,
    shown: isShown(known.activity, top),
    endOf: known.id,
    also: isOwn ? null : remoteAuthorOf(known),
  });
}

/** Whoever cannot see it is not told that it is there. */
async function refuse(
  tx: BridgeTransaction,
  known: Live,
  account: Account,
  effects: BridgeEffects,
): Promise<never> {
  await requireTarget(tx, account, known.guid, effects);
  throw new DxError("DX_NOT_YOURS");
}

/** To everybody who got it, public or encrypted as it was; what was said below goes with it. */
async function retractPost(
  tx: BridgeTransaction,
  post: Top,
  account: Account,
  effects: BridgeEffects,
): Promise<void> {
  const recipients = await recipientsOfEnd(tx, post);
  const only = await readersOf(tx, post);
  await tx.entombActivity(post.id);
  await tx.entombBelow(post.guid);
  const activityId = await insertRetraction(tx, post, account.key, actorOf(account), effects);
  await tx.deliver(activityId, post.guid, recipients);
  const stream = { personKey: account.key, node: hostedNode(account.jid), only };
  await tx.deliverToReaders(activityId, post.guid, stream);
  await endShares(tx, post, effects);
}

/** The federation's names of what can be taken back (diaspora-protocol.md §10). */
const TARGET_TYPES = {
  note: "Post",
  share: "Post",
  comment: "Comment",
  opinion: "Like",
  vote: "PollParticipation",
  attendance: "EventParticipation",
  participation: "Participation",
} as const;

function hasTargetType(type: string): type is keyof typeof TARGET_TYPES {
  return Object.hasOwn(TARGET_TYPES, type);
}

export function isRetractable({ object }: Activity): boolean {
  return hasTargetType(object.type);
}

/** §10: Comment, Like, PollParticipation. */
export function isModerated(activity: Activity): boolean {
  return (["comment", "opinion", "vote"] as const).some((type) => isAbout(activity, type));
}

/** It stands where the comments are: so does its end. */
export function isShown(activity: Activity, top: { readonly guid: Guid }): boolean {
  if (isAbout(activity, "comment")) return true;
  return activity.verb === "like" && activity.object.about.guid === top.guid;
}

/** Returns the id of the new row. Throws DX_NOT_IMPLEMENTED for what nobody can take back. */
export async function insertRetraction(
  tx: BridgeTransaction,
  target: Live,
  authorKey: string,
  actor: Actor,
  effects: BridgeEffects,
): Promise<string> {
  const { type } = target.activity.object;
  if (!hasTargetType(type)) throw new DxError("DX_NOT_IMPLEMENTED");
  const activity: DeleteActivity = {
    verb: "delete",
    actor,
    object: { type: "tombstone", guid: target.guid, targetType: TARGET_TYPES[type] },
    audience: target.audience,
    published: effects.now(),
  };
  const facts = { aboveGuid: target.guid, rootGuid: target.rootGuid, itemId: target.itemId };
  const activityId = await tx.insertActivity(effects.randomGuid(), authorKey, activity, facts);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  return activityId;
}
