/** An account is closed for good (diaspora-protocol.md §8): of somebody on a pod, and of somebody here. */
import type { TerminateActivity } from "../activitystreams/activity.ts";
import type { Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf } from "./actor.ts";
import { commit } from "./commit.ts";
import type { Follower } from "./people-ports.ts";
import type { BridgeEffects, BridgeStore, BridgeTransaction, KnownPerson } from "./ports.ts";

/**
 * Everything of the person goes; each local follower gets the end of the node, and of what
 * presence there was. A second copy finds nobody.
 */
export async function receiveTerminate(
  tx: BridgeTransaction,
  activity: TerminateActivity,
  author: KnownPerson,
  effects: BridgeEffects,
): Promise<void> {
  // Nobody closes the account of another.
  if (activity.object.id !== author.diasporaId) return;
  const followers = await tx.followersOf(author.key);
  await tx.closeRemote(author);
  const activityId = await tx.insertActivity(effects.randomGuid(), author.key, activity);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  const root = `account:${author.guid}`;
  const addresses = followers.map(({ jid }) => jid);
  await tx.deliver(activityId, root, { kind: "jid", addresses, form: "event" });
  for (const follower of followers) await endPresence(tx, author, follower, root);
}

export async function endPresence(
  tx: BridgeTransaction,
  { diasporaId }: KnownPerson,
  { jid, sees, presence }: Follower,
  root: string,
): Promise<void> {
  const ends = [
    ...(presence === "none" ? [] : (["unsubscribe"] as const)),
    ...(sees ? (["unsubscribed"] as const) : []),
  ];
  for (const end of ends)
    await tx.signal(jid, diasporaId, { kind: "presence", presence: end }, root);
}

/**
 * To be called now and then: whoever left and did not come back in time. Every pod that ever got
 * something of them is told, and what they said is erased. Returns whose they were: no JID of them
 * is known afterwards.
 */
export async function endDueAccounts(
  limit: number,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Jid[]> {
  const ended: Jid[] = [];
  while (ended.length < limit) {
    const jid = await commit(store, effects, (tx) => endDue(tx, effects));
    if (jid === null) break;
    ended.push(jid);
  }
  return ended;
}

async function endDue(tx: BridgeTransaction, effects: BridgeEffects): Promise<Jid | null> {
  const account = await tx.takeEnding(effects.now());
  if (account === null) return null;
  // Who they are is asked before it is forgotten.
  const pods = await tx.everyPod(account.key);
  await tx.endAccount(account);
  const activity: TerminateActivity = {
    verb: "terminate",
    actor: actorOf(account),
    object: { type: "account", id: account.diasporaId },
    audience: "public",
    published: effects.now(),
  };
  const activityId = await tx.insertActivity(effects.randomGuid(), account.key, activity);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  await tx.deliver(activityId, `account:${account.guid}`, { kind: "pod", addresses: pods });
  return account.jid;
}

/** diaspora* gives a pod up that was away for so long (diaspora-peers.md §4). */
const GIVEN_UP_MS = 14 * 24 * 60 * 60_000;

/** To be called now and then: of whom every pod was told, key and names go. Returns how many. */
export async function forgetEnded(
  limit: number,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<number> {
  const before = new Date(effects.now().getTime() - GIVEN_UP_MS);
  const forget = async (tx: BridgeTransaction): Promise<boolean> => {
    const told = await tx.takeTold(before);
    if (told === null) return false;
    await tx.wipeAccount(told.key, effects.digest("departed", told.diasporaId));
    return true;
  };
  for (let forgotten = 0; forgotten < limit; forgotten += 1) {
    if (!(await store.transaction(forget))) return forgotten;
  }
  return limit;
}
