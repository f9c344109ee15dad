/**
 * What remote people say below a post and about it: comments, likes, votes, answers to events,
 * the wish to be told more (diaspora-protocol.md §5, §9). Below a post of somebody here it is
 * passed on to whoever has the post; below a remote one that is its author's business.
 */
import { isAbout, type Activity, type ActivityAbout } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { addressed, spreadBelow } from "./below.ts";
import { digestGuid, itemIdFacts, tombstoneGuid } from "./guids.ts";
import type { BridgeEffects, BridgeTransaction, KnownActivity } from "./ports.ts";
import type { Received } from "./receive.ts";
import { sendBacklog } from "./participation.ts";
import { editedAt } from "./receive-post.ts";
import { insertRetraction, isModerated, isShown } from "./retract.ts";
import { isLive, isTop, remoteAuthorOf, type Live, type Top } from "./thread.ts";

const REPLIES = ["comment", "opinion", "vote", "attendance", "participation"] as const;

export type Reply = ActivityAbout<(typeof REPLIES)[number]>;

interface ReceivedReply extends Received {
  readonly activity: Reply;
}

export function isReply(activity: Activity): activity is Reply {
  return REPLIES.some((type) => isAbout(activity, type));
}

/** Throws DX_PARENT_NOT_FOUND, which may help later, and DX_SENDER_FORBIDDEN. */
export async function receiveReply(
  tx: BridgeTransaction,
  received: ReceivedReply,
  effects: BridgeEffects,
): Promise<void> {
  const place = await placeOf(tx, received.activity);
  if (place === null) return;
  const { top, about } = place;
  if (!(await mayReply(tx, top, received))) return;
  // What is said below a post is for those who may read the post, by whichever door it came.
  const activity = { ...received.activity, audience: top.audience };
  const { guid } = activity.object;
  if (await isIgnored(tx, top, received)) {
    await refuseIgnored(tx, place, { ...received, activity }, effects);
    return;
  }
  const known = await tx.findActivity(guid);
  if (known !== null) {
    await changeIfNewer(tx, known, top, { ...received, activity }, effects);
    return;
  }
  if (await isSaidAlready(tx, activity, about, received, effects)) return;
  const activityId = await tx.insertActivity(guid, received.author.key, activity, {
    aboveGuid: about,
    rootGuid: top.guid,
    ...itemIdFacts(guid, effects),
    ...relayOf(top, received),
  });
  if (activityId === null) return;
  if (await isTakenBack(tx, guid, top, received, effects)) await tx.entombActivity(activityId);
  else await spread(tx, activityId, top, { ...received, activity });
}

interface Place {
  /** The post of a comment, a vote, an answer; the post or comment of a like. */
  readonly about: Guid;
  readonly top: Top;
}

/** null where it is gone: nobody needs to hear more of it. Throws DX_PARENT_NOT_FOUND. */
async function placeOf(tx: BridgeTransaction, activity: Reply): Promise<Place | null> {
  const known = await aboveOf(tx, activity);
  if (known === null) {
    throw new DxError("DX_PARENT_NOT_FOUND", { evidence: { parent: parentOf(activity) } });
  }
  if (!isAnswer(activity, known)) throw new DxError("DX_NO_SUCH_ANSWER");
  if (!isLive(known) || known.suspended === true) return null;
  if (isTop(known)) return { about: known.guid, top: known };
  const top = await tx.findActivity(known.rootGuid);
  if (!isLive(top) || !isTop(top) || top.suspended === true) return null;
  return { about: isAbout(activity, "opinion") ? known.guid : top.guid, top };
}

async function aboveOf(tx: BridgeTransaction, activity: Reply): Promise<KnownActivity | null> {
  const guid = parentOf(activity);
  if (isAbout(activity, "vote")) return await tx.findPostWith("question", guid);
  if (isAbout(activity, "attendance")) return await tx.findPostWith("event", guid);
  return await tx.findActivity(guid);
}

function parentOf(activity: Reply): Guid {
  if (isAbout(activity, "comment")) return activity.object.inReplyTo;
  if (isAbout(activity, "opinion")) return activity.object.about.guid;
  if (isAbout(activity, "participation")) return activity.object.post;
  return isAbout(activity, "vote") ? activity.object.question : activity.object.event;
}

/** A vote for something that the poll does not offer is none. */
function isAnswer(vote: Reply, { activity }: KnownActivity): boolean {
  if (!isAbout(vote, "vote") || activity === null || !isAbout(activity, "note")) return true;
  const answers = activity.object.question?.answers ?? [];
  return answers.some(({ guid }) => guid === vote.object.answer);
}

/**
 * §5: from the author of the post, or from its own to the author of the post. The federation
 * has checked it against what it knew; here it is what stands in the store.
 */
