/** People of the federation by name, or by their whole ID where nobody here knows them yet. */
import type { Jid } from "../activitystreams/ids.ts";
import { hasVirtualJid, parseTypedId, virtualJid } from "../activitystreams/virtual-jid.ts";
import { requireAccount } from "../bridge/actor.ts";
import type { KnownPerson } from "../bridge/ports.ts";
import type { FoundPerson, SearchOptions } from "../connector/search.ts";
import { isDxError } from "../errors/error.ts";
import type { XmppParts } from "./xmpp-parts.ts";

const MOST = 50;

export function searchFor({
  rules,
  domain,
}: Pick<XmppParts, "rules" | "domain">): SearchOptions["search"] {
  return async (text, asker) => {
    const account = await requireAccount(asker, rules.store);
    const known = await rules.store.searchPeople(text, account.key, MOST);
    const named = known.length === 0 ? await byId(text, rules) : [];
    return [...known, ...named].flatMap((person) => found(person, domain));
  };
}

async function byId(
  text: string,
  rules: Pick<XmppParts["rules"], "findRemote">,
): Promise<KnownPerson[]> {
  const id = parseTypedId(text);
  if (id === null) return [];
  try {
    return [await rules.findRemote(id)];
  } catch (error) {
    if (isDxError(error, "DX_PERSON_NOT_FOUND") || isDxError(error, "DX_SUSPENDED")) return [];
    throw error;
  }
}

function found({ diasporaId, name }: KnownPerson, domain: Jid): FoundPerson[] {
  return hasVirtualJid(diasporaId)
    ? [{ jid: virtualJid(diasporaId, domain), name, diasporaId }]
    : [];
}
