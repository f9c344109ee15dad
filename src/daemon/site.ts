/** What the configuration says about this node, as other pods see it. */
import type { Config } from "../config.ts";
import type { FederationSite } from "../federation/site.ts";

/** What stands after the @ of the diaspora* IDs that are issued here. */
export function idHostsOf({ diaspora, xmpp }: Config): readonly string[] {
  return [...new Set([diaspora.domain, ...xmpp.domains.map((domain) => domain.diasporaDomain)])];
}

export function siteOf(config: Config, version: string): FederationSite {
  return {
    baseUrl: config.diaspora.url,
    idHosts: idHostsOf(config),
    version,
    openRegistrations: config.xmpp.registration === "any",
  };
}
