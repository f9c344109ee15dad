/** The loops that drain the destinations, each kind by the wire that it belongs to. */
import {
  parsePersonAddress,
  type Destination,
  type DestinationKind,
} from "../activitystreams/delivery.ts";
import { hostOfUrl } from "../activitystreams/standing.ts";
import type { Config } from "../config.ts";
import { createJidDrain } from "../connector/jid-drain.ts";
import { createNodeDrain } from "../connector/node-drain.ts";
import { stanzaOf } from "../connector/outgoing.ts";
import { createStreamDrain } from "../connector/stream-drain.ts";
import type { ComponentStream } from "../connector/stream.ts";
import { createInboxDrain } from "../federation/inbox-drain.ts";
import { createPodDrain } from "../federation/pod-drain.ts";
import type { PodPace } from "../federation/pod-pace.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createDeliveryQueue } from "../store/adapter.ts";
import { guarded } from "../store/database.ts";
import { releaseDestination } from "../store/destinations.ts";
import { finishInbox, pendingInbox } from "../store/inbox.ts";
import { createInboxRetries, holdInbox } from "../store/inbox-retries.ts";
import { isSuspended, remoteKeyByGuid } from "../store/people.ts";
import { startWorker, type Worker } from "../store/worker.ts";
import { placePorts } from "./collector-ports.ts";
import type { FederationWing } from "./federation.ts";
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
  readonly stream: ComponentStream;
}

export interface Workers {
  /** null: all of them. */
  wake(kind: DestinationKind | null): void;
  /** The way to the database broke: all look what they hold still. */
  recheck(): void;
  stop(): Promise<void>;
}

/** JIDs of one batch behind one barrier. */
const JIDS_AT_ONCE = 200;
/**
 * Whoever claims to be of a host that never answers takes one of these until the lookup gives
 * up, without having signed anything: so more than there are lookups at once
 * (discovery-cache.ts), beyond which a message is put off, and some are always free.
 */
const INBOX_HOSTS_AT_ONCE = 256;

export function startWorkers(options: WorkersOptions): Workers {
  const { config, log, rules, storage } = options;
  const { worker } = storage.presence;
  const queue = createDeliveryQueue(storage.db, worker, true);
  const podDrain = createPodDrain({
    queue,
    signer: options.federation.signer,
    http: options.federation.http,
    publicKeyOf: (guid) => guarded(() => remoteKeyByGuid(storage.db, guid)),
    log,
    settled: rules.settled,
    isClosed: (destination) => isClosed(storage, destination),
    ...options.federation.legacy,
  });
  const base = { db: storage.db, worker, log, ready: () => true };
  const perPod = { ...base, batch: 1, concurrency: config.limits.deliveriesAtOnce };
  const workers = new Map<DestinationKind, Worker>([
    ["pod", startWorker({ ...perPod, kind: "pod", handle: podDrain })],
    ["person", startWorker({ ...perPod, kind: "person", handle: podDrain })],
    ["inbox", startInbox(options)],
    ...xmppWorkers(options),
  ]);
  return {
    wake(kind) {
      if (kind !== null) workers.get(kind)?.wake();
      else for (const one of workers.values()) one.wake();
    },
    recheck() {
      for (const one of workers.values()) one.recheck();
    },
    async stop() {
      await Promise.all([...workers.values()].map((one) => one.stop()));
    },
  };
}

/** What goes out by the component stream; nothing of it is claimed while that is down. */
function xmppWorkers(options: WorkersOptions): [DestinationKind, Worker][] {
  const { config, log, rules, storage, stream } = options;
  const { worker } = storage.presence;
  const queue = createDeliveryQueue(storage.db, worker, false);
  const ready = (): boolean => stream.online;
  const base = { db: storage.db, worker, log, ready };
  const context = {
    componentDomain: config.xmpp.component.domain,
    maxBytes: config.xmpp.limits.maxStanzaBytes,
  };
  const stanza: Parameters<typeof createStreamDrain>[0]["stanza"] = (delivery, form) =>
    stanzaOf(delivery, form, context);
  const jids = createJidDrain({ stream, queue, log, ...context });
  const streams = createStreamDrain({ stream, queue, log, stanza });
  const nodes = createNodeDrain({
    stream,
    queue,
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

function startInbox(options: WorkersOptions): Worker {
  const { config, storage, log, rules, federation, metrics, podPace } = options;
  const { db } = storage;
  const putOff = createInboxRetries(db, { maxRows: config.limits.inboxMaxRows });
  const { worker } = storage.presence;
  return startWorker({
    db,
    worker,
    kind: "inbox",
    batch: 1,
    concurrency: INBOX_HOSTS_AT_ONCE,
    log,
    ready: () => true,
    handle: createInboxDrain({
      pending: (destinationId, limit) => pendingInbox(db, destinationId, limit),
      open: (message) => federation.open(message),
      receive: (received, inboxId) =>
        podPace.heed(received, () => rules.receive(received, inboxId)),
      hold: ({ id, claimedHost }) => guarded(() => holdInbox(db, id, podPace.hold(claimedHost))),
      drop: (inboxId) => guarded(() => finishInbox(db, inboxId)),
      retry: (inboxId, next, error, waitsFor) =>
        guarded(() => putOff(inboxId, next, error, waitsFor)),
      counted: (outcome) => {
        metrics.count("diaspora_x_received_total", { outcome });
      },
      release: (destination, release) => releaseDestination(db, destination, worker, release),
      log,
    }),
  });
}
