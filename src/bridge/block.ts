/**
 * A local person wants nothing of a remote one any more. XEP-0191 stays between clients and
 * their server, so this is said to the gateway; what it says to the pod stands in
 * diaspora-protocol.md §9.
 */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { requireAccount } from "./actor.ts";
import { commit } from "./commit.ts";
import { findOpen, pairRoot, sendContact } from "./contact.ts";
import { endAsking } from "./followers.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
} from "./ports.ts";

/** Blocking twice is blocking once. Throws DX_NOT_REGISTERED, DX_PERSON_GONE, and what discovery throws. */
export async function block(
  jid: Jid,
  id: DiasporaId,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(jid, store);
  const person = await findOpen(id, store, effects);
  await commit(store, effects, async (tx) => {
    const change = { blocked: true, following: false };
    const before = await tx.changeRelationship(account.key, person.key, change);
    if (before.blocked) return;
    await sendContact(tx, account, person, "block", effects);
    await endBoth(tx, account, person);
  });
}

/** Each way of presence ends with one word, and only where there was something to end. */
async function endBoth(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
): Promise<void> {
  await endAsking(tx, account, person);
  if (!(await tx.removeSubscriptions(person.key, account.jid))) return;
  const signal = { kind: "presence", presence: "unsubscribed" } as const;
  await tx.signal(account.jid, person.diasporaId, signal, pairRoot(account, person));
}

/** Nothing comes back by itself: who wants to read the person follows anew. Throws DX_ITEM_NOT_FOUND. */
export async function unblock(
  jid: Jid,
  id: DiasporaId,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await requireAccount(jid, store);
  const person = await store.remoteById(id);
  if (person === null) throw new DxError("DX_ITEM_NOT_FOUND");
  await commit(store, effects, async (tx) => {
    const before = await tx.changeRelationship(account.key, person.key, { blocked: false });
    if (!before.blocked) throw new DxError("DX_ITEM_NOT_FOUND");
    // diaspora-peers.md §1: to unblock is a contact without any flag.
    await sendContact(tx, account, person, "unfollow", effects);
  });
}
