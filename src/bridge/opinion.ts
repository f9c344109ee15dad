/**
 * Likes. One for each person and thing, in whichever form it came first: an attachment, a ♥ in
 * the comments node, a reaction in a chat.
 */
import { isAbout, type OpinionActivity } from "../activitystreams/activity.ts";
import type { LikeAct } from "../activitystreams/acts.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, requireAccount } from "./actor.ts";
import { spreadBelow } from "./below.ts";
import { commit } from "./commit.ts";
import { digestGuid } from "./guids.ts";
import { takePart } from "./participation.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";
import { retractLive } from "./retract.ts";
import { currentOf, isLive, requireTarget, type Target } from "./thread.ts";

/** Throws DX_NOT_REGISTERED, DX_ITEM_NOT_FOUND, DX_BLOCKED; liking again changes nothing. */
export async function like(
  act: LikeAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Guid> {
  const account = await requireAccount(act.jid, store);
  return await commit(store, effects, (tx) => addLike(tx, act, account, effects));
}

/** Nothing where there is no like. */
export async function unlike(
  act: LikeAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(act.jid, store);
  await commit(store, effects, async (tx) => {
    const about = (await currentOf(tx, act.about, effects))?.guid ?? act.about;
    await tx.lockGuid(lockOf(account, about, effects));
    const known = await tx.ownAbout(account.key, about, "opinion");
    if (isLive(known)) await retractLive(tx, known, account, effects);
  });
}

export async function addLike(
  tx: BridgeTransaction,
  act: LikeAct & { readonly fromNode?: boolean },
  account: Account,
  effects: BridgeEffects,
): Promise<Guid> {
  const { about, top } = await requireTarget(tx, account, act.about, effects);
  await tx.lockGuid(lockOf(account, about.guid, effects));
  const known = await tx.ownAbout(account.key, about.guid, "opinion");
  if (known !== null) return known.guid;
  // A like that was taken back stays gone under its GUID: each new one has a new one.
  const guid = effects.randomGuid();
  const activity = opinionOf(guid, { about, top }, account, effects.now());
  const activityId = await tx.insertActivity(guid, account.key, activity, {
    aboveGuid: about.guid,
    rootGuid: top.guid,
    ...(act.itemId === undefined ? {} : { itemId: act.itemId }),
  });
  // The item's name is somebody else's in this node.
  if (activityId === null) throw new DxError("DX_NOT_YOURS");
  await spreadBelow(tx, {
    activityId,
    top,
    authorKey: account.key,
    cameFrom: null,
    shown: about.guid === top.guid,
    fromNode: act.fromNode === true,
  });
  await takePart(tx, top, account, effects);
  return guid;
}

/** Under no GUID of anybody: two likes that come at the same moment are one after the other. */
function lockOf(account: Account, about: Guid, effects: BridgeEffects): Guid {
  return digestGuid(effects, "like", account.jid, about);
}

function opinionOf(
  guid: Guid,
  { about, top }: Target,
  account: Account,
  published: Date,
): OpinionActivity {
  const isPost = about.guid === top.guid;
  // Nothing else can be liked on the federation.
  if (!isPost && !isAbout(about.activity, "comment")) throw new DxError("DX_ITEM_NOT_FOUND");
  return {
    verb: "like",
    actor: actorOf(account),
    object: {
      type: "opinion",
      guid,
      about: { type: isPost ? "post" : "comment", guid: about.guid },
    },
    audience: top.audience,
    published,
  };
}
