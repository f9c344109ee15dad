/** Work in order for each key, side by side for different keys, bounded for each. */
import { createKeyedOrder } from "./keyed-order.ts";

export interface KeyedQueue<Key extends string> {
  /** False when too much waits for this key: nothing was queued. */
  add(key: Key, work: () => Promise<void>): boolean;
  /** Resolves when everything that was queued has ended. */
  idle(): Promise<void>;
}

export function createKeyedQueue<Key extends string>(
  maxPerKey: number,
  onError: (key: Key, error: unknown) => void,
): KeyedQueue<Key> {
  const order = createKeyedOrder();
  const waiting = new Map<Key, number>();
  const ends = new Set<Promise<void>>();

  async function run(key: Key, work: () => Promise<void>): Promise<void> {
    try {
      await order.run(key, work);
    } catch (error) {
      onError(key, error);
    }
    const left = (waiting.get(key) ?? 1) - 1;
    if (left === 0) waiting.delete(key);
    else waiting.set(key, left);
  }

  return {
    add(key, work) {
      const before = waiting.get(key) ?? 0;
      if (before >= maxPerKey) return false;
      waiting.set(key, before + 1);
      const end = run(key, work);
      ends.add(end);
      void end.finally(() => ends.delete(end));
      return true;
    },
    async idle() {
      await Promise.all(ends);
    },
  };
}
