/** Who is meant by the addresses in a text: only those who are known already. */
import { domainOf, localOf, type DiasporaId, type Jid } from "../activitystreams/ids.ts";
import type { Mention } from "../activitystreams/mentions.ts";
import type { KnownPeople } from "../activitystreams/typed-mentions.ts";
import { parseVirtualLocal } from "../activitystreams/virtual-jid.ts";
import type { BridgeStore } from "./ports.ts";

/** `domain`: of the virtual people. Nobody is looked for: a text could name ten hosts a line. */
export async function knownPeople(
  named: { readonly ids: readonly DiasporaId[]; readonly jids: readonly Jid[] },
  domain: string,
  store: Pick<BridgeStore, "remoteById" | "accountByJid">,
): Promise<KnownPeople> {
  const byId = new Map<DiasporaId, Mention>();
  const byJid = new Map<Jid, Mention>();
  for (const id of named.ids) {
    const person = await store.remoteById(id);
    if (person !== null) byId.set(id, { id, name: person.name });
  }
  for (const jid of named.jids) {
    const person = await personAt(jid, domain, store);
    if (person !== null) byJid.set(jid, { id: person.diasporaId, name: person.name });
  }
  return { byId: (id) => byId.get(id) ?? null, byJid: (jid) => byJid.get(jid) ?? null };
}

async function personAt(
  jid: Jid,
  domain: string,
  store: Pick<BridgeStore, "remoteById" | "accountByJid">,
): Promise<{ readonly diasporaId: DiasporaId; readonly name: string } | null> {
  if (domainOf(jid) !== domain) return await store.accountByJid(jid);
  const id = parseVirtualLocal(localOf(jid) ?? "");
  return id === null ? null : await store.remoteById(id);
}
