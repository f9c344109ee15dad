/**
 * Services that give no answer, remembered: whatever else waits for one of them would only hold a
 * place in which something for another service could be done.
 */
import { LRUCache } from "lru-cache";
import { isDxError } from "../errors/error.ts";
import { isRefusal } from "./node-answer.ts";
import { shortKey } from "./short-key.ts";

export interface Silence {
  /** Not to be asked before; null: it may be asked. */
  until(service: string): Date | null;
  /** It did not answer last time, and may be asked by one only. */
  isDoubtful(service: string): boolean;
  /** Resolves or rejects with the work, and learns from it. */
  heed<T>(service: string, work: () => Promise<T>): Promise<T>;
}

interface Record {
  readonly until: number;
  readonly waitMs: number;
}

const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;
const REMEMBERED = 10_000;

/** By a clock that never jumps. */
export function createSilence(now: () => number = () => performance.now()): Silence {
  const silent = new LRUCache<string, Record>({ max: REMEMBERED });

  function note(key: string): void {
    const before = silent.get(key);
    const waitMs = before === undefined ? FIRST_MS : Math.min(LONGEST_MS, before.waitMs * 2);
    silent.set(key, { until: now() + waitMs, waitMs });
  }

  return {
    until(service) {
      const known = silent.get(shortKey(service));
      const left = known === undefined ? 0 : known.until - now();
      return left > 0 ? new Date(Date.now() + left) : null;
    },
    isDoubtful: (service) => silent.has(shortKey(service)),
    async heed(service, work) {
      const key = shortKey(service);
      try {
        const done = await work();
        silent.delete(key);
        return done;
      } catch (error) {
        if (isSilence(error)) note(key);
        // Our own stream or store says nothing of the service.
        else if (isDxError(error, "DX_IQ_ERROR")) silent.delete(key);
        throw error;
      }
    },
  };
}

/** Nothing came back, or only its server's word that nothing does (RFC 6120 §8.3.3.16 f.). */
function isSilence(error: unknown): boolean {
  return (
    isDxError(error, "DX_IQ_TIMEOUT") ||
    ["remote-server-timeout", "remote-server-not-found"].some((condition) =>
      isRefusal(error, condition),
    )
  );
}
