/**
 * What people publish in the comments node of a post (XEP-0277): the component's own, or the one
 * that the author's client made. Who published it, the server has said; nothing inside is believed.
 */
import { isAbout } from "../activitystreams/activity.ts";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { DxError, isDxError } from "../errors/error.ts";
import { requireAccount, wordsOf } from "./actor.ts";
import { addVote } from "./answer.ts";
import { addComment } from "./comment.ts";
import { commit } from "./commit.ts";
import { changeComment } from "./edit.ts";
import { addLike } from "./opinion.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";
import { retractLive } from "./retract.ts";
import { isLive, requireTarget, type Live, type Top } from "./thread.ts";

export interface ReplyItem {
  /** Who published it. */
  readonly jid: Jid;
  readonly postGuid: Guid;
  readonly itemId: string;
  readonly reading: ReplyReading;
  readonly published?: Date;
  /** `node`: found where the author's client keeps the comments. `component`: in ours. */
  readonly from: "component" | "node";
}

export interface ReplyReading {
  readonly markdown: string;
  /** It says only ♥ or the like. */
  readonly isLike: boolean;
  /** `!vote 2`. */
  readonly vote: number | null;
}

/** `known`: it changes nothing. */
export type ReplyOutcome = "said" | "changed" | "known";

/**
 * Each item once; other words under the same id are an edit. Throws DX_NOT_REGISTERED,
 * DX_ITEM_NOT_FOUND, DX_BLOCKED, DX_NO_WORDS, DX_VOTED, and DX_NOT_YOURS where the id is that of
 * somebody else's item.
 */
export async function publishReply(
  item: ReplyItem,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<ReplyOutcome> {
  const account = await requireAccount(item.jid, store);
  return await commit(store, effects, async (tx) => {
    const { top } = await requireTarget(tx, account, item.postGuid, effects);
    const known = await tx.findReply(top.guid, item.itemId);
    if (known === null) {
      await say(tx, item, top, account, effects);
      return "said";
    }
    // Some services let everybody overwrite everybody's items.
    if (known.authorKey !== account.key) throw new DxError("DX_NOT_YOURS");
    return isLive(known) ? await rewrite(tx, known, item, account, effects) : "known";
  });
}

async function say(
  tx: BridgeTransaction,
  item: ReplyItem,
  top: Top,
  account: Account,
  effects: BridgeEffects,
): Promise<void> {
  const { jid, itemId, reading } = item;
  const fromNode = item.from === "node";
  if (reading.isLike) {
    await addLike(tx, { jid, about: top.guid, itemId, fromNode }, account, effects);
  } else if (reading.vote !== null && asksSomething(top)) {
    await addVote(tx, { jid, post: top.guid, answer: reading.vote, itemId }, account, effects);
  } else {
    const key = `${top.guid}\0${itemId}`;
    const words = { about: top.guid, markdown: reading.markdown, key, itemId };
    const published = item.published === undefined ? {} : { published: item.published };
    await addComment(tx, { jid, ...words, ...published, fromNode }, account, effects);
  }
}

function asksSomething({ activity }: Top): boolean {
  return isAbout(activity, "note") && activity.object.question !== undefined;
}

async function rewrite(
  tx: BridgeTransaction,
  known: Live,
  { reading, from }: ReplyItem,
  account: Account,
  effects: BridgeEffects,
): Promise<ReplyOutcome> {
  const { activity } = known;
  // A vote stays, and what was a like or a comment does not become the other.
  if (!isAbout(activity, "comment") || reading.isLike) return "known";
  const said = { ...known, activity };
  const words = wordsOf(reading.markdown);
  const changed = await changeComment(tx, said, words, account, effects, from === "node");
  return changed ? "changed" : "known";
}

/** Its own author's, or by the author of the post. Throws DX_ITEM_NOT_FOUND, DX_NOT_YOURS. */
export async function retractReply(
  { jid, postGuid, itemId }: Pick<ReplyItem, "jid" | "postGuid" | "itemId">,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(jid, store);
  await commit(store, effects, async (tx) => {
    const known = await tx.findReply(postGuid, itemId);
    if (known?.deleted === true && known.authorKey === account.key) return;
    if (!isLive(known)) throw new DxError("DX_ITEM_NOT_FOUND");
    await retractLive(tx, known, account, effects);
  });
}

/**
 * The same for what is collected, where nobody waits for an answer. `unknown`: the post is not
 * here, or its writer has not opted in; it may be asked again.
 */
export async function collectReply(
  item: ReplyItem,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<"taken" | "known" | "unknown"> {
  try {
    const outcome = await publishReply(item, store, effects);
    return outcome === "known" ? "known" : "taken";
  } catch (error) {
    if (!isDxError(error) || error.retryable) throw error;
    const later = isDxError(error, "DX_NOT_REGISTERED") || isDxError(error, "DX_ITEM_NOT_FOUND");
    return later ? "unknown" : "known";
  }
}
