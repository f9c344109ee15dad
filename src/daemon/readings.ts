/** Where the gauges stand. */
import type { monitorEventLoopDelay } from "node:perf_hooks";
import { STREAM_LIMITS } from "../connector/stream-limits.ts";
import type { ComponentStream } from "../connector/stream.ts";
import type { Reading } from "../metrics/metrics.ts";
import type { Finding } from "../metrics/readiness.ts";
import { poolFigures, type Database } from "../store/database.ts";
import type { DeliveryFigures } from "../store/figures.ts";
import type { Standby } from "./standby.ts";

/** An empty turn counts as one of this length (monitorEventLoopDelay). */
export const TURN_MS = 10;

export function queueReadings(queue: string, items: number, limit: number): Reading[] {
  return [
    { name: "diaspora_x_queue_items", labels: { queue }, value: items },
    { name: "diaspora_x_queue_limit", labels: { queue }, value: limit },
  ];
}

export interface SeenComponent {
  readonly stream: Pick<ComponentStream, "online" | "waiting">;
  readonly standby: () => Pick<Standby, "state"> | null;
}

export function componentReadings(
  { stream, standby }: SeenComponent,
  most: { readonly outboxStanzas: number },
): Reading[] {
  const { stanzas, bytes, questions } = stream.waiting();
  return [
    { name: "diaspora_x_stream_online", value: Number(stream.online) },
    { name: "diaspora_x_stream_holder", value: Number(standby()?.state === "holding") },
    { name: "diaspora_x_stream_waiting_bytes", value: bytes },
    ...queueReadings("outbox", stanzas, most.outboxStanzas),
    ...queueReadings("questions", questions, STREAM_LIMITS.openIqs),
  ];
}

export function poolReadings(db: Database): Reading[] {
  return Object.entries(poolFigures(db)).map(([state, value]) => ({
    name: "diaspora_x_database_connections",
    labels: { state },
    value,
  }));
}

/** Since the last reading. */
export function delayReadings(delay: ReturnType<typeof monitorEventLoopDelay>): Reading[] {
  const readings = ([50, 99, 100] as const).map((percent): Reading => {
    const ms = delay.percentile(percent) / 1e6 - TURN_MS;
    return {
      name: "diaspora_x_event_loop_delay_seconds",
      labels: { quantile: String(percent / 100) },
      value: Math.max(0, ms) / 1000,
    };
  });
  delay.reset();
  return readings;
}

export function readyReadings(
  parts: ReadonlyMap<string, Finding>,
  { pingSeconds, writable }: { readonly pingSeconds: number | null; readonly writable: boolean },
): Reading[] {
  return [
    ...[...parts].map(([part, { ok }]): Reading => {
      return { name: "diaspora_x_ready", labels: { part }, value: Number(ok) };
    }),
    { name: "diaspora_x_database_up", value: Number(parts.get("database")?.ok === true) },
    { name: "diaspora_x_database_writable", value: Number(writable) },
    ...(pingSeconds === null
      ? []
      : [{ name: "diaspora_x_database_ping_seconds", value: pingSeconds } as const]),
  ];
}

export function deliveryReadings(figures: DeliveryFigures): Reading[] {
  const { kind, waiting, oldest, backingOff, silent } = figures;
  const labels = { kind };
  return [
    { name: "diaspora_x_deliveries_waiting", labels, value: waiting },
    { name: "diaspora_x_deliveries_oldest_seconds", labels, value: oldest },
    { name: "diaspora_x_destinations_backing_off", labels, value: backingOff },
    ...(kind === "pod" || kind === "person"
      ? [{ name: "diaspora_x_destinations_silent", labels, value: silent } as const]
      : []),
  ];
}
