/**
 * What fetching brought a moment ago, so that a message that is tried again, or the next of
 * a thousand that belong to the same post, asks for nothing a second time.
 */
import { LRUCache } from "lru-cache";
import type { Guid } from "../activitystreams/ids.ts";
import { isDxError, type DxError } from "../errors/error.ts";
import type { RelatedEntity } from "../salmon/receive/related.ts";

export interface FetchMemoryOptions {
  /** Of each kind. */
  readonly entries: number;
  /** What was had: reshares are not stored, and each of their comments asks for them. */
  readonly foundMs: number;
  /** "There is no such thing", and what is wrong with it. */
  readonly refusedMs: number;
  /** No answer. */
  readonly unreachableMs: number;
}

export const FETCH_MEMORY: FetchMemoryOptions = {
  entries: 10_000,
  foundMs: 10 * 60_000,
  refusedMs: 10 * 60_000,
  unreachableMs: 60_000,
};

export interface FetchMemory {
  /** Throws the error that it ended with. */
  recall(question: string): RelatedEntity | null;
  found(question: string, related: RelatedEntity): void;
  failed(question: string, error: unknown): void;
  /** How deep in a tree this post was fetched. */
  readonly depths: LRUCache<Guid, number>;
}

/** Of the circumstances, not of what was asked for: nothing to remember. */
const PASSING: readonly string[] = [
  "DX_FETCH_LIMIT",
  "DX_STORE_UNAVAILABLE",
  "DX_BACKLOG_FULL",
  "DX_POD_LIMIT",
];

export function isPassing(error: unknown): boolean {
  return isDxError(error) && PASSING.includes(error.code);
}

export function createFetchMemory(options: FetchMemoryOptions = FETCH_MEMORY): FetchMemory {
  const { entries: max, foundMs, refusedMs, unreachableMs } = options;
  const found = new LRUCache<string, RelatedEntity>({ max, ttl: foundMs });
  const failures = new LRUCache<string, DxError>({ max, ttl: refusedMs });
  return {
    recall(question) {
      const failure = failures.get(question);
      if (failure !== undefined) throw failure;
      return found.get(question) ?? null;
    },
    found: (question, related) => found.set(question, related),
    failed(question, error) {
      if (!isDxError(error) || isPassing(error)) return;
      failures.set(question, error, { ttl: error.retryable ? unreachableMs : refusedMs });
    },
    depths: new LRUCache<Guid, number>({ max, ttl: foundMs }),
  };
}
