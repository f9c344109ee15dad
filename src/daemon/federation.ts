/** The diaspora* wing, put together: routes, the guarded client, opening what came. */
import type { RemotePerson } from "../activitystreams/person.ts";
import type { Verdict } from "../activitystreams/standing.ts";
import type { Config } from "../config.ts";
import { DxError } from "../errors/error.ts";
import { discoverPerson } from "../federation/discover.ts";
import { cachedDiscovery, type Discover } from "../federation/discovery-cache.ts";
import { discoveryRoutes } from "../federation/discovery-routes.ts";
import { createFetcher, type Fetcher, type FetcherOptions } from "../federation/fetch.ts";
import { fetchRoutes } from "../federation/fetch-routes.ts";
import { openFetched, processIncoming, type IncomingResult } from "../federation/incoming.ts";
import { nodeinfoRoutes } from "../federation/nodeinfo-routes.ts";
import { peopleRoutes } from "../federation/people-routes.ts";
import { createPodForms } from "../federation/pod-form.ts";
import type { PodPace } from "../federation/pod-pace.ts";
import type {
  Inbox,
  IncomingMessage,
  KnownPosts,
  PrivateKeys,
  ServedPeople,
  ServedPosts,
} from "../federation/ports.ts";
import { readBack, type ReadBackOptions } from "../federation/read-back.ts";
import { receiveRoutes } from "../federation/receive-routes.ts";
import { createSigner, type Signer } from "../federation/signer.ts";
import { createSlaps, type Slaps } from "../federation/slaps.ts";
import { streamRoutes } from "../federation/stream-routes.ts";
import { createGuardedHttp, type GuardedHttp } from "../http/client.ts";
import type { Routes } from "../http/routes.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createDecryptPool } from "../salmon/decrypt-pool.ts";
import { sealEnvelope } from "../salmon/magic-envelope.ts";
import { guarded } from "../store/database.ts";
import { createInboxWriter } from "../store/inbox.ts";
import { toldProfileByGuid } from "../store/own-profiles.ts";
import { localByGuid, localById, privateKeyOf } from "../store/people.ts";
import { commentFacts, newestPublicPosts, postFacts, publicPost } from "../store/posts.ts";
import { countUsage } from "../store/usage.ts";
import { guardedHttpOptions } from "./guarded-http.ts";
import { measuredInbox } from "./measured-receiving.ts";
import { measuredKeys } from "./measuring.ts";
import { queueReadings } from "./readings.ts";
import { siteOf } from "./site.ts";
import type { Storage } from "./storage.ts";

export interface FederationWing {
  readonly http: GuardedHttp;
  readonly discover: Discover;
  readonly signer: Signer;
  /** COMPAT(diaspora* < 0.7): empty unless the operator wants it. */
  readonly legacy: { readonly slaps?: Slaps };
  readonly routes: readonly Routes[];
  open(message: IncomingMessage): Promise<IncomingResult>;
  /** See NewcomerEffects. */
  readBack(person: RemotePerson, until: Date): Promise<void>;
  close(): Promise<void>;
}

export interface FederationOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly storage: Storage;
  readonly onStored: () => void;
  /** Of verified messages, by the sender's host. */
  readonly podPace: Pick<PodPace, "isOver">;
}

const MAX_INSERTS_IN_FLIGHT = 2_000;

