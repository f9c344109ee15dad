/**
 * What somebody wants to say something about: the thing itself and the post at the top, as far
 * as this person may see them.
 */
import {
  isAbout,
  type Activity,
  type PostActivity,
  type ShareActivity,
} from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { DxError } from "../errors/error.ts";
import { replacementOf } from "./guids.ts";
import type { Account, BridgeEffects, BridgeTransaction, KnownActivity } from "./ports.ts";

/** Something that is there: not deleted. */
export type Live<A extends Activity = Activity> = Omit<KnownActivity, "activity"> & {
  readonly activity: A;
};
/** What others may say something below. */
export type Top = Live<PostActivity | ShareActivity>;

export interface Target {
  readonly about: Live;
  /** The same as `about` when that is a post. */
  readonly top: Top;
}

export function isLive(known: KnownActivity | null): known is Live {
  return known !== null && !known.deleted && known.activity !== null;
}

export function isTop(live: Live): live is Top {
  return isAbout(live.activity, "note") || isAbout(live.activity, "share");
}

export function remoteAuthorOf(known: Pick<KnownActivity, "author">): RemotePerson | null {
  return "podUrl" in known.author ? known.author : null;
}

/** What stands there now: a post that was taken back to be posted anew has another GUID. */
export async function currentOf(
  tx: BridgeTransaction,
  guid: Guid,
  effects: Pick<BridgeEffects, "digest">,
): Promise<KnownActivity | null> {
  const known = await tx.findActivity(guid);
  if (known?.deleted !== true) return known;
  const replacement = await currentOf(tx, replacementOf(guid, effects), effects);
  return replacement ?? known;
}

/** The same; and until the transaction ends nobody else changes it or takes it back. */
export async function lockedCurrent(
  tx: BridgeTransaction,
  guid: Guid,
  effects: Pick<BridgeEffects, "digest">,
): Promise<KnownActivity | null> {
  const known = await currentOf(tx, guid, effects);
  if (known === null) return null;
  await tx.lockGuid(known.guid);
  return await currentOf(tx, guid, effects);
}

/** null when it, or the post above it, is not there. */
export async function targetOf(
  tx: BridgeTransaction,
  guid: Guid,
  effects: Pick<BridgeEffects, "digest">,
): Promise<Target | null> {
  const about = await currentOf(tx, guid, effects);
  if (!isLive(about)) return null;
  if (isTop(about)) return { about, top: about };
  const top = await tx.findActivity(about.rootGuid);
  return isLive(top) && isTop(top) ? { about, top } : null;
}

/** A limited post is for those who got it. Whoever may not see it is told that it is not there. */
async function maySee(tx: BridgeTransaction, account: Account, top: Top): Promise<boolean> {
  if (top.audience === "public" || top.authorKey === account.key) return true;
  return (await tx.audienceOf(top.id)).includes(account.guid);
}

/** Throws DX_ITEM_NOT_FOUND and DX_BLOCKED. */
export async function requireTarget(
  tx: BridgeTransaction,
  account: Account,
  guid: Guid,
  effects: Pick<BridgeEffects, "digest">,
): Promise<Target> {
  const target = await targetOf(tx, guid, effects);
  const isHidden = target?.about.suspended === true || target?.top.suspended === true;
  if (target === null || isHidden || !(await maySee(tx, account, target.top))) {
    throw new DxError("DX_ITEM_NOT_FOUND");
  }
  for (const author of new Set([target.top.authorKey, target.about.authorKey])) {
    if (author === account.key) continue;
    const { blocking, blocked } = await tx.relationship(account.key, author);
    if (blocking || blocked) throw new DxError("DX_BLOCKED");
  }
  return target;
}

/** The limited post's readers, its author among them; null when everybody may read it. */
export async function readersOf(tx: BridgeTransaction, top: KnownActivity): Promise<Guid[] | null> {
  if (top.audience === "public") return null;
  return [...(await tx.audienceOf(top.id)), top.author.guid];
}
