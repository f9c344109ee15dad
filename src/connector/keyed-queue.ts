/** Work in order for each key, side by side for different keys, bounded for each and in all. */
import { createKeyedOrder } from "./keyed-order.ts";

export interface KeyedQueue<Key extends string> {
  /** False when too much waits, for this key or in all: nothing was queued. */
  add(key: Key, work: () => Promise<void>, bytes?: number): boolean;
  /** Resolves when everything that was queued has ended. */
  idle(): Promise<void>;
}

export function createKeyedQueue<Key extends string>(
  limits: {
    readonly perKey: number;
    /** What all that waits may hold in memory, as whoever adds it measures that. */
    readonly bytes?: number;
  },
  onError: (key: Key, error: unknown) => void,
): KeyedQueue<Key> {
  const order = createKeyedOrder();
  const waiting = new Map<Key, number>();
  const ends = new Set<Promise<void>>();
  const maxBytes = limits.bytes ?? Number.POSITIVE_INFINITY;
  let held = 0;

  async function run(key: Key, work: () => Promise<void>, bytes: number): Promise<void> {
    try {
      await order.run(key, work);
    } catch (error) {
      onError(key, error);
    }
    held -= bytes;
    const left = (waiting.get(key) ?? 1) - 1;
    if (left === 0) waiting.delete(key);
    else waiting.set(key, left);
  }

  return {
    add(key, work, bytes = 0) {
      const before = waiting.get(key) ?? 0;
      if (before >= limits.perKey || held + bytes > maxBytes) return false;
      waiting.set(key, before + 1);
      held += bytes;
      const end = run(key, work, bytes);
      ends.add(end);
      void end.finally(() => ends.delete(end));
      return true;
    },
    async idle() {
      await Promise.all(ends);
    },
  };
}
