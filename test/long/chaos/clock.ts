/** Time in which this machine ran: one that was suspended for a while has missed nothing. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Clock {
  now(): number;
  until(at: number): Promise<void>;
}

const TICK_MS = 100;
/** More than a tick can be late on a busy machine. */
const MOST_MS = 2_000;

export function startClock(): Clock {
  let elapsed = 0;
  let last = performance.now();
  const now = (): number => {
    const real = performance.now();
    elapsed += Math.min(MOST_MS, real - last);
    last = real;
    return elapsed;
  };
  setInterval(now, TICK_MS).unref();
  return {
    now,
    until: async (at) => {
      while (now() < at) await sleep(Math.min(TICK_MS, Math.max(1, at - now())));
    },
  };
}
