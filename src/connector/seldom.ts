import { shortKey } from "./short-key.ts";

/** Once per key and interval, for at most so many keys; the oldest are forgotten first. */
export interface Seldom {
  allows(text: string): boolean;
}

export function createSeldom(
  limits: { readonly everyMs: number; readonly keys: number },
  now: () => number,
): Seldom {
  const last = new Map<string, number>();
  return {
    allows: (text) => {
      const key = shortKey(text);
      const before = last.get(key);
      if (before !== undefined && now() - before < limits.everyMs) return false;
      last.delete(key);
      last.set(key, now());
      for (const oldest of last.keys()) {
        if (last.size <= limits.keys) break;
        last.delete(oldest);
      }
      return true;
    },
  };
}
