/** The loops that drain the destinations, each kind by the wire that it belongs to. */
import type { DestinationKind } from "../activitystreams/delivery.ts";
import type { Config } from "../config.ts";
import { createJidDrain } from "../connector/jid-drain.ts";
import { createNodeDrain } from "../connector/node-drain.ts";
import { stanzaOf } from "../connector/outgoing.ts";
import { createStreamDrain } from "../connector/stream-drain.ts";
import type { ComponentStream } from "../connector/stream.ts";
import { createInboxDrain } from "../federation/inbox-drain.ts";
import { createPodDrain } from "../federation/pod-drain.ts";
import type { Log } from "../log/log.ts";
import { createDeliveryQueue } from "../store/adapter.ts";
import { guarded } from "../store/database.ts";
import { releaseDestination } from "../store/destinations.ts";
import { createInboxRetries, finishInbox, pendingInbox } from "../store/inbox.ts";
import { remoteKeyByGuid } from "../store/people.ts";
import { startWorker, type Worker } from "../store/worker.ts";
import { placePorts } from "./collector-ports.ts";
import type { FederationWing } from "./federation.ts";
import type { Rules } from "./rules.ts";
import type { Storage } from "./storage.ts";

export interface WorkersOptions {
  readonly config: Config;
  readonly log: Log;
  readonly storage: Storage;
  readonly rules: Rules;
  readonly federation: FederationWing;
  readonly stream: ComponentStream;
}

export interface Workers {
  /** null: all of them. */
  wake(kind: DestinationKind | null): void;
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

function startInbox({ config, storage, log, rules, federation }: WorkersOptions): Worker {
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
      receive: (received, inboxId) => rules.receive(received, inboxId),
      drop: (inboxId) => guarded(() => finishInbox(db, inboxId)),
      retry: (inboxId, next, error) => guarded(() => putOff(inboxId, next, error)),
      release: (destination, release) => releaseDestination(db, destination, worker, release),
      log,
    }),
  });
}
