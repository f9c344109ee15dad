/** Somebody on the federation closes the account, for good (diaspora-protocol.md §8). */
import type { TerminateActivity } from "../activitystreams/activity.ts";
import { DxError } from "../errors/error.ts";
import type { Follower } from "./people-ports.ts";
import type { BridgeEffects, BridgeTransaction, KnownPerson } from "./ports.ts";

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

async function endPresence(
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
