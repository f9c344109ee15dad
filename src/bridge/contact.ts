/** What a local person is to a remote one, as their pod is told it (diaspora-protocol.md §9). */
import type { ProfileActivity, RelationActivity } from "../activitystreams/activity.ts";
import { personAddress } from "../activitystreams/delivery.ts";
import type { DiasporaId } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf } from "./actor.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
} from "./ports.ts";

/** One root per pair: a stop never overtakes its start. */
export function pairRoot(account: Account, person: KnownPerson): string {
  return `contact:${account.guid}:${person.guid}`;
}

export async function sendContact(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
  verb: RelationActivity["verb"],
  effects: Pick<BridgeEffects, "now" | "randomGuid">,
): Promise<void> {
  await sendToPerson(
    tx,
    account,
    person,
    {
      verb,
      actor: actorOf(account),
      object: { type: "person", id: person.diasporaId },
      audience: "limited",
      published: effects.now(),
    },
    effects,
  );
}

/** As diaspora* does with the first contact (diaspora-peers.md §1): what everybody here knows already. */
export async function sendProfile(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
  effects: BridgeEffects,
): Promise<void> {
  const told = await tx.toldProfile(account.key);
  // Without one there is nothing that discovery has not said.
  if (told === null) return;
  const profile: ProfileActivity = {
    verb: "update",
    actor: actorOf(account),
    object: told,
    audience: "public",
    published: effects.now(),
  };
  await sendToPerson(tx, account, person, profile, effects);
}

async function sendToPerson(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
  activity: RelationActivity | ProfileActivity,
  effects: Pick<BridgeEffects, "randomGuid">,
): Promise<void> {
  const activityId = await tx.insertActivity(effects.randomGuid(), account.key, activity);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  await tx.deliver(activityId, pairRoot(account, person), {
    kind: "person",
    addresses: [personAddress(person)],
  });
}

/** Throws DX_PERSON_GONE, DX_PERSON_MOVED, DX_SUSPENDED, and what discovery throws. */
export async function findOpen(
  id: DiasporaId,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<KnownPerson> {
  const known = await store.remoteById(id);
  if (known?.standing === "suspend") throw new DxError("DX_SUSPENDED");
  if (known !== null) return known;
  // A closed account is closed for good (§8): nobody is asked again.
  await refuseGone(id, store);
  return await effects.findRemote(id);
}

/** Throws DX_PERSON_GONE, DX_PERSON_MOVED. */
export async function refuseGone(
  id: DiasporaId,
  store: Pick<BridgeStore, "hasLeft" | "movedTo">,
): Promise<void> {
  if (!(await store.hasLeft(id))) return;
  const movedTo = await store.movedTo(id);
  if (movedTo === null) throw new DxError("DX_PERSON_GONE");
  throw new DxError("DX_PERSON_MOVED", { evidence: { movedTo } });
}
