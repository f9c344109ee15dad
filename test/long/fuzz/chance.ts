/** Chance that can be repeated: each iteration has its own, by the seed and its number. */
import { seededRandom } from "../../support/e2e-random.ts";

export interface Chance {
  /** A whole number from 0 up to, but not including, this one. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
  /** True in this share of cases. */
  often(share: number): boolean;
}

export function chanceOf(seed: number, iteration: number): Chance {
  const random = seededRandom((seed ^ Math.imul(iteration + 1, 0x9e3779b1)) >>> 0);
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    below,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new RangeError("nothing to pick from");
      return item;
    },
    often: (share) => random() < share,
  };
}

/** A stretch of the text, empty ones too; short more often than long. */
export function stretch(length: number, chance: Chance): readonly [from: number, to: number] {
  const from = chance.below(length + 1);
  const most = chance.often(0.7) ? Math.min(16, length - from) : length - from;
  return [from, from + chance.below(most + 1)];
}
