/** Who may opt in: by default the people of the served domains only. */
import { domainOf, localOf, type Jid } from "../activitystreams/ids.ts";

export type RegistrationPolicy =
  { readonly kind: "domains"; readonly domains: readonly string[] } | { readonly kind: "any" };

/** The server has verified the domain of the JID; a domain is compared whole, never by its end. */
export function mayRegister(policy: RegistrationPolicy, jid: Jid): boolean {
  if (localOf(jid) === null) return false;
  return policy.kind === "any" || policy.domains.includes(domainOf(jid));
}
