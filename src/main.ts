/**
 * The composition root: opens the store, builds the two wings and the rules between them,
 * starts the workers, and takes it all down again in the opposite order. No logic.
 */
import type { Config } from "./config.ts";
import { createFederationWing } from "./daemon/federation.ts";
import { startChores } from "./daemon/chores.ts";
import { createMedia } from "./daemon/media.ts";
import { createRules } from "./daemon/rules.ts";
import { openStorage } from "./daemon/storage.ts";
import { awaitComponentLock } from "./daemon/standby.ts";
import { startWorkers, type Workers } from "./daemon/workers.ts";
import { createXmppWing } from "./daemon/xmpp.ts";
import type { DxError } from "./errors/error.ts";
import { buildHttpServer } from "./http/server.ts";
import type { Log } from "./log/log.ts";
import { serveMetrics } from "./metrics/listener.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { VERSION } from "./config/package.ts";

export interface Daemon {
  /** Takes nothing new, finishes what is under way, leaves the rest in the store. */
  stop(): Promise<void>;
  /** Rejects when the daemon cannot go on: somebody has to change something. */
  readonly failed: Promise<never>;
}

export async function runDaemon(config: Config, log: Log): Promise<Daemon> {
  const parts: { workers: Workers | null } = { workers: null };
  const wake: Workers["wake"] = (kind) => parts.workers?.wake(kind);
  const fatal = Promise.withResolvers<never>();
  fatal.promise.catch(() => undefined);
  const storage = await openStorage(config, log, wake);
  const metrics = createMetrics();
  const common = { config, version: VERSION, log, storage, metrics };
  const federation = createFederationWing({
    ...common,
    onStored: () => {
      wake("inbox");
    },
  });
  const { discover, signer } = federation;
  const rules = createRules({ ...common, discover, signer, wake });
  const media = createMedia(common);
  const xmpp = createXmppWing({
    ...common,
    rules,
    avatars: media.avatars,
    onOnline: () => {
      wake(null);
    },
    onFatal: (error: DxError) => {
      fatal.reject(error);
    },
  });
  const { stream } = xmpp;
  parts.workers = startWorkers({ config, log, storage, rules, federation, stream });
  const chores = startChores({ rules, storage, log });
  const server = await buildHttpServer(
    {
      version: VERSION,
      log,
      ready: () => Promise.resolve(stream.online),
      trustedProxies: config.server.trustedProxies,
      limits: { requestsPerMinute: config.limits.requestsPerMinute },
    },
    [...federation.routes, ...media.routes],
  );
  const port = await server.listen(config.server.host, config.server.port);
  log.info({ port, url: config.diaspora.url }, "listening for the federation");
  const figures = config.metrics === null ? null : await serveMetrics(metrics, config.metrics);
  const standby = awaitComponentLock(config, storage, log, () => stream.start());
  return {
    failed: fatal.promise,
    async stop() {
      standby.stop();
      chores.stop();
      await figures?.close();
      await server.close();
      await xmpp.stop();
      await parts.workers?.stop();
      await federation.close();
      await media.close();
      await storage.close();
    },
  };
}
