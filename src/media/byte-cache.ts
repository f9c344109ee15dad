/**
 * Values that cost much to make, kept up to so many bytes, the least used ones dropped first.
 * Whoever asks for one that is being made waits for that one; what failed a moment ago fails
 * again without being tried.
 */
import { LRUCache } from "lru-cache";
import { isDxError, type DxError } from "../errors/error.ts";

export interface ByteCache<Value> {
  get(key: string, make: () => Promise<Value>): Promise<Value>;
}

export interface ByteCacheOptions<Value> {
  readonly maxBytes: number;
  readonly bytesOf: (value: Value) => number;
  readonly failureMs: number;
}

const MAX_FAILURES = 1_000;
/** Of an entry beside its value, about. */
const OVERHEAD_BYTES = 200;

export function createByteCache<Value extends object>(
  options: ByteCacheOptions<Value>,
): ByteCache<Value> {
  const values = new LRUCache<string, Value>({
    maxSize: options.maxBytes,
    sizeCalculation: (value) => options.bytesOf(value) + OVERHEAD_BYTES,
  });
  const failures = new LRUCache<string, DxError>({ max: MAX_FAILURES, ttl: options.failureMs });
  const underWay = new Map<string, Promise<Value>>();

  async function made(key: string, make: () => Promise<Value>): Promise<Value> {
    try {
      const value = await make();
      values.set(key, value);
      return value;
    } catch (error) {
      // That too much was asked for at once says nothing about this one.
      if (isDxError(error) && !isDxError(error, "DX_MEDIA_BUSY")) failures.set(key, error);
      throw error;
    } finally {
      underWay.delete(key);
    }
  }

  return {
    async get(key, make) {
      const failure = failures.get(key);
      if (failure !== undefined) throw failure;
      const known = values.get(key) ?? underWay.get(key);
      if (known !== undefined) return await known;
      const running = made(key, make);
      underWay.set(key, running);
      return await running;
    },
  };
}
