/**
 * Pods that could not be reached, for all that waits for them: one with a thousand mailboxes costs
 * one try, not a thousand. Of this process; when each destination is due again the store knows.
 */
import { LRUCache } from "lru-cache";

export interface PodWait {
  /** Somebody asks it just now: what comes of that is known in a moment. */
  readonly isAsked: boolean;
  readonly until: Date;
  readonly error: string;
}

export interface PodBreaker {
  /** null: it may be tried. The first who hears so after a failure tries it for everybody. */
  waitOf(podUrl: string): PodWait | null;
  failed(podUrl: string, next: Date, error: string): void;
  /** It answered, or something came from it. False when that is no news. */
  answered(podUrl: string): boolean;
}

const PODS = 10_000;
/** As long as an answer is waited for. */
const ASKING_MS = 30_000;
const LOOK_AGAIN_MS = 2_000;
/** That another process has heard from it may not have come through. */
const MAX_WAIT_MS = 10 * 60_000;

interface Failed {
  readonly error: string;
  /** By a clock that never jumps. */
  until: number;
  isAsked: boolean;
}

export function createPodBreaker(now: () => number = () => performance.now()): PodBreaker {
  const pods = new LRUCache<string, Failed>({ max: PODS });
  return {
    waitOf(podUrl) {
      const failed = pods.get(podUrl);
      if (failed === undefined) return null;
      const left = failed.until - now();
      if (left <= 0) {
        failed.until = now() + ASKING_MS;
        failed.isAsked = true;
        return null;
      }
      const { error, isAsked } = failed;
      const ms = isAsked ? Math.min(left, LOOK_AGAIN_MS) : left;
      return { isAsked, until: new Date(Date.now() + ms), error };
    },
    failed(podUrl, next, error) {
      const ms = Math.min(MAX_WAIT_MS, next.getTime() - Date.now());
      pods.set(podUrl, { error, until: now() + ms, isAsked: false });
    },
    answered: (podUrl) => pods.delete(podUrl),
  };
}
