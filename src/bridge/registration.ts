/**
 * Opting in and out. Whoever has not opted in does not exist for the federation. Leaving can be
 * undone for a while, by the same person; who comes after that, or has got the JID of somebody
 * else, begins anew: pods never forget a name or a key (diaspora-peers.md §3).
 */
import { nameAgain } from "../activitystreams/diaspora-name.ts";
import {
  localOf,
  parseDiasporaId,
  parseGuid,
  type DiasporaId,
  type Guid,
  type Jid,
} from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { Leaver } from "./account-ports.ts";
import { commit } from "./commit.ts";
import type { Account, BridgeEffects, BridgeStore } from "./ports.ts";

/**
 * Whether an XMPP account is the one that it was. `unknown`: its node is closed to us; `nothing`:
 * there was never anything in it by which that could be told.
 */
export type Sameness = "same" | "other" | "unknown" | "nothing";

export interface RegistrationRules {
  readonly admits: (jid: Jid) => boolean;
  /** The diaspora* ID of a JID, or null when none can be made of it (addressing: §3). */
  readonly diasporaIdOf: (jid: Jid) => string | null;
  /** By what is in the nodes of the person with this key. */
  readonly isSame: (jid: Jid, key: string) => Promise<Sameness>;
  /** How long leaving can be undone. */
  readonly graceMs: number;
}

/** Of one JID: somebody who has left for good that often is somebody else's problem. */
const MOST_NAMES = 100;

/**
 * Registering twice is registering once. Throws DX_REGISTRATION_REFUSED, DX_NAME_TAKEN,
 * DX_ACCOUNT_HELD, DX_ACCOUNT_DOUBTED.
 */
export async function register(
  jid: Jid,
  rules: RegistrationRules,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Account> {
  // It may be somebody else by now; that is found out within the minute.
  if (await store.isDoubted(jid)) throw new DxError("DX_ACCOUNT_DOUBTED");
  const known = await store.accountByJid(jid);
  if (known !== null) return known;
  if (!rules.admits(jid)) throw new DxError("DX_REGISTRATION_REFUSED");
  const leaver = await store.leaverOf(jid);
  if (leaver !== null) return await comeBack(jid, leaver, rules, store);
  const name = await freeName(jid, rules, store);
  // Perhaps it is taken by the same person, who registered at the same moment.
  if (name === null) return await registered(jid, store);
  const keys = await effects.generateKeys();
  return await store.insertAccount({
    jid,
    diasporaId: name.id,
    guid: name.isFirst ? firstGuid(jid, effects) : effects.randomGuid(),
    name: localOf(jid) ?? jid,
    publicKeyPem: keys.publicPem,
    privateKeyPem: keys.privatePem,
  });
}

async function registered(jid: Jid, store: BridgeStore): Promise<Account> {
  const own = await store.accountByJid(jid);
  if (own === null) throw new DxError("DX_NAME_TAKEN");
  return own;
}

async function comeBack(
  jid: Jid,
  leaver: Leaver,
  rules: RegistrationRules,
  store: BridgeStore,
): Promise<Account> {
  if (!leaver.returns) throw new DxError("DX_ACCOUNT_HELD");
  const sameness = await rules.isSame(jid, leaver.key);
  if (sameness === "other") await store.holdLeaver(leaver);
  // Of who has written nothing it is known only by the presence that the account was not deleted.
  const isSame = sameness === "same" || (sameness === "nothing" && leaver.letIn);
  if (!isSame) throw new DxError("DX_ACCOUNT_HELD");
  const account = await store.reopenAccount(jid);
  // Its time was over just now.
  if (account === null) throw new DxError("DX_ACCOUNT_DOUBTED");
  return account;
}

/** One that nobody had; null when somebody has it. Throws DX_REGISTRATION_REFUSED. */
async function freeName(
  jid: Jid,
  rules: RegistrationRules,
  store: BridgeStore,
): Promise<{ readonly id: DiasporaId; readonly isFirst: boolean } | null> {
  const first = diasporaId(jid, rules);
  for (let turn = 1; turn <= MOST_NAMES; turn += 1) {
    const id = turn === 1 ? first : nameAgain(first, turn);
    if (id === null) break;
    const use = await store.nameUse(id);
    if (use === "free") return { id, isFirst: turn === 1 };
    if (use === "taken") return null;
  }
  throw new DxError("DX_REGISTRATION_REFUSED", { detail: "this address was used too often" });
}

function firstGuid(jid: Jid, effects: BridgeEffects): Guid {
  const guid = parseGuid(effects.digest("person", jid));
  if (guid === null) throw new DxError("DX_INTERNAL", { detail: "a digest is no GUID" });
  return guid;
}

function diasporaId(jid: Jid, rules: RegistrationRules): DiasporaId {
  const text = rules.diasporaIdOf(jid);
  const id = text === null ? null : parseDiasporaId(text);
  if (id === null) {
    throw new DxError("DX_REGISTRATION_REFUSED", {
      detail: "no diaspora* ID can be made of this address",
    });
  }
  return id;
}

/**
 * Returns until when it can be undone, or null when nobody of this JID was registered. Nothing
 * goes out meanwhile, and nothing is shown.
 */
export async function unregister(
  jid: Jid,
  { graceMs }: Pick<RegistrationRules, "graceMs">,
  store: BridgeStore,
  effects: Pick<BridgeEffects, "now">,
): Promise<Date | null> {
  const account = await store.accountByJid(jid);
  if (account === null) return null;
  const endsAt = new Date(effects.now().getTime() + graceMs);
  await store.closeAccount(account, { endsAt, returns: true });
  return endsAt;
}

/**
 * The same by the operator, who alone can undo it: the person is told. Returns its end. Throws
 * DX_NOT_REGISTERED.
 */
export async function closeByOperator(
  jid: Jid,
  graceMs: number,
  store: BridgeStore,
  effects: Pick<BridgeEffects, "now" | "wake">,
): Promise<Date> {
  const account = await store.openAccount(jid);
  const endsAt = new Date(effects.now().getTime() + graceMs);
  // Of who has left already the time is set anew.
  const leaver = account === null ? await store.leaverOf(jid) : null;
  if (account === null && leaver === null) throw new DxError("DX_NOT_REGISTERED");
  if (leaver !== null) await store.holdLeaver(leaver, endsAt);
  if (account === null) return endsAt;
  await store.closeAccount(account, { endsAt, returns: false });
  await commit(store, effects, async (tx) => {
    await tx.tell(jid, "The operator has closed your account here.");
    for (const presence of ["unsubscribe", "unsubscribed"] as const) {
      await tx.signal(jid, null, { kind: "presence", presence });
    }
  });
  return endsAt;
}

/** As people read it: a date, in UTC. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
