/** What the configuration says about contacting other servers. */
import type { Config } from "../config.ts";
import type { GuardedHttpOptions } from "../http/client.ts";

export function guardedHttpOptions(config: Config, version: string): GuardedHttpOptions {
  const { development, limits } = config;
  const names = Object.entries(development.names).map(([host, address]) => {
    const colon = address.lastIndexOf(":");
    const ip = address.slice(0, colon).replace(/^\[|\]$/g, "");
    return [host, { address: ip, port: Number(address.slice(colon + 1)) }] as const;
  });
  return {
    version,
    maxBytes: limits.maxFetchBytes,
    timeoutMs: limits.fetchTimeoutSeconds * 1000,
    allowHttp: development.enabled && development.allowHttp,
    allowPrivateAddresses: development.enabled && development.allowPrivateAddresses,
    names: new Map(development.enabled ? names : []),
  };
}
