/** The diaspora* wing, put together: routes, the guarded client, opening what came. */
import type { Config } from "../config.ts";
import { discoverPerson } from "../federation/discover.ts";
import { cachedDiscovery, type Discover } from "../federation/discovery-cache.ts";
import { discoveryRoutes } from "../federation/discovery-routes.ts";
import { processIncoming, type IncomingResult } from "../federation/incoming.ts";
import { nodeinfoRoutes } from "../federation/nodeinfo-routes.ts";
import { peopleRoutes } from "../federation/people-routes.ts";
import type { IncomingMessage, PrivateKeys, ServedPeople } from "../federation/ports.ts";
import { receiveRoutes } from "../federation/receive-routes.ts";
import { createSigner, type Signer } from "../federation/signer.ts";
import type { FederationSite } from "../federation/site.ts";
import { createGuardedHttp, type GuardedHttp } from "../http/client.ts";
import type { Routes } from "../http/routes.ts";
import type { Log } from "../log/log.ts";
import { createDecryptPool } from "../salmon/decrypt-pool.ts";
import { guarded } from "../store/database.ts";
import { createInboxWriter } from "../store/inbox.ts";
import { countUsage, localByGuid, localById, privateKeyOf } from "../store/people.ts";
import type { Storage } from "./storage.ts";

export interface FederationWing {
  readonly http: GuardedHttp;
  readonly discover: Discover;
  readonly signer: Signer;
  readonly routes: readonly Routes[];
  open(message: IncomingMessage): Promise<IncomingResult>;
  close(): Promise<void>;
}

export interface FederationOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly storage: Storage;
  readonly onStored: () => void;
}

const MAX_INSERTS_IN_FLIGHT = 2_000;

export function createFederationWing(options: FederationOptions): FederationWing {
  const { config, log, storage } = options;
  const http = createHttp(options);
  const discover = cachedDiscovery((id) => discoverPerson(id, http));
  const pool = createDecryptPool();
  const people = servedPeople(storage);
  const keys: PrivateKeys = {
    of: (guid) => guarded(() => privateKeyOf(storage.db, storage.vault, guid)),
  };
  const site = siteOf(options);
  const inbox = createInboxWriter(
    storage.db,
    { maxRows: config.limits.inboxMaxRows, maxInFlight: MAX_INSERTS_IN_FLIGHT },
    options.onStored,
  );
  const incoming = {
    local: people,
    idHosts: site.idHosts,
    remote: storage.remotes,
    discover,
    keys,
    decrypt: pool.decrypt,
    now: () => new Date(),
  };
  return {
    http,
    discover,
    signer: createSigner(keys),
    routes: [
      discoveryRoutes({ people, site }),
      nodeinfoRoutes({ people, site }),
      peopleRoutes({ people, site }),
      receiveRoutes({ people, inbox, log, maxBytes: config.limits.maxBodyBytes }),
    ],
    open: (message) => processIncoming(message, incoming),
    async close() {
      await pool.close();
      await http.close();
    },
  };
}

function servedPeople({ db }: Storage): ServedPeople {
  return {
    byId: (id) => guarded(() => localById(db, id)),
    byGuid: (guid) => guarded(() => localByGuid(db, guid)),
    usage: () => guarded(() => countUsage(db)),
  };
}

function createHttp({ config, version }: FederationOptions): GuardedHttp {
  const { development, limits } = config;
  const names = Object.entries(development.names).map(([host, address]) => {
    const colon = address.lastIndexOf(":");
    const ip = address.slice(0, colon).replace(/^\[|\]$/g, "");
    return [host, { address: ip, port: Number(address.slice(colon + 1)) }] as const;
  });
  return createGuardedHttp({
    version,
    maxBytes: limits.maxFetchBytes,
    timeoutMs: limits.fetchTimeoutSeconds * 1000,
    allowHttp: development.enabled && development.allowHttp,
    allowPrivateAddresses: development.enabled && development.allowPrivateAddresses,
    names: new Map(development.enabled ? names : []),
  });
}

function siteOf({ config, version }: FederationOptions): FederationSite {
  const hosts = config.xmpp.domains.map((domain) => domain.diasporaDomain);
  return {
    baseUrl: config.diaspora.url,
    idHosts: [...new Set([config.diaspora.domain, ...hosts])],
    version,
    openRegistrations: config.xmpp.registration === "any",
  };
}
