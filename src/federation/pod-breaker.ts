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
  /** `retryAfterSeconds`: what it asked for itself. */
  failed(podUrl: string, next: Date, error: string, retryAfterSeconds?: number | null): void;
  /** It answered. False when that is no news. */
  answered(podUrl: string): boolean;
  /** Something came from it, or another process says so: whoever is next tries it for everybody. */
  heard(podUrl: string): void;
  /** It asked for patience, and that time is not over. */
  asksPatience(podUrl: string): boolean;
  /** It answered a POST. */
  took(podUrl: string): void;
  /** A moment ago it did: what it breaks down on now is that message. */
  tookLately(podUrl: string): boolean;
}

const PODS = 10_000;
/** As long as an answer is waited for. */
const ASKING_MS = 30_000;
const LATELY_MS = 2 * ASKING_MS;
const LOOK_AGAIN_MS = 2_000;
/** That another process has heard from it may not have come through. What the pod asked for is longer. */
const MAX_WAIT_MS = 10 * 60_000;

interface Failed {
  readonly error: string;
  /** By a clock that never jumps. */
  until: number;
  readonly patientUntil: number;
  isAsked: boolean;
}

export function createPodBreaker(now: () => number = () => performance.now()): PodBreaker {
  const pods = new LRUCache<string, Failed>({ max: PODS });
  const took = new LRUCache<string, number>({ max: PODS });
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
    failed(podUrl, next, error, retryAfterSeconds = null) {
      const patience = (retryAfterSeconds ?? 0) * 1000;
      const ms = Math.min(Math.max(MAX_WAIT_MS, patience), next.getTime() - Date.now());
      const patientUntil = now() + patience;
      pods.set(podUrl, { error, until: now() + ms, patientUntil, isAsked: false });
    },
    answered: (podUrl) => pods.delete(podUrl),
    heard(podUrl) {
      const failed = pods.get(podUrl);
      if (failed !== undefined && !failed.isAsked) failed.until = now();
    },
    asksPatience: (podUrl) => (pods.get(podUrl)?.patientUntil ?? -Infinity) > now(),
    took(podUrl) {
      took.set(podUrl, now());
    },
    tookLately: (podUrl) => now() - (took.get(podUrl) ?? -Infinity) < LATELY_MS,
  };
}
