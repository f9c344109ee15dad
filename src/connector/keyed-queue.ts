/** Work in order for each key, side by side for different keys, bounded for each. */
export interface KeyedQueue<Key> {
  /** False when too much waits for this key: nothing was queued. */
  add(key: Key, work: () => Promise<void>): boolean;
  /** Resolves when everything that was queued has ended. */
  idle(): Promise<void>;
}

export function createKeyedQueue<Key>(
  maxPerKey: number,
  onError: (key: Key, error: unknown) => void,
): KeyedQueue<Key> {
  const lanes = new Map<Key, { tail: Promise<void>; waiting: number }>();

  return {
    add(key, work) {
      const lane = lanes.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
      if (lane.waiting >= maxPerKey) return false;
      lane.waiting += 1;
      lane.tail = lane.tail
        .then(work)
        .catch((error: unknown) => {
          onError(key, error);
        })
        .then(() => {
          lane.waiting -= 1;
          if (lane.waiting === 0) lanes.delete(key);
        });
      lanes.set(key, lane);
      return true;
    },
    async idle() {
      await Promise.all([...lanes.values()].map((lane) => lane.tail));
    },
  };
}
