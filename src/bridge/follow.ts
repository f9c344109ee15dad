/** An XMPP user follows somebody on the federation, and stops. */
import type { RelationActivity } from "../activitystreams/activity.ts";
import { personAddress } from "../activitystreams/delivery.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import {
  type Account,
  type BridgeEffects,
  type BridgeStore,
  type BridgeTransaction,
  type KnownPerson,
} from "./ports.ts";

/**
 * Adds the subscription and, with the first one, sends the `contact`. Done again, it changes
 * nothing. Throws DX_NOT_REGISTERED, and what discovery throws.
 */
export async function follow(
  jid: Jid,
  id: DiasporaId,
  node: string,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await store.accountByJid(jid);
  if (account === null) throw new DxError("DX_NOT_REGISTERED");
  const person = await effects.findRemote(id);
  await store.transaction(async (tx) => {
    await tx.addSubscription(person.key, node, jid);
    const before = await tx.changeRelationship(account.key, person.key, { following: true });
    if (!before.following) await sendContact(tx, account, person, "follow", effects);
  });
  effects.wake("person");
}

/** Throws DX_ITEM_NOT_FOUND when there was no subscription. */
export async function unfollow(
  jid: Jid,
  id: DiasporaId,
  node: string,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await store.accountByJid(jid);
  const person = await store.remoteById(id);
  if (account === null || person === null) throw new DxError("DX_ITEM_NOT_FOUND");
  await store.transaction(async (tx) => {
    if (!(await tx.removeSubscription(person.key, node, jid))) {
      throw new DxError("DX_ITEM_NOT_FOUND");
    }
    const before = await tx.changeRelationship(account.key, person.key, { following: false });
    if (before.following) await sendContact(tx, account, person, "unfollow", effects);
  });
  effects.wake("person");
}

async function sendContact(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
  verb: "follow" | "unfollow",
  effects: BridgeEffects,
): Promise<void> {
  const activity: RelationActivity = {
    verb,
    actor: { network: "xmpp", id: account.jid, name: account.name },
    object: { type: "person", id: person.diasporaId },
    audience: "limited",
    published: effects.now(),
  };
  const activityId = await tx.insertActivity(effects.randomGuid(), account.key, activity);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  // One root per pair: a stop never overtakes its start.
  await tx.deliver(activityId, `contact:${account.guid}:${person.guid}`, {
    kind: "person",
    addresses: [personAddress(person)],
  });
}
