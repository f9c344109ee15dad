/** The loops that drain the destinations, each kind by the wire that it belongs to. */
import {
  parsePersonAddress,
  type DeliveryQueue,
  type Destination,
  type DestinationKind,
  type Drain,
} from "../activitystreams/delivery.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import { hostOfUrl } from "../activitystreams/standing.ts";
import type { Config } from "../config.ts";
import { createJidDrain } from "../connector/jid-drain.ts";
import { createNodeDrain } from "../connector/node-drain.ts";
import { stanzaOf } from "../connector/outgoing.ts";
import { createStreamDrain } from "../connector/stream-drain.ts";
import type { ComponentStream } from "../connector/stream.ts";
import { createInboxDrain } from "../federation/inbox-drain.ts";
import { createPodBreaker, type PodBreaker } from "../federation/pod-breaker.ts";
import { createPodDrain } from "../federation/pod-drain.ts";
import type { PodPace } from "../federation/pod-pace.ts";
import type { ReceivedActivity } from "../federation/ports.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createDeliveryQueue } from "../store/adapter.ts";
import { guarded } from "../store/database.ts";
import { createInboxQueue } from "../store/inbox-queue.ts";
import { createInboxRetries, holdInbox } from "../store/inbox-retries.ts";
import { isSuspended, remoteKeyByGuid } from "../store/people.ts";
import { createHeard, podReturned } from "../store/silence.ts";
import { startWorker, type Worker } from "../store/worker.ts";
import { placePorts } from "./collector-ports.ts";
import type { FederationWing } from "./federation.ts";
import { measuredOpening } from "./measured-receiving.ts";
import { measuredPosts, measuredQueue } from "./measured-sending.ts";
import type { Rules } from "./rules.ts";
import type { Storage } from "./storage.ts";

export interface WorkersOptions {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly storage: Storage;
  /** Of verified messages, by the sender's host. */
  readonly podPace: Pick<PodPace, "heed" | "hold">;
  readonly rules: Rules;
  readonly federation: FederationWing;
  /** null in a process that is no connector. */
  readonly stream: ComponentStream | null;
}

export interface Workers {
  /** null: all of them. */
  wake(kind: DestinationKind | null): void;
  /** Another process has heard of a pod that could not be reached. */
  returned(podUrl: string): void;
  /** The way to the database broke: all look what they hold still. */
  recheck(): void;
  stop(): Promise<void>;
}

/** Pods that are slow or were away: each costs a few connections and messages while it lasts. */
const SLOW_AT_ONCE = 500;
/** JIDs of one batch behind one barrier. */
const JIDS_AT_ONCE = 200;
/**
 * Whoever claims to be of a host that never answers takes one of these until the lookup gives
 * up, without having signed anything: so more than there are lookups at once
 * (discovery-cache.ts), beyond which a message is put off, and some are always free.
 */
const INBOX_HOSTS_AT_ONCE = 256;

/** Of each role its own; none in a process that only serves HTTP. */
export function startWorkers(options: WorkersOptions): Workers {
  const { config, stream } = options;
  const breaker = createPodBreaker();
  const workers = new Map<DestinationKind, Worker>([
    ...(config.roles.includes("worker") ? podWorkers(options, breaker) : []),
    ...(stream === null ? [] : xmppWorkers(options, stream)),
  ]);
  return {
    wake(kind) {
      if (kind !== null) workers.get(kind)?.wake();
      else for (const one of workers.values()) one.wake();
    },
    returned: (podUrl) => {
      breaker.heard(podUrl);
    },
    recheck() {
      for (const one of workers.values()) one.recheck();
    },
    async stop() {
      await Promise.all([...workers.values()].map((one) => one.stop()));
    },
  };
}

