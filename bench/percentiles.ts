/** Percentiles of a measurement, by the nearest rank: a value that was really seen. */

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return sorted[rank - 1] ?? Number.NaN;
}

/** `name  n 500  p50 1.2 ms  p90 …`, in columns. */
export function latencyLine(name: string, values: readonly number[]): string {
  const columns = [50, 90, 99].map(
    (percent) => `p${String(percent)} ${percentile(values, percent).toFixed(1).padStart(6)} ms`,
  );
  const worst = `max ${percentile(values, 100).toFixed(1).padStart(6)} ms`;
  return [name.padEnd(44), `n ${String(values.length).padStart(4)}`, ...columns, worst].join("  ");
}
