/** Opting in and out. Whoever has not opted in does not exist for the federation. */
import {
  localOf,
  parseDiasporaId,
  parseGuid,
  type DiasporaId,
  type Jid,
} from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { Account, BridgeEffects, BridgeStore } from "./ports.ts";

export interface RegistrationRules {
  readonly admits: (jid: Jid) => boolean;
  /** The diaspora* ID of a JID, or null when none can be made of it (addressing: §3). */
  readonly diasporaIdOf: (jid: Jid) => string | null;
}

/** Registering twice is registering once. Throws DX_REGISTRATION_REFUSED, DX_NAME_TAKEN. */
export async function register(
  jid: Jid,
  rules: RegistrationRules,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Account> {
  const known = (await store.accountByJid(jid)) ?? (await admitted(jid, rules, store));
  if (known !== null) return known;
  const id = diasporaId(jid, rules);
  if (await store.isNameTaken(id)) {
    // Perhaps by the same person, who registered at the same moment.
    const own = await store.accountByJid(jid);
    if (own === null) throw new DxError("DX_NAME_TAKEN");
    return own;
  }
  const guid = parseGuid(effects.digest("person", jid));
  if (guid === null) throw new DxError("DX_INTERNAL", { detail: "a digest is no GUID" });
  const keys = await effects.generateKeys();
  return await store.insertAccount({
    jid,
    diasporaId: id,
    guid,
    name: localOf(jid) ?? jid,
    publicKeyPem: keys.publicPem,
    privateKeyPem: keys.privatePem,
  });
}

async function admitted(
  jid: Jid,
  rules: RegistrationRules,
  store: BridgeStore,
): Promise<Account | null> {
  if (!rules.admits(jid)) throw new DxError("DX_REGISTRATION_REFUSED");
  return await store.reopenAccount(jid);
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

/** Returns who has left, or null when nobody of this JID was registered. */
export async function unregister(jid: Jid, store: BridgeStore): Promise<Account | null> {
  const account = await store.accountByJid(jid);
  if (account !== null) await store.closeAccount(account);
  return account;
}
