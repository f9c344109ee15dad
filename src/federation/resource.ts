/**
 * Whom a WebFinger query is about (RFC 7033 §4.1; RFC 7565 for `acct:`): an acct URI, a
 * bare diaspora* ID, or the URL of one of our own pages.
 */
import { parseDiasporaId, parseGuid, type DiasporaId } from "../activitystreams/ids.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import type { ServedPeople } from "./ports.ts";
import type { FederationSite } from "./site.ts";

const MAX_RESOURCE_LENGTH = 1024;

export async function personOfResource(
  resource: string,
  people: Pick<ServedPeople, "byId" | "byGuid">,
  site: FederationSite,
): Promise<LocalPerson | null> {
  if (resource.length > MAX_RESOURCE_LENGTH) return null;
  const text = resource.trim();
  // diaspora* IDs have no upper case, people who type them do.
  const id = parseDiasporaId(text.replace(/^acct:/i, "").toLowerCase());
  if (id !== null) return people.byId(id);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.origin !== new URL(site.baseUrl).origin) return null;
  const [, page, value] = /^\/(people|hcard\/users|u)\/([^/]+)\/?$/.exec(url.pathname) ?? [];
  if (page === undefined || value === undefined) return null;
  const name = decoded(value);
  if (page === "u") return personOfName(name, people, site);
  const guid = parseGuid(name);
  return guid === null ? null : people.byGuid(guid);
}

/** `/u/<name>`: a whole diaspora* ID, or its user part on the first of our hosts that has one. */
export async function personOfName(
  name: string,
  people: Pick<ServedPeople, "byId">,
  site: FederationSite,
): Promise<LocalPerson | null> {
  for (const id of idsOfName(name.toLowerCase(), site)) {
    const person = await people.byId(id);
    if (person !== null) return person;
  }
  return null;
}

function idsOfName(name: string, site: FederationSite): DiasporaId[] {
  const candidates = name.includes("@") ? [name] : site.idHosts.map((host) => `${name}@${host}`);
  return candidates.map(parseDiasporaId).filter((id) => id !== null);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
