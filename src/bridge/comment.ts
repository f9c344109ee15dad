/** Somebody here says something below a post. */
import { isAbout, type CommentActivity } from "../activitystreams/activity.ts";
import type { CommentAct } from "../activitystreams/acts.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, notAfter, requireAccount, wordsOf } from "./actor.ts";
import { sendToPods, spreadBelow } from "./below.ts";
import { commit } from "./commit.ts";
import { digestGuid } from "./guids.ts";
import { takePart } from "./participation.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";
import { requireTarget, type Target, type Top } from "./thread.ts";

/** Throws DX_NOT_REGISTERED, DX_ITEM_NOT_FOUND, DX_BLOCKED, DX_NO_WORDS. */
export async function comment(
  act: CommentAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Guid> {
  const account = await requireAccount(act.jid, store);
  return await commit(store, effects, (tx) => addComment(tx, act, account, effects));
}

export async function addComment(
  tx: BridgeTransaction,
  act: CommentAct & { readonly fromNode?: boolean },
  account: Account,
  effects: BridgeEffects,
): Promise<Guid> {
  const guid = digestGuid(effects, "comment", act.jid, act.key);
  await tx.lockGuid(guid);
  // A repeat must not fail because what it answers is gone by now.
  const known = await tx.findActivity(guid);
  if (known?.authorKey === account.key) return guid;
  const target = await requireTarget(tx, account, act.about, effects);
  const published = notAfter(effects.now(), act.published);
  const activity = commentOf(guid, wordsOf(act.markdown), target, account, published);
  const { top } = target;
  const activityId = await tx.insertActivity(guid, account.key, activity, {
    aboveGuid: top.guid,
    rootGuid: top.guid,
    ...(act.itemId === undefined ? {} : { itemId: act.itemId }),
  });
  // The item's name is somebody else's in this node.
  if (activityId === null) throw new DxError("DX_NOT_YOURS");
  if (act.messageId !== undefined) await tx.rememberSaid(account.key, act.messageId, guid);
  const fromNode = act.fromNode === true;
  const said = { activityId, top, authorKey: account.key, cameFrom: null, shown: true, fromNode };
  await spreadBelow(tx, said);
  await takePart(tx, top, account, effects);
  return guid;
}

function commentOf(
  guid: Guid,
  markdown: string,
  { about, top }: Target,
  account: Account,
  published: Date,
): CommentActivity {
  return {
    verb: "post",
    actor: actorOf(account),
    object: {
      type: "comment",
      guid,
      markdown,
      inReplyTo: top.guid,
      ...(isAbout(about.activity, "comment") ? { thread: about.guid } : {}),
    },
    audience: top.audience,
    published,
  };
}

/**
 * What a post says now, for pods on which posts never change. Nobody on
 * the XMPP side needs it: the post itself has changed there.
 */
export async function addCorrection(
  tx: BridgeTransaction,
  top: Top,
  words: string,
  account: Account,
  effects: BridgeEffects,
): Promise<void> {
  const guid = digestGuid(effects, "correction", top.guid, words);
  const target = { about: top, top };
  const activity = commentOf(guid, `Correction:\n\n${words}`, target, account, effects.now());
  const facts = { aboveGuid: top.guid, rootGuid: top.guid };
  const activityId = await tx.insertActivity(guid, account.key, activity, facts);
  if (activityId === null) return;
  await sendToPods(tx, {
    activityId,
    top,
    authorKey: account.key,
    cameFrom: null,
    shown: false,
  });
}
