/** Who we are to the federation: what discovery documents and pages say of this server. */

export interface FederationSite {
  /** The seed location: scheme, host and port, with a final slash. */
  readonly baseUrl: string;
  /** Hosts of the diaspora* IDs that are issued here; the main one first. */
  readonly idHosts: readonly string[];
  readonly version: string;
  /** For NodeInfo. */
  readonly openRegistrations: boolean;
}

/** The same path as diaspora*'s own: it takes a URL with `user/default` for no picture. */
export const DEFAULT_PHOTO_PATH = "images/user/default.png";

export function siteUrl(site: FederationSite, path: string): string {
  return new URL(path, site.baseUrl).href;
}
