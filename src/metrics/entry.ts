/** What the catalogue says of a metric. */
export interface MetricEntry {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /**
   * Label → its values; a value that is not among them counts as the last. With an empty list it
   * is the daemon's own word about itself, of which there is one.
   */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** Upper bounds, of a histogram. */
  readonly buckets?: readonly number[];
  /** It is read from the database: each process that shares one tells the same. */
  readonly shared?: true;
}

export type Section = Readonly<Record<string, MetricEntry>>;

/** Seconds, of what is done while somebody waits for it. */
export const QUICK: readonly number[] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

/** Seconds, of a way from one network towards the other: a pod may be away for days. */
export const LONG: readonly number[] = [
  0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000, 3_600, 21_600, 86_400,
];
