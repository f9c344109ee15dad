/** Where an account's server listens for clients (RFC 6120 §3.2). */
import { resolveSrv } from "node:dns/promises";
import type { SrvRecord } from "node:dns";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const CLIENT_PORT = 5222;

/** What was given wins; else the SRV record of most priority, else the domain itself. */
export async function endpointOf(
  domain: string,
  given: { readonly host?: string | undefined; readonly port?: number | undefined },
  resolve: (name: string) => Promise<SrvRecord[]> = resolveSrv,
): Promise<Endpoint> {
  if (given.host !== undefined || given.port !== undefined) {
    return { host: given.host ?? domain, port: given.port ?? CLIENT_PORT };
  }
  const records = await resolve(`_xmpp-client._tcp.${domain}`).catch(() => []);
  const [best] = records
    // RFC 2782: "." says that the service is not offered; the attempt at the domain then fails plainly.
    .filter(({ name }) => name !== "" && name !== ".")
    .sort((a, b) => a.priority - b.priority || b.weight - a.weight);
  return best === undefined
    ? { host: domain, port: CLIENT_PORT }
    : { host: best.name, port: best.port };
}
