/**
 * Every metric, once: docs/metrics.md is made from this. A label has only the values that stand
 * here, so that nobody outside can make new series.
 */
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
  "other",
] as const;

export const COUNTERS = {
  diaspora_x_stanzas_received_total: {
    help: "Stanzas that came by the component stream.",
    labels: { kind: ["iq", "message", "presence", "other"] },
  },
  diaspora_x_stanzas_dropped_total: {
    help: "What a server, a client or somebody who plays one sent and was not believed.",
    labels: { reason: DROPPED },
  },
  diaspora_x_received_total: {
    help: "Messages of pods that were worked on: kept, of a kind that is not bridged, put off, refused.",
    labels: { outcome: ["kept", "unsupported", "put-off", "refused", "other"] },
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
