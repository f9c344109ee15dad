/** What the daemon tells of itself: processor time, memory, how late its event loop is. */
import { peerFetch } from "../test/support/peer-http.ts";
import type { World } from "../test/support/e2e-world.ts";

export interface Figures {
  readonly cpuSeconds: number;
  readonly megabytes: number;
  /** Milliseconds, since it was last asked. */
  readonly loopP50: number;
  readonly loopP99: number;
}

/** Of a world with `metrics`. */
export async function daemonFigures({ settings }: World): Promise<Figures> {
  const hosts = new Map([["figures", settings.metricsPort ?? 0]]);
  const { body } = await peerFetch("http://figures/metrics", hosts);
  const value = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, "m").exec(body)?.[1] ?? Number.NaN);
  return {
    cpuSeconds: value("process_cpu_seconds_total"),
    megabytes: value("process_resident_memory_bytes") / 1024 / 1024,
    loopP50: value("nodejs_eventloop_lag_p50_seconds") * 1000,
    loopP99: value("nodejs_eventloop_lag_p99_seconds") * 1000,
  };
}
