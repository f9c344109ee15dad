/**
 * Somebody of here goes on with another XMPP account, and with it under another diaspora* ID
 * (diaspora-protocol.md §8, XEP-0283). Both keys are ours, so both identities sign.
 */
import type { MigrationActivity, Profile } from "../activitystreams/activity.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, requireAccount } from "./actor.ts";
import { commit } from "./commit.ts";
import { sendContact } from "./contact.ts";
import { hostedNode } from "./nodes.ts";
import type { Account, BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";

export interface MoveEffects extends Pick<BridgeEffects, "now" | "randomGuid" | "wake"> {
  /** What the new identity signs (§8), in base64. */
  signMove(from: DiasporaId, to: Account): Promise<string>;
}

/** Both take part; that they are one person was verified before. */
export interface MoveAct {
  readonly from: Jid;
  readonly to: Jid;
}

/**
 * Posts, contacts and who reads whom belong to the new account from now on; every pod that knows
 * the old one is told. Whoever comes to the old JID finds nothing of it. Throws
 * DX_NOT_REGISTERED, DX_BAD_REQUEST.
 */
export async function moveAccount(
  act: MoveAct,
  store: BridgeStore,
  effects: MoveEffects,
): Promise<Account> {
  if (act.from === act.to) throw new DxError("DX_BAD_REQUEST");
  const old = await requireAccount(act.from, store);
  const next = await requireAccount(act.to, store);
  const signature = await effects.signMove(old.diasporaId, next);
  await commit(store, effects, (tx) => move(tx, { old, next, signature }, store, effects));
  return next;
}

interface Moving {
  readonly old: Account;
  readonly next: Account;
  readonly signature: string;
}

async function move(
  tx: BridgeTransaction,
  { old, next, signature }: Moving,
  store: BridgeStore,
  effects: MoveEffects,
): Promise<void> {
  const pods = await tx.everyPod(old.key);
  const profile = (await tx.toldProfile(next.key)) ?? bareProfile(next);
  const contacts = await store.contactsOf(old.key);
  const hosted = { from: hostedNode(old.jid), to: hostedNode(next.jid) };
  if (!(await tx.moveLocal(old, next, hosted))) {
    throw new DxError("DX_NOT_REGISTERED");
  }
  const activity: MigrationActivity = {
    verb: "replace",
    actor: actorOf(old),
    object: { type: "migration", from: old.diasporaId, to: next.diasporaId, profile, signature },
    audience: "public",
    published: effects.now(),
  };
  const activityId = await tx.insertActivity(effects.randomGuid(), old.key, activity);
  if (activityId === null) throw new DxError("DX_INTERNAL", { detail: "a random GUID is taken" });
  await tx.deliver(activityId, `account:${old.guid}`, { kind: "pod", addresses: pods });
  // COMPAT(Friendica): it understands no migration (diaspora-protocol.md §8), but a contact.
  for (const { person, is } of contacts) {
    if (is.following) await sendContact(tx, next, person, "follow", effects);
  }
  await tx.tell(
    next.jid,
    `You take part as ${next.diasporaId} now. Everything of ${old.diasporaId} has come along.`,
  );
}

function bareProfile({ name }: Account): Profile {
  return { type: "profile", name, tags: [], searchable: false, nsfw: false };
}
