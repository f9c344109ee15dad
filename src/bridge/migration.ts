/**
 * Somebody on the federation goes on under another name (diaspora-protocol.md §8). Both
 * identities are proven before it comes here: one by the envelope, the other by the signature.
 */
import type { MigrationActivity } from "../activitystreams/activity.ts";
import { DxError } from "../errors/error.ts";
import { endPresence } from "./account-end.ts";
import { commit } from "./commit.ts";
import { sendContact } from "./contact.ts";
import { nameOf } from "./followers.ts";
import type { Follower } from "./people-ports.ts";
import type { BridgeEffects, BridgeStore, BridgeTransaction, KnownPerson } from "./ports.ts";
import { receiveProfile } from "./profile-in.ts";

/** Once: who has moved, or has closed the account, does not move again. */
export async function receiveMigration(
  activity: MigrationActivity,
  inboxId: string,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const people = await bothOf(activity, store, effects);
  await commit(store, effects, async (tx) => {
    if (people !== null) await move(tx, activity, people, effects);
    await tx.finishInbox(inboxId);
  });
}

interface Both {
  readonly old: KnownPerson;
  readonly next: KnownPerson;
}

/**
 * null: there is nothing to move. An account of here is moved by its own person only
 * (move.ts), and none is moved here by a pod.
 */
async function bothOf(
  { actor, object: { from, to } }: MigrationActivity,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Both | null> {
  if (from === to || (actor.id !== from && actor.id !== to)) return null;
  const old = await store.remoteById(from);
  // Who is suspended does not get away by moving.
  return old === null || old.standing === "suspend"
    ? null
    : { old, next: await effects.findRemote(to) };
}

async function move(
  tx: BridgeTransaction,
  activity: MigrationActivity,
  { old, next }: Both,
  effects: BridgeEffects,
): Promise<void> {
  const followers = await tx.followersOf(old.key);
  // The new one's contact may have come before this, and asked already.
  const asked = (await tx.followersOf(next.key)).filter(({ presence }) => presence !== "none");
  const known = new Set(asked.map(({ jid }) => jid));
  if (!(await tx.moveRemote(old, next))) return;
  const { object, audience, published } = activity;
  const profile = { verb: "update", actor: activity.actor, object: object.profile } as const;
  await receiveProfile(tx, { ...profile, audience, published }, next, null);
  const activityId = await tx.insertActivity(effects.randomGuid(), old.key, activity);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  const root = `account:${old.guid}`;
  const addresses = followers.map(({ jid }) => jid);
  await tx.deliver(activityId, root, { kind: "jid", addresses, form: "event" });
  for (const follower of followers) {
    await tellFollower(tx, { old, next }, follower, { root, asked: known.has(follower.jid) });
  }
  // As a pod does: the new one learns who reads it from whoever does.
  for (const account of await tx.localFollowers(next.key)) {
    await sendContact(tx, account, next, "follow", effects);
  }
}

/** The end of the old presence; then XEP-0283 §4.2 for whom they asked to see, words for the others. */
async function tellFollower(
  tx: BridgeTransaction,
  { old, next }: Both,
  follower: Follower,
  { root, asked }: { readonly root: string; readonly asked: boolean },
): Promise<void> {
  const { jid, sees, presence } = follower;
  const asksNow = (presence === "asked" || presence === "granted") && !asked;
  if (sees || asked) {
    const more = sees ? ", and you follow them there now." : ".";
    const text = `${nameOf(old)} has moved to ${next.diasporaId}${more}`;
    await tx.signal(jid, old.diasporaId, { kind: "words", text }, root);
  }
  await endPresence(tx, old, follower, root);
  // Servers pass a second request on to nobody, and the first named no old address.
  if (!asksNow) return;
  const ask = { kind: "presence", presence: "subscribe", nick: next.name } as const;
  await tx.signal(jid, next.diasporaId, { ...ask, movedFrom: old.diasporaId }, root);
}
