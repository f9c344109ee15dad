/**
 * Every metric, once: docs/metrics.md is made from this. A label has only the values that stand
 * here, so that nobody outside can make new series.
 */
import { ERRORS } from "../errors/registry.ts";

export interface CounterEntry {
  readonly help: string;
  /** Label → its values; a value that is not among them counts as the last. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

const DROPPED = [
  "no-event",
  "other-node",
  "stranger",
  "full-jid",
  "wrapped",
  "unverified",
  "overwritten",
  "too-many",
  "address",
  "nobody",
  "refused",
  "crowded",
  "too-fast",
  "unasked",
  "too-big",
  "suspended",
  "other",
] as const;

/** Those that this daemon answers with. */
const CONDITIONS = [
  ...new Set(Object.values(ERRORS).map(({ stanza: [, condition] }): string => condition)),
  "other",
];

export const COUNTERS = {
  diaspora_x_stanzas_received_total: {
    help: "Stanzas that came by the component stream.",
    labels: { kind: ["iq", "message", "presence", "other"] },
  },
  diaspora_x_stanzas_dropped_total: {
    help: "What a server, a client or somebody who plays one sent and was not believed.",
    labels: { reason: DROPPED },
  },
  diaspora_x_requests_refused_total: {
    help: "Questions (IQs) that were answered with an error, by its condition (RFC 6120 §8.3.3).",
    labels: { condition: CONDITIONS },
  },
  diaspora_x_received_total: {
    help: "Messages of pods that were worked on: kept, of a kind that is not bridged, put off, refused; orphans belong to something that did not come within a day.",
    labels: { outcome: ["kept", "unsupported", "put-off", "refused", "orphan", "other"] },
  },
  diaspora_x_published_total: {
    help: "Items of people's own nodes by what became of them.",
    labels: {
      outcome: [
        "published",
        "changed",
        "shared",
        "withheld",
        "before",
        "known",
        "empty",
        "unknown",
        "other",
      ],
    },
  },
} as const satisfies Record<string, CounterEntry>;

export type CounterName = keyof typeof COUNTERS;