/** What goes to pods, and what came from them. */
function podWorkers(options: WorkersOptions, breaker: PodBreaker): [DestinationKind, Worker][] {
  const { config, log, metrics, rules, storage } = options;
  const { worker } = storage.presence;
  const queue = createDeliveryQueue(storage.db, worker, true);
  const wakePods = (): void => {
    for (const one of pods) one.wake();
  };
  const drains = {
    breaker,
    returned: async (podUrl: string) => {
      await guarded(() => podReturned(storage.db, podUrl));
      wakePods();
    },
    signer: options.federation.signer,
    http: measuredPosts(options.federation.http, metrics),
    publicKeyOf: (guid: Guid) => guarded(() => remoteKeyByGuid(storage.db, guid)),
    log,
    settled: rules.settled,
    isClosed: (destination: Destination) => isClosed(storage, destination),
    ...options.federation.legacy,
  };
  const drainOf = (kind: "pod" | "person"): Drain =>
    createPodDrain({ ...drains, queue: measuredQueue(queue, kind, metrics) });
  const base = { db: storage.db, worker, log, ready: () => true };
  const concurrency = config.limits.deliveriesAtOnce;
  const perPod = { ...base, batch: 1, concurrency, aside: SLOW_AT_ONCE };
  const heard = createHeard({
    db: storage.db,
    podOf: async (id) => (await storage.remotes.known(id))?.podUrl ?? null,
    mayTry: (podUrl) => !breaker.asksPatience(podUrl),
    onHeard: (podUrl) => {
      breaker.heard(podUrl);
      wakePods();
    },
    log,
  });
  const pod = startWorker({ ...perPod, kind: "pod", handle: drainOf("pod") });
  const person = startWorker({ ...perPod, kind: "person", handle: drainOf("person") });
  const pods: readonly Worker[] = [pod, person];
  return [
    ["pod", pod],
    ["person", person],
    ["inbox", startInbox(options, heard)],
  ];
}

/** What goes out by the component stream; nothing of it is claimed while that is down. */
function xmppWorkers(
  options: WorkersOptions,
  stream: ComponentStream,
): [DestinationKind, Worker][] {
  const { config, log, metrics, rules, storage } = options;
  const { worker } = storage.presence;
  const plain = createDeliveryQueue(storage.db, worker, false);
  const queue = (kind: DestinationKind): DeliveryQueue => measuredQueue(plain, kind, metrics);
  const ready = (): boolean => stream.online;
  const base = { db: storage.db, worker, log, ready };
  const context = {
    componentDomain: config.xmpp.component.domain,
    maxBytes: config.xmpp.limits.maxStanzaBytes,
  };
  const stanza: Parameters<typeof createStreamDrain>[0]["stanza"] = (delivery, form) =>
    stanzaOf(delivery, form, context);
  const jids = createJidDrain({ stream, queue: queue("jid"), log, ...context });
  const streams = createStreamDrain({ stream, queue: queue("stream"), log, stanza });
  const nodes = createNodeDrain({
    stream,
    queue: queue("node"),
    log,
    ports: placePorts(storage.db),
    maxBytes: context.maxBytes,
    refused: rules.tellOnce,
  });
  return [
    [
      "jid",
      startWorker({ ...base, kind: "jid", batch: JIDS_AT_ONCE, concurrency: 2, handle: jids }),
    ],
    ["stream", startWorker({ ...base, kind: "stream", batch: 1, concurrency: 8, handle: streams })],
    ["node", startWorker({ ...base, kind: "node", batch: 1, concurrency: 16, handle: nodes })],
  ];
}

/** Asked when something is about to go out: it may have been put there before. */
async function isClosed(
  { db, standings }: Storage,
  { kind, address }: Destination,
): Promise<boolean> {
  const mailbox = kind === "person" ? parsePersonAddress(address) : null;
  const host = hostOfUrl(mailbox?.podUrl ?? address);
  if (standings.now().ofHost(host) === "suspend") return true;
  return mailbox !== null && (await guarded(() => isSuspended(db, mailbox.guid)));
}

function startInbox(options: WorkersOptions, heard: (sender: DiasporaId) => Promise<void>): Worker {
  const { config, storage, log, rules, federation, metrics, podPace } = options;
  const { db } = storage;
  const putOff = createInboxRetries(db, {
    get maxRows() {
      return config.limits.inboxMaxRows;
    },
  });
  const { worker } = storage.presence;
  const queue = createInboxQueue(db, worker);
  const opening = {
    pending: queue.pending,
    open: federation.open,
    receive: (received: ReceivedActivity, inboxId: string) => {
      void heard(received.sender);
      return podPace.heed(received, () => rules.receive(received, inboxId));
    },
  };
  return startWorker({
    db,
    worker,
    kind: "inbox",
    batch: 1,
    concurrency: INBOX_HOSTS_AT_ONCE,
    log,
    ready: () => true,
    handle: createInboxDrain({
      ...queue,
      ...measuredOpening(opening, metrics),
      hold: ({ id, claimedHost }) => guarded(() => holdInbox(db, id, podPace.hold(claimedHost))),
      retry: (inboxId, next, error, waitsFor) =>
        guarded(() => putOff(inboxId, next, error, waitsFor)),
      counted: (outcome) => {
        metrics.count("diaspora_x_received_total", { outcome });
      },
      log,
    }),
  });
}
