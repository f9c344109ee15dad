/**
 * Fetches of an hour, of one pod and in all: whoever names posts of a pod by the thousand makes us
 * ask there, and must not make a burden of us. What is over it is tried again later.
 */
import { LRUCache } from "lru-cache";
import { DxError } from "../errors/error.ts";

export interface HourlyFetches {
  readonly perHost: number;
  readonly total: number;
}

/** A large pod whose posts are reshared everywhere is asked some hundred times in a busy hour. */
export const HOURLY_FETCHES: HourlyFetches = { perHost: 1_000, total: 20_000 };

export interface FetchBudget {
  /** Throws DX_FETCH_LIMIT. */
  take(host: string): void;
}

const HOUR_MS = 3_600_000;
const MAX_HOSTS = 10_000;
const ALL = "";

export function createFetchBudget(
  { perHost, total }: HourlyFetches = HOURLY_FETCHES,
  now: () => number = () => performance.now(),
): FetchBudget {
  const hosts = new LRUCache<string, { until: number; left: number }>({ max: MAX_HOSTS });

  function take(name: string, most: number): void {
    const known = hosts.get(name);
    const hour =
      known === undefined || known.until <= now() ? { until: now() + HOUR_MS, left: most } : known;
    if (hour.left <= 0) throw new DxError("DX_FETCH_LIMIT", { detail: "too many in an hour" });
    hour.left -= 1;
    hosts.set(name, hour);
  }

  return {
    take(host) {
      take(host, perHost);
      take(ALL, total);
    },
  };
}
