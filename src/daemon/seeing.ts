/**
 * What can be seen of the daemon from outside: `/ready` with its parts, and the gauges that are
 * read when somebody asks. What is asked of the database is remembered for some seconds, and is
 * not asked again while it hangs.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Config } from "../config.ts";
import type { ComponentStream } from "../connector/stream.ts";
import type { Log } from "../log/log.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { createReadiness, type Readiness } from "../metrics/readiness.ts";
import type { Database } from "../store/database.ts";
import { deliveryFigures, inboxFigures } from "../store/figures.ts";
import {
  databaseCheck,
  drainingCheck,
  inboxCheck,
  migrationsCheck,
  streamCheck,
} from "./checks.ts";
import type { Standby } from "./standby.ts";
import {
  componentReadings,
  delayReadings,
  deliveryReadings,
  poolReadings,
  queueReadings,
  readyReadings,
  TURN_MS,
} from "./readings.ts";

export interface SeeingOptions {
  readonly metrics: Metrics;
  readonly log: Log;
  readonly version: string;
  readonly config: Pick<Config, "limits" | "xmpp">;
  readonly storage: { readonly db: Database };
  /** null: this process carries no component. */
  readonly stream: ComponentStream | null;
  /** null: not begun yet, or never. */
  readonly standby: () => Pick<Standby, "state"> | null;
}

export interface Seeing {
  readonly readiness: Readiness;
  /** From now on it is not ready. */
  drain(): void;
  stop(): void;
}

const WATCH_MS = 5_000;
const REMEMBERED_MS = 5_000;
/** A statement that reads more. */
const LONG_REMEMBERED_MS = 15_000;

export function watchOver(options: SeeingOptions): Seeing {
  const { config, log, metrics, standby, stream } = options;
  const { db } = options.storage;
  const component = stream === null ? null : { stream, standby };
  const inboxMaxRows = (): number => config.limits.inboxMaxRows;
  const state: { draining: boolean; pingSeconds: number | null; writable: boolean } = {
    draining: false,
    pingSeconds: null,
    writable: true,
  };
  const inbox = remembered(() => inboxFigures(db, inboxMaxRows()));
  const deliveries = remembered(() => deliveryFigures(db), LONG_REMEMBERED_MS);
  const readiness = createReadiness({
    log,
    checks: [
      databaseCheck(
        db,
        (seconds) => {
          state.pingSeconds = seconds;
        },
        (writable) => {
          state.writable = writable;
        },
      ),
      migrationsCheck(db),
      ...(component === null ? [] : [streamCheck(component)]),
      inboxCheck(inbox, inboxMaxRows),
      drainingCheck(() => state.draining),
    ],
  });
  const delay = monitorEventLoopDelay({ resolution: TURN_MS });
  delay.enable();
  metrics.read(() => [
    { name: "diaspora_x_build_info", labels: { version: options.version }, value: 1 },
    ...(component === null ? [] : componentReadings(component, config.xmpp.limits)),
    ...poolReadings(db),
    ...delayReadings(delay),
  ]);
  metrics.read(async () => readyReadings(await readiness.look(), state));
  metrics.read(async () => {
    const { waiting, oldest } = await inbox();
    return [
      ...queueReadings("inbox", waiting, inboxMaxRows()),
      { name: "diaspora_x_inbox_oldest_seconds", value: oldest },
    ];
  });
  metrics.read(async () => (await deliveries()).flatMap(deliveryReadings));
  const unwatch = readiness.watch(WATCH_MS);
  return {
    readiness,
    drain() {
      state.draining = true;
    },
    stop() {
      unwatch();
      delay.disable();
    },
  };
}

/** What was said is said again for a while; an error is not. */
export function remembered<T>(ask: () => Promise<T>, forMs = REMEMBERED_MS): () => Promise<T> {
  let last: Promise<T> | null = null;
  let freshUntil = Number.POSITIVE_INFINITY;
  return () => {
    if (last !== null && performance.now() < freshUntil) return last;
    // Until it has answered, nobody asks anew.
    freshUntil = Number.POSITIVE_INFINITY;
    last = ask();
    last.then(
      () => {
        freshUntil = performance.now() + forMs;
      },
      () => {
        last = null;
      },
    );
    return last;
  };
}
