/** Answers to what a post asks: a vote in its poll, whether somebody comes to its event. */
import {
  isAbout,
  type AttendanceActivity,
  type Note,
  type Question,
  type VoteActivity,
} from "../activitystreams/activity.ts";
import type { AttendAct, VoteAct } from "../activitystreams/acts.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, requireAccount } from "./actor.ts";
import { spreadBelow } from "./below.ts";
import { commit } from "./commit.ts";
import { digestGuid } from "./guids.ts";
import { takePart } from "./participation.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";
import { remoteAuthorOf, requireTarget, type Top } from "./thread.ts";

/** Throws also DX_NO_SUCH_ANSWER and DX_VOTED; the same vote again changes nothing. */
export async function vote(
  act: VoteAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Guid> {
  const account = await requireAccount(act.jid, store);
  return await commit(store, effects, (tx) => addVote(tx, act, account, effects));
}

export async function addVote(
  tx: BridgeTransaction,
  act: VoteAct & { readonly itemId?: string },
  account: Account,
  effects: BridgeEffects,
): Promise<Guid> {
  const top = await askedBy(tx, account, act.post, effects);
  const { question, answer } = chosen(noteOf(top)?.question, act.answer);
  const guid = digestGuid(effects, "vote", account.jid, top.guid);
  await tx.lockGuid(guid);
  const known = await tx.ownAbout(account.key, top.guid, "vote");
  if (known !== null) {
    const isSame = known.activity?.verb === "vote" && known.activity.object.answer === answer;
    if (!isSame) throw new DxError("DX_VOTED");
    return known.guid;
  }
  const activity: VoteActivity = {
    verb: "vote",
    actor: actorOf(account),
    object: { type: "vote", guid, question, answer },
    audience: top.audience,
    published: effects.now(),
  };
  const facts = act.itemId === undefined ? {} : { itemId: act.itemId };
  await put(tx, { guid, top, account, activity, facts }, effects);
  return guid;
}

/** What a share shows is asked by the post that it passes on. */
async function askedBy(
  tx: BridgeTransaction,
  account: Account,
  guid: Guid,
  effects: BridgeEffects,
): Promise<Top> {
  const { top } = await requireTarget(tx, account, guid, effects);
  const root = isAbout(top.activity, "share") ? top.activity.object.root : null;
  return root === null ? top : (await requireTarget(tx, account, root.guid, effects)).top;
}

/** Throws DX_NO_SUCH_ANSWER. Numbers count from 1, as they are shown. */
function chosen(
  question: Question | undefined,
  answer: Guid | number,
): { readonly question: Guid; readonly answer: Guid } {
  const found = question?.answers.find(({ guid }, index) =>
    typeof answer === "number" ? index + 1 === answer : guid === answer,
  );
  if (question === undefined || found === undefined) throw new DxError("DX_NO_SUCH_ANSWER");
  return { question: question.guid, answer: found.guid };
}

/** Throws also DX_NO_SUCH_ANSWER. Another answer takes the place of the first. */
export async function attend(
  act: AttendAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Guid> {
  const account = await requireAccount(act.jid, store);
  return await commit(store, effects, async (tx) => {
    const top = await askedBy(tx, account, act.post, effects);
    const event = noteOf(top)?.event?.guid;
    if (event === undefined) throw new DxError("DX_NO_SUCH_ANSWER");
    await tx.lockGuid(digestGuid(effects, "attendance", account.jid, top.guid));
    const known = await tx.ownAbout(account.key, top.guid, "attendance");
    if (known?.activity?.verb === act.verb) return known.guid;
    const guid = known?.guid ?? effects.randomGuid();
    const activity = attendanceOf(guid, event, act.verb, top, account, effects.now());
    if (known === null) await put(tx, { guid, top, account, activity, facts: {} }, effects);
    else {
      const object = { ...activity.object, edited: activity.published };
      await tx.changeActivity(known.id, { ...activity, object });
      await send(tx, known.id, top, account, effects);
    }
    return guid;
  });
}

function attendanceOf(
  guid: Guid,
  event: Guid,
  verb: AttendanceActivity["verb"],
  { audience }: Top,
  account: Account,
  published: Date,
): AttendanceActivity {
  return {
    verb,
    actor: actorOf(account),
    object: { type: "attendance", guid, event },
    audience,
    published,
  };
}

function noteOf(top: Top): Note | null {
  return isAbout(top.activity, "note") ? top.activity.object : null;
}

interface Answer {
  readonly guid: Guid;
  readonly top: Top;
  readonly account: Account;
  readonly activity: VoteActivity | AttendanceActivity;
  readonly facts: { readonly itemId?: string };
}

async function put(
  tx: BridgeTransaction,
  { guid, top, account, activity, facts }: Answer,
  effects: BridgeEffects,
): Promise<void> {
  const activityId = await tx.insertActivity(guid, account.key, activity, {
    aboveGuid: top.guid,
    rootGuid: top.guid,
    ...facts,
  });
  // It was given once and taken back: its GUID does not come again.
  if (activityId === null) throw new DxError("DX_VOTED");
  await send(tx, activityId, top, account, effects);
}

async function send(
  tx: BridgeTransaction,
  activityId: string,
  top: Top,
  account: Account,
  effects: BridgeEffects,
): Promise<void> {
  const authorKey = account.key;
  const told = remoteAuthorOf(top) === null;
  await spreadBelow(tx, { activityId, top, authorKey, cameFrom: null, shown: false, told });
  await takePart(tx, top, account, effects);
}
