/**
 * The composition root: opens the store, builds the two wings and the rules between them,
 * starts the workers, and takes it all down again in the opposite order. No logic.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "./config.ts";
import { createFederationWing, type FederationWing } from "./daemon/federation.ts";
import { startChores } from "./daemon/chores.ts";
import { createMedia } from "./daemon/media.ts";
import { createRules } from "./daemon/rules.ts";
import { openStorage, type Storage } from "./daemon/storage.ts";
import { holdStream } from "./daemon/standby.ts";
import { startWorkers, type Workers } from "./daemon/workers.ts";
import { createXmppWing, type XmppWing } from "./daemon/xmpp.ts";
import type { DxError } from "./errors/error.ts";
import { createPodPace } from "./federation/pod-pace.ts";
import { buildHttpServer } from "./http/server.ts";
import type { Log } from "./log/log.ts";
import { serveMetrics } from "./metrics/listener.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { guarded } from "./store/database.ts";
import { isKnownGuid } from "./store/known.ts";
import { VERSION } from "./config/package.ts";

export interface Daemon {
  /** Takes nothing new, finishes what is under way, leaves the rest in the store. */
  stop(): Promise<void>;
  /** Rejects when the daemon cannot go on: somebody has to change something. */
  readonly failed: Promise<never>;
}

/** For what is under way when the daemon stops. */
const DRAIN_MS = 5_000;

export async function runDaemon(config: Config, log: Log): Promise<Daemon> {
  const parts: { workers: Workers | null } = { workers: null };
  const wake: Workers["wake"] = (kind) => parts.workers?.wake(kind);
  const fatal = Promise.withResolvers<never>();
  fatal.promise.catch(() => undefined);
  const storage = await openStorage(config, log, wake, () => parts.workers?.recheck());
  const metrics = createMetrics();
  const common = { ...shared(config, log, storage), metrics };
  const federation = createFederationWing({
    ...common,
    onStored: () => {
      wake("inbox");
    },
  });
  const { discover, readBack, signer } = federation;
  const rules = createRules({ ...common, discover, readBack, signer, wake });
  const media = createMedia(common);
  const xmpp = createXmppWing({
    ...common,
    rules,
    avatars: media.avatars,
    wakeInbox: () => {
      wake("inbox");
    },
    onOnline: () => {
      wake(null);
    },
    onFatal: (error: DxError) => {
      fatal.reject(error);
    },
  });
  const { stream } = xmpp;
  parts.workers = startWorkers({ ...common, rules, federation, stream });
  const chores = startChores({
    rules,
    storage,
    log,
    quarantineDays: config.moderation.quarantineDays,
    settleDoubts: xmpp.settleDoubts,
    parted: xmpp.parted,
  });
  const routes = [...federation.routes, ...media.routes];
  const server = await buildHttpServer(serverOptions(config, log, stream), routes);
  const port = await server.listen(config.server.host, config.server.port);
  log.info({ port, url: config.diaspora.url }, "listening for the federation");
  const figures = config.metrics === null ? null : await serveMetrics(metrics, config.metrics);
  const standby = holdStream({ domain: stream.domain, presence: storage.presence, stream, log });
  return {
    failed: fatal.promise,
    async stop() {
      standby.stop();
      chores.stop();
      await figures?.close();
      await server.close();
      await stopWorking(parts.workers, xmpp, federation);
      await media.close();
      await storage.close();
    },
  };
}

/** What more than one part works with. */
function shared(config: Config, log: Log, storage: Storage) {
  const podPace = createPodPace({
    perHour: config.limits.podMessagesPerHour,
    isKnown: (guid) => guarded(() => isKnownGuid(storage.db, guid)),
    log,
  });
  return { config, version: VERSION, log, storage, podPace };
}

function serverOptions(
  config: Config,
  log: Log,
  stream: { readonly online: boolean },
): Parameters<typeof buildHttpServer>[0] {
  return {
    version: VERSION,
    log,
    ready: () => Promise.resolve(stream.online),
    trustedProxies: config.server.trustedProxies,
    limits: { requestsPerMinute: config.limits.requestsPerMinute },
  };
}

/** What is under way has its time, and then the wires are cut. */
async function stopWorking(
  workers: Workers | null,
  xmpp: XmppWing,
  federation: FederationWing,
): Promise<void> {
  const drained = workers?.stop();
  await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  await xmpp.stop();
  // A pod that has not answered by now is asked again by the next run.
  await federation.close();
  await drained;
}
