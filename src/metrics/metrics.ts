/** What is counted and measured, and how it is told (Prometheus' text format). */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
} from "./catalogue.ts";
import type { MetricEntry } from "./entry.ts";

export interface Reading {
  readonly name: GaugeName;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Asked for each reading of the figures. What it cannot say now it leaves out. */
export type Source = () => readonly Reading[] | Promise<readonly Reading[]>;

export interface Metrics {
  count<Name extends CounterName>(name: Name, labels: LabelsOf<Name>, by?: number): void;
  observe<Name extends HistogramName>(name: Name, labels: LabelsOf<Name>, seconds: number): void;
  /** Where gauges stand. */
  read(source: Source): void;
  text(): Promise<string>;
  readonly contentType: string;
}

/** Who asks waits no longer, whatever hangs. */
const ANSWER_MS = 900;

type Values = Readonly<Record<string, string>>;
type Closed = (labels: Values) => Record<string, string>;
interface Told<Metric> {
  readonly metric: Metric;
  readonly closed: Closed;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { counters, gauges, histograms } = register(registry);
  const sources: Source[] = [];
  let asking: Promise<string> | null = null;

  async function text(): Promise<string> {
    const found = await Promise.all(sources.map((source) => within(source)));
    // What nobody says any more is not told: an old figure would be taken for one of now.
    for (const { metric } of gauges.values()) forget(metric);
    for (const { name, labels = {}, value } of found.flat()) {
      const gauge = gauges.get(name);
      gauge?.metric.set(gauge.closed(labels), value);
    }
    return await registry.metrics();
  }

  return {
    count(name, labels, by = 1) {
      const counter = counters.get(name);
      counter?.metric.inc(counter.closed(labels), by);
    },
    observe(name, labels, seconds) {
      const histogram = histograms.get(name);
      histogram?.metric.observe(histogram.closed(labels), Math.max(0, seconds));
    },
    read(source) {
      sources.push(source);
    },
    // Two who ask at once get one answer: the gauges are emptied in between.
    text: () =>
      (asking ??= text().finally(() => {
        asking = null;
      })),
    contentType: registry.contentType,
  };
}

function register(registry: Registry) {
  const counters = new Map<string, Told<Counter>>();
  const gauges = new Map<string, Told<Gauge>>();
  const histograms = new Map<string, Told<Histogram>>();
  for (const [name, entry] of Object.entries<MetricEntry>(METRICS)) {
    const { help, labels, buckets = [] } = entry;
    const base = { name, help, labelNames: Object.keys(labels), registers: [registry] };
    const closed = closedTo(labels);
    if (entry.type === "counter") counters.set(name, { metric: new Counter(base), closed });
    else if (entry.type === "gauge") gauges.set(name, { metric: new Gauge(base), closed });
    else {
      const metric = new Histogram({ ...base, buckets: [...buckets] });
      histograms.set(name, { metric, closed });
    }
  }
  return { counters, gauges, histograms };
}

function closedTo(labels: MetricEntry["labels"]): Closed {
  const known = Object.entries(labels).map(
    ([label, values]) => [label, new Set(values), values.at(-1)] as const,
  );
  return (given) => {
    const closed: Record<string, string> = {};
    for (const [label, values, last] of known) {
      const value = given[label] ?? "";
      closed[label] = last === undefined || values.has(value) ? value : last;
    }
    return closed;
  };
}

async function within(source: Source): Promise<readonly Reading[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Reading[]>((resolve) => {
    timer = setTimeout(() => {
      resolve([]);
    }, ANSWER_MS);
  });
  // In a promise: a source that throws at once is one that says nothing, too.
  const said = (async () => source())().catch(() => []);
  const readings = await Promise.race([said, late]);
  clearTimeout(timer);
  return readings;
}

function forget(gauge: Gauge): void {
  gauge.reset();
  // prom-client sets one without labels to 0.
  gauge.remove({});
}
