/**
 * Somebody here changes what they said. Pods take the same GUID again with the time of the
 * change (Friendica and its like), or know no changes (diaspora*: diaspora-peers.md §3); what
 * becomes of it there, its author chooses.
 */
import { isDeepStrictEqual } from "node:util";
import { isAbout, type CommentActivity, type Note } from "../activitystreams/activity.ts";
import type { EditAct } from "../activitystreams/acts.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { tagsIn } from "../activitystreams/tags.ts";
import { DxError } from "../errors/error.ts";
import { requireAccount, wordsOf } from "./actor.ts";
import { recipientsOfMore } from "./audience.ts";
import { spreadBelow } from "./below.ts";
import { addCorrection } from "./comment.ts";
import { commit } from "./commit.ts";
import { replacementOf } from "./guids.ts";
import { hostedNode } from "./nodes.ts";
import { addPost } from "./post.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  PublishedPhoto,
} from "./ports.ts";
import { retractLive } from "./retract.ts";
import type { Root } from "./share.ts";
import { isLive, isTop, lockedCurrent, readersOf, requireTarget, type Live } from "./thread.ts";

/** Throws DX_ITEM_NOT_FOUND, DX_NOT_YOURS, DX_NO_WORDS; the same words again change nothing. */
export async function edit(
  act: EditAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(act.jid, store);
  const markdown = wordsOf(act.markdown);
  await commit(store, effects, async (tx) => {
    const known = await lockedCurrent(tx, act.guid, effects);
    if (!isLive(known)) throw new DxError("DX_ITEM_NOT_FOUND");
    if (known.authorKey !== account.key) {
      await requireTarget(tx, account, known.guid, effects);
      throw new DxError("DX_NOT_YOURS");
    }
    const { activity } = known;
    if (isAbout(activity, "comment")) {
      await changeComment(tx, { ...known, activity }, markdown, account, effects);
    } else if (isAbout(activity, "note")) {
      const { object } = activity;
      const note = (guid: Guid): Note => ({ ...object, guid, markdown, tags: tagsIn(markdown) });
      await changePost(tx, { ...known, activity }, (guid) => ({ note: note(guid), photos: [] }), {
        account,
        effects,
      });
    } else throw new DxError("DX_NOT_IMPLEMENTED");
  });
}

export async function changeComment(
  tx: BridgeTransaction,
  known: Live<CommentActivity>,
  markdown: string,
  account: Account,
  effects: BridgeEffects,
  fromNode = false,
): Promise<boolean> {
  const { activity, rootGuid } = known;
  if (activity.object.markdown === markdown) return false;
  const top = await tx.findActivity(rootGuid);
  if (!isLive(top) || !isTop(top)) throw new DxError("DX_ITEM_NOT_FOUND");
  const object = { ...activity.object, markdown, edited: effects.now() };
  await tx.changeActivity(known.id, { ...activity, object });
  const said = { activityId: known.id, top, authorKey: account.key, cameFrom: null };
  await spreadBelow(tx, { ...said, shown: true, fromNode });
  return true;
}

/** The post's words and pictures under a GUID: a post that is posted anew has another one. */
type Rewritten = (guid: Guid) => {
  readonly note: Note;
  readonly photos: readonly PublishedPhoto[];
};

interface Editing {
  readonly account: Account;
  readonly effects: BridgeEffects;
}

/** False when it says what it said. */
export async function changePost(
  tx: BridgeTransaction,
  known: Root,
  rewritten: Rewritten,
  { account, effects }: Editing,
): Promise<boolean> {
  const { note, photos } = rewritten(known.guid);
  if (sameNote(known.activity.object, note)) return false;
  const { edits } = await tx.preferencesOf(account.key);
  const isYoung = await isUntouched(tx, known, effects.now());
  if (edits === "replace" && isYoung && known.audience === "public") {
    await replacePost(tx, known, rewritten, { account, effects });
    return true;
  }
  const object = { ...note, edited: effects.now() };
  await tx.changeActivity(known.id, { ...known.activity, object });
  const before = new Set(known.activity.object.photos.map(({ guid }) => guid));
  const added = photos.filter(({ guid }) => !before.has(guid));
  if (added.length > 0) await tx.insertPhotos(known.id, added);
  await sendAgain(tx, known, account);
  if (edits !== "nothing" && !isYoung && object.markdown !== "") {
    await addCorrection(tx, known, object.markdown, account, effects);
  }
  return true;
}

/** As they are stored; when it was changed is no word of it. */
function sameNote(one: Note, other: Note): boolean {
  const plain = (note: Note): unknown => JSON.parse(JSON.stringify({ ...note, edited: null }));
  return isDeepStrictEqual(plain(one), plain(other));
}

const YOUNG_MS = 10 * 60_000;

/** Hardly anybody has read it: it may still be posted anew, and a slip needs no correction. */
async function isUntouched(tx: BridgeTransaction, known: Live, now: Date): Promise<boolean> {
  if (now.getTime() - known.activity.published.getTime() > YOUNG_MS) return false;
  return !(await tx.isAnswered(known.guid));
}

async function sendAgain(tx: BridgeTransaction, known: Root, account: Account): Promise<void> {
  await tx.deliver(known.id, known.guid, await recipientsOfMore(tx, known));
  const only = await readersOf(tx, known);
  const stream = { personKey: account.key, node: hostedNode(account.jid), only };
  await tx.deliverToReaders(known.id, known.guid, stream);
}

async function replacePost(
  tx: BridgeTransaction,
  known: Root,
  rewritten: Rewritten,
  { account, effects }: Editing,
): Promise<void> {
  const comments = await tx.commentsOf(known.guid);
  await retractLive(tx, known, account, effects);
  const guid = replacementOf(known.guid, effects);
  const { note, photos } = rewritten(guid);
  const activity = { ...known.activity, object: note };
  const post = { activity, photos, itemId: known.itemId };
  const activityId = await addPost(tx, post, { only: null, mentioned: [] }, account);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a digest is taken" });
  if (comments !== null) await tx.setComments(guid, comments);
  const stream = { personKey: account.key, node: hostedNode(account.jid), only: null };
  await tx.deliverToReaders(activityId, guid, stream);
}
