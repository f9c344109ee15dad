/**
 * Nodes that may hold what no event has brought, while that cannot be noted in the store: owed
 * until it can.
 */
export interface Owed<Key, Value> {
  add(key: Key, value: Value): void;
  addAll(): void;
  /** Notes them in the store; what it does not take is owed on. */
  pay(): Promise<void>;
}

export interface OwedOptions<Key, Value> {
  readonly payOne: (key: Key, value: Value) => Promise<void>;
  readonly payAll: () => Promise<void>;
  /** Of what is owed already; the newer one counts when absent. */
  readonly merge?: (before: Value, now: Value) => Value;
}

/** More than these are owed as all of them. */
const MOST = 1_000;

export function createOwed<Key, Value>({
  payOne,
  payAll,
  merge = (_, now) => now,
}: OwedOptions<Key, Value>): Owed<Key, Value> {
  const owed = new Map<Key, Value>();
  let owesAll = false;

  return {
    add(key, value) {
      const before = owed.get(key);
      owed.set(key, before === undefined ? value : merge(before, value));
      if (owed.size <= MOST) return;
      owed.clear();
      owesAll = true;
    },
    addAll() {
      owesAll = true;
    },
    async pay() {
      if (owesAll) {
        // Before it is asked for: whoever says so meanwhile is not forgotten.
        owesAll = false;
        try {
          await payAll();
        } catch (error) {
          owesAll = true;
          throw error;
        }
      }
      for (const [key, value] of owed) {
        await payOne(key, value);
        // What is owed since then stays so.
        if (owed.get(key) === value) owed.delete(key);
      }
    },
  };
}
