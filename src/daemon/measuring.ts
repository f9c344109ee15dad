/**
 * The stages of both flows are counted and timed at the ports of the rooms: the rooms themselves
 * know of no metrics. Times are taken by a clock that never jumps; how long something had waited
 * before, the database's clock says.
 */
import { isDxError } from "../errors/error.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** When something began, by performance.now(), that is so many seconds old. */
export function began(secondsAgo = 0): number {
  return performance.now() - secondsAgo * 1000;
}

export function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

export function codeOf(error: unknown): string {
  return isDxError(error) ? error.code : "other";
}

/** Statuses that say something of their own, and the hundred that the others are of. */
export function answerOf(status: number, own: readonly number[]): string {
  return own.includes(status) ? String(status) : `${String(Math.floor(status / 100))}xx`;
}

/** Work with a private key: how long it took, and how much of it there is now. */
export function measuredKeys(metrics: Metrics) {
  const now = { decrypt: 0, sign: 0 };
  metrics.read(() =>
    (["decrypt", "sign"] as const).map((operation) => ({
      name: "diaspora_x_key_operations",
      labels: { operation },
      value: now[operation],
    })),
  );
  return <A extends unknown[], R>(
      operation: "decrypt" | "sign",
      work: (...given: A) => Promise<R>,
    ): ((...given: A) => Promise<R>) =>
    async (...given) => {
      const start = began();
      now[operation] += 1;
      try {
        return await work(...given);
      } finally {
        now[operation] -= 1;
        metrics.observe("diaspora_x_key_operation_seconds", { operation }, secondsSince(start));
      }
    };
}
