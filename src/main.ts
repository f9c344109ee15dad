/**
 * The composition root: opens the store, builds the two wings and the rules between them,
 * starts what the roles of this process need, and takes it all down again in the opposite order.
 * No logic.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "./config.ts";
import { liveConfig } from "./config/live.ts";
import { createFederationWing, type FederationWing } from "./daemon/federation.ts";
import { startChores, type Chores } from "./daemon/chores.ts";
import { measuredAnswers } from "./daemon/measured-receiving.ts";
import { createMedia, type Media } from "./daemon/media.ts";
import { createRules } from "./daemon/rules.ts";
import { watchOver, type Seeing } from "./daemon/seeing.ts";
import { openStorage, type Storage } from "./daemon/storage.ts";
import { holdStream, type Standby } from "./daemon/standby.ts";
import { startWorkers, type Workers } from "./daemon/workers.ts";
import { createXmppWing, type XmppWing } from "./daemon/xmpp.ts";
import type { DxError } from "./errors/error.ts";
import { createPodPace, type PodPace } from "./federation/pod-pace.ts";
import { buildHttpServer, type HttpServer } from "./http/server.ts";
import type { Routes } from "./http/routes.ts";
import type { Log } from "./log/log.ts";
import { serveMetrics, type MetricsListener } from "./metrics/listener.ts";
import { createMetrics, type Metrics } from "./metrics/metrics.ts";
import { createIsKnownGuid } from "./store/known.ts";
import { tellNews } from "./store/news.ts";
import { VERSION } from "./config/package.ts";

export interface Daemon {
  /** Takes nothing new, finishes what is under way, leaves the rest in the store. */
  stop(): Promise<void>;
  /** Rejects when the daemon cannot go on: somebody has to change something. */
  readonly failed: Promise<never>;
  /** From now on this counts, as far as a running daemon can take it (config/reload.ts). */
  reload(config: Config): Promise<void>;
}

/** For what is under way when the daemon stops. */
const DRAIN_MS = 5_000;

/** What others ask for before it is there. */
interface Parts {
  workers: Workers | null;
  podPace: PodPace | null;
  standby: Standby | null;
}

export async function runDaemon(given: Config, log: Log): Promise<Daemon> {
  const live = liveConfig(given);
  const { config } = live;
  const parts: Parts = { workers: null, podPace: null, standby: null };
  const wake: Workers["wake"] = (kind) => parts.workers?.wake(kind);
  const fatal = Promise.withResolvers<never>();
  fatal.promise.catch(() => undefined);
  const storage = await openStorage(config, log, {
    onWake: wake,
    onBreak: () => parts.workers?.recheck(),
    onHeld: (host) => parts.podPace?.heldElsewhere(host),
    onReturned: (podUrl) => parts.workers?.returned(podUrl),
  });
  const metrics = createMetrics();
  const common = { ...shared(config, log, storage), metrics };
  parts.podPace = common.podPace;
  const wakeInbox = (): void => {
    wake("inbox");
  };
  const federation = createFederationWing({ ...common, onStored: wakeInbox });
  const { discover, readBack, signer } = federation;
  const rules = createRules({ ...common, discover, readBack, signer, wake });
  const media = createMedia(common);
  const xmpp = config.roles.includes("connector")
    ? createXmppWing({
        ...common,
        rules,
        avatars: media.avatars,
        wakeInbox,
        onOnline: () => {
          wake(null);
        },
        onFatal: (error: DxError) => {
          fatal.reject(error);
        },
      })
    : null;
  const stream = xmpp?.stream ?? null;
  parts.workers = startWorkers({ ...common, rules, federation, stream });
  const chores = startChores({ config, rules, storage, log, stream: xmpp?.chores ?? null });
  const routes = [...federation.routes, ...media.routes];
  const seeing = watchOver({ ...common, stream, standby: () => parts.standby });
  const server = config.roles.includes("web") ? await listen(common, seeing, routes) : null;
  const figures =
    config.metrics === null ? null : await serveMetrics(metrics, seeing.readiness, config.metrics);
  parts.standby =
    stream === null
      ? null
      : holdStream({ domain: stream.domain, presence: storage.presence, stream, log });
  return {
    failed: fatal.promise,
    async reload(next) {
      live.set(next);
      await storage.standings.reapply();
    },
    stop: () => end({ chores, federation, figures, media, parts, seeing, server, storage, xmpp }),
  };
}

interface Running {
  readonly chores: Chores;
  readonly federation: FederationWing;
  readonly figures: MetricsListener | null;
  readonly media: Media;
  readonly parts: Parts;
  readonly seeing: Seeing;
  readonly server: HttpServer | null;
  readonly storage: Storage;
  readonly xmpp: XmppWing | null;
}

async function end(running: Running): Promise<void> {
  const { parts, seeing, server } = running;
  // Whoever asks hears so until the end, where the figures are.
  seeing.drain();
  parts.standby?.stop();
  running.chores.stop();
  await Promise.all([server?.close(), stopWorking(running)]);
  await running.media.close();
  seeing.stop();
  await running.figures?.close();
  await running.storage.close();
}

/** What more than one part works with. */
function shared(config: Config, log: Log, storage: Storage) {
  const podPace = createPodPace({
    get perHour() {
      return config.limits.podMessagesPerHour;
    },
    isKnown: createIsKnownGuid(storage.db),
    log,
    onHeld: (host) => {
      // Untold, they find it out for themselves.
      tellNews(storage.db, { what: "held", host }).catch(() => undefined);
    },
  });
  return { config, version: VERSION, log, storage, podPace };
}

async function listen(
  common: { readonly config: Config; readonly log: Log; readonly metrics: Metrics },
  seeing: Seeing,
  routes: readonly Routes[],
): Promise<HttpServer> {
  const { config, log } = common;
  const server = await buildHttpServer(
    {
      ...serverOptions(config, log),
      ready: seeing.readiness.answer,
      answered: measuredAnswers(common.metrics),
    },
    routes,
  );
  const port = await server.listen(config.server.host, config.server.port);
  log.info({ port, url: config.diaspora.url }, "listening for the federation");
  return server;
}

function serverOptions(
  config: Config,
  log: Log,
): Omit<Parameters<typeof buildHttpServer>[0], "ready"> {
  return {
    version: VERSION,
    log,
    trustedProxies: () => config.server.trustedProxies,
    limits: { requestsPerMinute: () => config.limits.requestsPerMinute },
  };
}

/** What is under way has its time, and then the wires are cut. */
async function stopWorking({ federation, parts, storage, xmpp }: Running): Promise<void> {
  const drained = parts.workers?.stop();
  await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  await xmpp?.stop();
  // Whoever stands by need not wait for the pods that are still sending here.
  if (xmpp !== null) {
    storage.presence.releaseComponent(xmpp.stream.domain).catch(() => undefined);
  }
  // A pod that has not answered by now is asked again by the next run.
  await federation.close();
  await drained;
}
