/**
 * So much in an hour for each name: a bucket that is full at first and fills up evenly. Only so
 * many names are remembered; who is forgotten begins with a full one.
 */
export interface Allowance {
  /** False when there is nothing left for now. */
  take(name: string): boolean;
  /** Nothing is left; nothing is taken. */
  isOver(name: string): boolean;
}

const NAMES = 10_000;
const HOUR_MS = 3_600_000;

/** By a clock that never jumps. */
export function createAllowance(
  /** As a function where it may change. */
  perHour: number | (() => number),
  now: () => number = () => performance.now(),
): Allowance {
  const most = typeof perHour === "function" ? perHour : () => perHour;
  const spent = new Map<string, { used: number; at: number }>();

  /** What is still missing from a full bucket. */
  function usedBy(name: string): number {
    const known = spent.get(name);
    if (known === undefined) return 0;
    return Math.max(0, known.used - ((now() - known.at) * most()) / HOUR_MS);
  }

  return {
    take(name) {
      const used = usedBy(name);
      if (used + 1 > most()) return false;
      spent.delete(name);
      spent.set(name, { used: used + 1, at: now() });
      const [oldest] = spent.keys();
      if (spent.size > NAMES && oldest !== undefined) spent.delete(oldest);
      return true;
    },
    isOver: (name) => usedBy(name) + 1 > most(),
  };
}
