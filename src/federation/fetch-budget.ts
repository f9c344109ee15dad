/**
 * Fetches of an hour: whoever names posts of a pod by the thousand makes us ask there, and must not
 * make a burden of us. Each has a share of their own at each pod, so that nobody uses up what others
 * need. What is over it is tried again later.
 */
import { LRUCache } from "lru-cache";
import { DxError } from "../errors/error.ts";

/** A large pod whose posts are reshared everywhere is asked some hundred times in a busy hour. */
export const HOURLY_FETCHES = 1_000;

export interface FetchBudget {
  /** `asker`: see FetchTree. `host`: without its port. Throws DX_FETCH_LIMIT. */
  take(asker: string | null, host: string): void;
}

const HOUR_MS = 3_600_000;
const MAX_PAIRS = 50_000;

export function createFetchBudget(
  most = HOURLY_FETCHES,
  now: () => number = () => performance.now(),
): FetchBudget {
  const pairs = new LRUCache<string, { until: number; left: number }>({ max: MAX_PAIRS });
  return {
    take(asker, host) {
      // No host has a blank in it.
      const name = `${asker ?? ""} ${host}`;
      const known = pairs.get(name);
      const hour =
        known === undefined || known.until <= now()
          ? { until: now() + HOUR_MS, left: most }
          : known;
      if (hour.left <= 0) throw new DxError("DX_FETCH_LIMIT", { detail: "too many in an hour" });
      hour.left -= 1;
      pairs.set(name, hour);
    },
  };
}
