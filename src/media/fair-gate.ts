/**
 * A gate at which no single owner takes more than half of the places and half of the queue: a
 * server that lets its pictures wait for half a minute keeps nobody from those of the others.
 */
import { createGate, type Gate } from "./gate.ts";

export type FairGate = <T>(owner: string, work: () => Promise<T>) => Promise<T>;

interface Half {
  readonly gate: Gate;
  /** Who are in it or wait for it; nobody's is forgotten. */
  users: number;
}

/** Both limits are at least 2. */
export function createFairGate(atOnce: number, maxWaiting: number): FairGate {
  const whole = createGate(atOnce, maxWaiting);
  const halves = new Map<string, Half>();

  function halfOf(owner: string): Half {
    const known = halves.get(owner);
    if (known !== undefined) return known;
    const gate = createGate(Math.floor(atOnce / 2), Math.floor(maxWaiting / 2));
    const half: Half = { gate, users: 0 };
    halves.set(owner, half);
    return half;
  }

  return async (owner, work) => {
    const half = halfOf(owner);
    half.users += 1;
    try {
      return await half.gate(() => whole(work));
    } finally {
      half.users -= 1;
      if (half.users === 0) halves.delete(owner);
    }
  };
}
