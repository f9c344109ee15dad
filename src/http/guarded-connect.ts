/**
 * How the guarded client opens a connection: names are resolved here, every answer is
 * looked at, and only what is public is dialled (undici's `connect` hook). The name map of
 * development is applied here too.
 */
import { lookup as systemLookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { forbidden, isPublicAddress } from "./address-guard.ts";

/** All addresses of a name; the system's resolver unless a test gives another. */
export type ResolveName = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Where a mapped name is dialled: an IP address and a port, by plain HTTP. */
export interface NamedAddress {
  readonly address: string;
  readonly port: number;
}

export interface ConnectRules {
  readonly allowPrivateAddresses: boolean;
  /** Names that the operator wrote down: they may lead to private addresses. */
  readonly privateHosts: ReadonlySet<string>;
  readonly names: ReadonlyMap<string, NamedAddress>;
  readonly connectTimeoutMs: number;
  readonly resolve?: ResolveName | undefined;
  /** PEM of certificate authorities to believe instead of the usual ones. */
  readonly ca?: string | undefined;
}

/** What the map says about a host: `host:port` before `host`. */
export function mappedName(
  names: ReadonlyMap<string, NamedAddress>,
  url: { readonly host: string; readonly hostname: string },
): NamedAddress | undefined {
  return names.get(url.host) ?? names.get(url.hostname);
}

export function guardedConnector(rules: ConnectRules): buildConnector.connector {
  const dial = buildConnector({
    timeout: rules.connectTimeoutMs,
    lookup: guardedLookup(rules),
    ...(rules.ca === undefined ? {} : { ca: rules.ca }),
  });
  return (options, callback) => {
    const host = options.host ?? options.hostname;
    const named = mappedName(rules.names, { host, hostname: options.hostname });
    if (named !== undefined) {
      const port = String(named.port);
      dial({ ...options, protocol: "http:", hostname: named.address, port }, callback);
      return;
    }
    const anywhere = rules.allowPrivateAddresses || rules.privateHosts.has(options.hostname);
    dial(options, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      // The last word is the peer address of the socket itself, whatever the resolver said.
      if (!anywhere && !isPublicAddress(socket.remoteAddress ?? "")) {
        socket.destroy();
        callback(forbidden("it is not on the public Internet"), null);
        return;
      }
      callback(null, socket);
    });
  };
}

/** A `lookup` for net.connect that hands over only addresses which may be dialled. */
export function guardedLookup(
  rules: Pick<ConnectRules, "resolve" | "allowPrivateAddresses" | "privateHosts">,
): LookupFunction {
  const resolve = rules.resolve ?? resolveBySystem;
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (found) => {
        const anywhere = rules.allowPrivateAddresses || rules.privateHosts.has(hostname);
        const allowed = anywhere
          ? [...found]
          : found.filter((entry) => isPublicAddress(entry.address));
        const first = allowed[0];
        if (first === undefined) callback(forbidden("it is not on the public Internet"), "", 4);
        else if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), "", 4);
      },
    );
  };
}

function resolveBySystem(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, found) => {
      if (error === null) resolve(found);
      else reject(error);
    });
  });
}
