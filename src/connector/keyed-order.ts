/**
 * Work in order per key, side by side across keys: one sender's retraction never overtakes
 * what it retracts, and a slow sender holds nobody else.
 */
export interface KeyedOrder {
  /** Resolves or rejects with the work; what waits behind goes on either way. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Keys with work in them. */
  readonly size: number;
}

export function createKeyedOrder(): KeyedOrder {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run: (key, work) => {
      const before = tails.get(key);
      const done = before === undefined ? work() : before.then(work, work);
      const forget = (): void => {
        if (tails.get(key) === done) tails.delete(key);
      };
      tails.set(key, done);
      done.then(forget, forget);
      return done;
    },
    get size() {
      return tails.size;
    },
  };
}
