/**
 * Whose word counts for who published an item. A pubsub service knows the people of its own
 * server; the operator's own hosts know everybody who comes through them. Any other service could
 * speak in the name of every account that there is.
 */
import { domainOf, type Jid } from "../activitystreams/ids.ts";

/** `ownHosts`: the served domains and the services beside them that the operator has named. */
export function vouchesFor(service: Jid, publisher: Jid, ownHosts: readonly string[]): boolean {
  return ownHosts.includes(domainOf(service)) || isServiceOf(service, publisher, ownHosts);
}

/** A service of the server that this account is on. */
export function isServiceOf(service: Jid, account: Jid, ownHosts: readonly string[]): boolean {
  const host = domainOf(service);
  const domain = domainOf(account);
  if (host === domain) return true;
  // Below a domain of ours may be anybody's component: only what was named is the operator's.
  if (ownHosts.includes(domain)) return ownHosts.includes(host);
  // By labels: `evilexample.org` is not below `example.org`.
  return host.endsWith(`.${domain}`) && !ownHosts.includes(host);
}
