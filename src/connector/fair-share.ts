/**
 * Work of many at a bound: so much at once for each key, and for all of them together. Whose turn
 * it is goes round, so that whoever has much to be done waits for themselves.
 */
export interface FairShare {
  /** Resolves or rejects with the work. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

interface Lane {
  running: number;
  readonly waiting: (() => void)[];
}

export function createFairShare(limits: {
  readonly all: number;
  readonly perKey: number;
}): FairShare {
  // In the order of their turns; only of those who have something to be done.
  const lanes = new Map<string, Lane>();
  let running = 0;

  function begin(key: string, lane: Lane): void {
    const start = lane.waiting.shift();
    if (start === undefined) return;
    lane.running += 1;
    running += 1;
    // Its next turn comes after everybody else's.
    lanes.delete(key);
    lanes.set(key, lane);
    start();
  }

  function next(): void {
    for (const [key, lane] of lanes) {
      if (running >= limits.all) return;
      if (lane.running >= limits.perKey || lane.waiting.length === 0) continue;
      begin(key, lane);
      return;
    }
  }

  function enter(key: string): Promise<void> {
    const lane = lanes.get(key) ?? { running: 0, waiting: [] };
    lanes.set(key, lane);
    return new Promise((start) => {
      lane.waiting.push(start);
      if (running < limits.all && lane.running < limits.perKey) begin(key, lane);
    });
  }

  function leave(key: string): void {
    running -= 1;
    const lane = lanes.get(key);
    if (lane === undefined) return;
    lane.running -= 1;
    if (lane.running === 0 && lane.waiting.length === 0) lanes.delete(key);
    next();
  }

  return {
    run: async (key, work) => {
      await enter(key);
      try {
        return await work();
      } finally {
        leave(key);
      }
    },
  };
}
