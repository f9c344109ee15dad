/**
 * Discovery of many at once: a person who is being looked up is not looked up a second
 * time, and who was not found is not asked for again at once (a message that names an
 * unknown person may come a thousand times). Who was found is kept by the store.
 */
import { LRUCache } from "lru-cache";
import { hostOf, type DiasporaId } from "../activitystreams/ids.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { DxError, isDxError } from "../errors/error.ts";

/** Looks a person up, or throws a DxError. */
export type Discover = (id: DiasporaId) => Promise<RemotePerson>;

export interface DiscoveryCacheOptions {
  /** How long a failure is remembered. Default 60 s: shorter than any retry of the inbox. */
  readonly failureMs?: number;
  /** How many failures are remembered. Default 10,000. */
  readonly maxFailures?: number;
  /** Lookups at once; others wait for none and fail with a retryable error. Default 200. */
  readonly maxPending?: number;
  /**
   * Of people of one host: anybody's message can name as many as it likes there. Default 20, as
   * many as are looked up for one batch of the inbox.
   */
  readonly maxPerHost?: number;
}

export function cachedDiscovery(discover: Discover, options: DiscoveryCacheOptions = {}): Discover {
  const pending = new Map<DiasporaId, Promise<RemotePerson>>();
  const maxPending = options.maxPending ?? 200;
  const maxPerHost = options.maxPerHost ?? 20;
  const isFull = (host: string): boolean =>
    pending.size >= maxPending ||
    [...pending.keys()].filter((id) => hostOf(id) === host).length >= maxPerHost;
  const failures = new LRUCache<DiasporaId, DxError>({
    max: options.maxFailures ?? 10_000,
    ttl: options.failureMs ?? 60_000,
  });
  const start = async (id: DiasporaId): Promise<RemotePerson> => {
    try {
      return await discover(id);
    } catch (error) {
      if (isDxError(error)) failures.set(id, error);
      throw error;
    } finally {
      pending.delete(id);
    }
  };
  return (id) => {
    const failed = failures.get(id);
    if (failed !== undefined) return Promise.reject(failed);
    const running = pending.get(id);
    if (running !== undefined) return running;
    if (isFull(hostOf(id))) {
      return Promise.reject(new DxError("DX_HTTP_TIMEOUT", { detail: "too many lookups at once" }));
    }
    const lookup = start(id);
    pending.set(id, lookup);
    return lookup;
  };
}