async function mayReply(
  tx: BridgeTransaction,
  top: Top,
  { activity, author, sender }: ReceivedReply,
): Promise<boolean> {
  const isLocal = remoteAuthorOf(top) === null;
  const isAllowed = isLocal ? sender.key === author.key : sender.key === top.authorKey;
  if (isAbout(activity, "participation")) return isLocal && isAllowed && top.audience === "public";
  if (!isAllowed) throw new DxError("DX_SENDER_FORBIDDEN");
  if (!isLocal) return true;
  if (top.audience === "limited" && !(await tx.audienceOf(top.id)).includes(author.guid)) {
    throw new DxError("DX_SENDER_FORBIDDEN");
  }
  return true;
}

/** The author of a local post wants nothing of who says this. */
async function isIgnored(tx: BridgeTransaction, top: Top, { author }: Received): Promise<boolean> {
  if (remoteAuthorOf(top) !== null) return false;
  return (await tx.relationship(top.authorKey, author.key)).blocked;
}

/**
 * diaspora-peers.md §3: it is taken back where it came from, by the author of the post, once. It
 * stays known by its GUID alone.
 */
async function refuseIgnored(
  tx: BridgeTransaction,
  { about, top }: Place,
  { activity, author }: ReceivedReply,
  effects: BridgeEffects,
): Promise<void> {
  const by = top.author;
  if (!isModerated(activity) || !("jid" in by)) return;
  const { guid } = activity.object;
  const facts = { aboveGuid: about, rootGuid: top.guid, ...itemIdFacts(guid, effects) };
  const activityId = await tx.insertActivity(guid, author.key, activity, facts);
  const reply = activityId === null ? null : await tx.findActivity(guid);
  if (!isLive(reply)) return;
  await tx.entombActivity(reply.id);
  const actor = { network: "xmpp", id: by.jid, name: by.name } as const;
  const retraction = await insertRetraction(tx, reply, top.authorKey, actor, effects);
  await tx.deliver(retraction, top.guid, addressed(top.audience, [author]));
}

/** Only what its author signed can be passed on for them. */
function relayOf(top: Top, { relay }: Received): { readonly relay?: string } {
  return relay === null || remoteAuthorOf(top) !== null ? {} : { relay };
}

/** One like, one vote for each person (diaspora-peers.md §3); of an event the last answer counts. */
async function isSaidAlready(
  tx: BridgeTransaction,
  activity: Reply,
  about: Guid,
  { author }: Received,
  effects: BridgeEffects,
): Promise<boolean> {
  const { type } = activity.object;
  if (type === "comment") return false;
  await tx.lockGuid(digestGuid(effects, "like", author.diasporaId, type, about));
  const before = await tx.ownAbout(author.key, about, type);
  if (before === null) return false;
  if (type !== "attendance") return true;
  await tx.entombActivity(before.id);
  return false;
}

/** By its author, or by the author of the post, before it came. */
async function isTakenBack(
  tx: BridgeTransaction,
  guid: Guid,
  top: Top,
  { author }: Received,
  effects: BridgeEffects,
): Promise<boolean> {
  for (const by of [author, top.author]) {
    if ((await tx.findActivity(tombstoneGuid(guid, by, effects))) !== null) return true;
  }
  return false;
}

async function changeIfNewer(
  tx: BridgeTransaction,
  known: KnownActivity,
  top: Top,
  received: ReceivedReply,
  effects: BridgeEffects,
): Promise<void> {
  if (!isLive(known) || known.authorKey !== received.author.key) return;
  if (known.rootGuid !== top.guid) return;
  const changed = changeOf(known, received.activity, effects.now());
  if (changed === null) return;
  await tx.changeActivity(known.id, changed, relayOf(top, received).relay);
  await spread(tx, known.id, top, { ...received, activity: changed });
}

/** null where it is no change: not marked as one, or older than what is known. */
function changeOf({ activity }: Live, change: Reply, now: Date): Reply | null {
  const { published } = activity;
  if (isAbout(activity, "comment") && isAbout(change, "comment")) {
    const edited = editedAt(change, now);
    if (edited === null || edited <= (activity.object.edited ?? published)) return null;
    return { ...change, object: { ...change.object, edited }, published };
  }
  if (isAbout(activity, "attendance") && isAbout(change, "attendance")) {
    const edited = editedAt(change, now);
    if (edited === null || edited <= (activity.object.edited ?? published)) return null;
    return { ...change, object: { ...change.object, edited }, published };
  }
  return null;
}

async function spread(
  tx: BridgeTransaction,
  activityId: string,
  top: Top,
  { activity, author, sender }: ReceivedReply,
): Promise<void> {
  if (isAbout(activity, "participation")) {
    await sendBacklog(tx, top, author);
    return;
  }
  const shown = isShown(activity, top);
  // An answer is for who asked.
  const isAsked = isAbout(activity, "vote") || isAbout(activity, "attendance");
  const told = isAsked && remoteAuthorOf(top) === null;
  const said = { activityId, top, authorKey: author.key, cameFrom: sender, shown, told };
  await spreadBelow(tx, said);
}
