/**
 * Whose word counts for who published an item. A pubsub service knows the people of its own
 * server; the operator's own server knows everybody who comes through it. Any other service could
 * speak in the name of every account that there is.
 */
import { domainOf, type Jid } from "../activitystreams/ids.ts";

export function vouchesFor(
  service: Jid,
  publisher: Jid,
  servedDomains: readonly string[],
): boolean {
  const host = domainOf(service);
  return [domainOf(publisher), ...servedDomains].some((domain) => isWithin(host, domain));
}

/** By labels: `evilexample.org` is not below `example.org`. */
function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
