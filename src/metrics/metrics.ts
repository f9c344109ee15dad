/** What is counted, and how it is told (Prometheus' text format). */
import { Counter, Registry, collectDefaultMetrics } from "prom-client";
import { COUNTERS, type CounterEntry, type CounterName } from "./catalogue.ts";

export interface Metrics {
  /** One more. */
  count(name: CounterName, labels: Readonly<Record<string, string>>): void;
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  for (const [name, { help, labels }] of Object.entries<CounterEntry>(COUNTERS)) {
    const labelNames = Object.keys(labels);
    counters.set(name, new Counter({ name, help, labelNames, registers: [registry] }));
  }
  return {
    count(name, labels) {
      counters.get(name)?.inc(known(COUNTERS[name], labels));
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

function known(
  entry: CounterEntry,
  labels: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entry.labels).map(([label, values]) => {
      const value = labels[label] ?? "";
      return [label, values.includes(value) ? value : (values.at(-1) ?? "")];
    }),
  );
}