export function createFederationWing(options: FederationOptions): FederationWing {
  const { config, log, storage } = options;
  const { http, discover } = clientsOf(options);
  const pool = createDecryptPool();
  const timed = measuredKeys(options.metrics);
  const people = servedPeople(storage);
  const keys: PrivateKeys = {
    of: (guid) => guarded(() => privateKeyOf(storage.db, storage.vault, guid)),
  };
  const site = siteOf(config, options.version);
  const inbox = inboxOf(options);
  const posts = storedPosts(storage);
  const incoming = {
    known: posts,
    fetcher: fetcherOf(options, { http, discover, inbox, idHosts: site.idHosts }),
    log,
    local: people,
    idHosts: site.idHosts,
    remote: storage.remotes,
    discover,
    keys,
    decrypt: timed("decrypt", pool.decrypt),
    now: () => new Date(),
  };
  const back = {
    ...{ http, log, known: posts, fetcher: incoming.fetcher, open: openFetched(incoming) },
    maxBytes: config.limits.maxFetchBytes,
    timeoutMs: config.limits.fetchTimeoutSeconds * 1000,
  } satisfies ReadBackOptions;
  const signer = createSigner(keys, timed("sign", sealEnvelope));
  return {
    http,
    discover,
    signer,
    legacy: config.diaspora.legacySlaps
      ? { slaps: createSlaps(keys, createPodForms({ http })) }
      : {},
    routes: [
      discoveryRoutes({ people, site }),
      nodeinfoRoutes({ people, site }),
      peopleRoutes({ people, site }),
      fetchRoutes({ posts, signer }),
      streamRoutes({ people, posts }),
      receiveRoutes({ people, inbox, log, maxBytes: config.limits.maxBodyBytes }),
    ],
    open: (message) => processIncoming(message, incoming),
    readBack: (person, until) => readBack(person, until, back),
    async close() {
      await pool.close();
      await http.close();
    },
  };
}

/** Both throw DX_SUSPENDED for hosts and people with whom the operator has nothing to do. */
function clientsOf({
  config,
  version,
  storage: { standings },
}: FederationOptions): Pick<FederationWing, "http" | "discover"> {
  const refuse = (verdict: Verdict): void => {
    if (verdict === "suspend") throw new DxError("DX_SUSPENDED");
  };
  const http = createGuardedHttp({
    ...guardedHttpOptions(config, version),
    admit: (host) => {
      refuse(standings.now().ofHost(host));
    },
  });
  const found = cachedDiscovery((id) => discoverPerson(id, http));
  return {
    http,
    discover: async (id) => {
      // Before what is remembered of a failure: the operator's lists change at any time.
      refuse(standings.now().ofPerson(id));
      return await found(id);
    },
  };
}

function inboxOf({ config, metrics, storage, onStored, podPace }: FederationOptions): Inbox {
  const writer = createInboxWriter(
    storage.db,
    {
      get maxRows() {
        return config.limits.inboxMaxRows;
      },
      maxInFlight: MAX_INSERTS_IN_FLIGHT,
    },
    onStored,
  );
  const plain: Inbox = {
    add: async (message) => {
      if (podPace.isOver(message.claimedHost)) throw new DxError("DX_POD_LIMIT");
      await writer.add(message);
    },
  };
  const inbox = measuredInbox(plain, metrics);
  metrics.read(() => queueReadings("inserts", inbox.writing, MAX_INSERTS_IN_FLIGHT));
  return inbox;
}

function servedPeople({ db }: Storage): ServedPeople {
  return {
    byId: (id) => guarded(() => localById(db, id)),
    byGuid: (guid) => guarded(() => localByGuid(db, guid)),
    profileOf: (guid) => guarded(() => toldProfileByGuid(db, guid)),
    usage: () => guarded(() => countUsage(db)),
  };
}

function storedPosts({ db }: Storage): KnownPosts & ServedPosts {
  return {
    facts: (key, guid) => guarded(() => postFacts(db, key, guid)),
    comment: (guid) => guarded(() => commentFacts(db, guid)),
    find: (key, guid) => guarded(() => publicPost(db, key, guid)),
    newest: (author, limit) => guarded(() => newestPublicPosts(db, author, limit)),
  };
}

function fetcherOf(
  { config, storage: { remotes } }: FederationOptions,
  parts: Pick<FetcherOptions, "http" | "inbox" | "idHosts"> & { readonly discover: Discover },
): Fetcher {
  const { maxFetchBytes, fetchTimeoutSeconds } = config.limits;
  return createFetcher({
    ...parts,
    podOf: async (id) => {
      const person = await remotes.known(id);
      if (person?.standing === "suspend") throw new DxError("DX_SUSPENDED");
      return (person ?? (await remotes.remember(await parts.discover(id)))).podUrl;
    },
    maxBytes: maxFetchBytes,
    timeoutMs: fetchTimeoutSeconds * 1000,
  });
}
