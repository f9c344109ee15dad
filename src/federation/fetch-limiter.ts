/**
 * Fetches at once, from one host and in all; the others wait their turn. A host is in memory
 * only while something of it is under way, so that many hosts leave nothing behind.
 */
import { DxError } from "../errors/error.ts";

export interface FetchLimits {
  readonly total: number;
  readonly perHost: number;
  /** How many may wait; beyond it there is no turn. */
  readonly waiting: number;
}

export const FETCH_LIMITS: FetchLimits = { total: 32, perHost: 4, waiting: 500 };

export interface FetchLimiter {
  /**
   * Runs the work when it is its turn, if that comes before `until` (performance.now()).
   * Throws DX_FETCH_LIMIT.
   */
  run<T>(host: string, until: number, work: () => Promise<T>): Promise<T>;
}

interface Waiter {
  readonly host: string;
  readonly start: () => void;
}

export function createFetchLimiter(limits: FetchLimits = FETCH_LIMITS): FetchLimiter {
  const running = new Map<string, number>();
  const waiting: Waiter[] = [];
  let total = 0;

  const isFree = (host: string): boolean =>
    total < limits.total && (running.get(host) ?? 0) < limits.perHost;

  function take(host: string): void {
    total += 1;
    running.set(host, (running.get(host) ?? 0) + 1);
  }

  function release(host: string): void {
    total -= 1;
    const left = (running.get(host) ?? 1) - 1;
    if (left === 0) running.delete(host);
    else running.set(host, left);
    const next = waiting.findIndex((waiter) => isFree(waiter.host));
    for (const { host: its, start } of next < 0 ? [] : waiting.splice(next, 1)) {
      take(its);
      start();
    }
  }

  async function turn(host: string): Promise<void> {
    if (isFree(host)) {
      take(host);
      return;
    }
    if (waiting.length >= limits.waiting) {
      throw new DxError("DX_FETCH_LIMIT", { detail: "too many wait" });
    }
    await new Promise<void>((resolve) => {
      waiting.push({ host, start: resolve });
    });
  }

  return {
    async run(host, until, work) {
      await turn(host);
      try {
        // Whoever asked has stopped waiting by now.
        if (performance.now() >= until) throw new DxError("DX_FETCH_LIMIT", { detail: "too long" });
        return await work();
      } finally {
        release(host);
      }
    },
  };
}
