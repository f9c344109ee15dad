/** Every metric, once: docs/metrics.md and the Grafana board are made from this. */
import type { MetricEntry } from "./entry.ts";
import { FROM_PODS, FROM_XMPP, GOING_OUT } from "./flows.ts";
import { STATE } from "./state.ts";

export const METRICS = { ...STATE, ...FROM_PODS, ...FROM_XMPP, ...GOING_OUT };

export type MetricName = keyof typeof METRICS;
type NameOf<Type extends MetricEntry["type"]> = {
  [Name in MetricName]: (typeof METRICS)[Name]["type"] extends Type ? Name : never;
}[MetricName];
export type CounterName = NameOf<"counter">;
export type GaugeName = NameOf<"gauge">;
export type HistogramName = NameOf<"histogram">;

/** Each label of this metric with a value; what is no known value counts as the last. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in keyof (typeof METRICS)[Name]["labels"]]: string;
};
