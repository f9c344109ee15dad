/**
 * When to try again, as diaspora* does it (app/workers/send_base.rb): after failure n wait
 * (n + 3)^4 seconds and some jitter, about 4, 10, 22, 40, 68, 109, 167, 244, 346 minutes.
 */
export const MAX_ATTEMPTS = 10;
const JITTER_SECONDS = 30;
const LONGEST_SECONDS = 24 * 3600;

/** Seconds to wait after `failures` failures in a row (1 for the first). `random` in [0, 1). */
export function backOffSeconds(failures: number, random: number): number {
  const wait = (failures + 3) ** 4 + random * JITTER_SECONDS * (failures + 1);
  return Math.min(LONGEST_SECONDS, wait);
}

export function retryTime(failures: number, retryAfterSeconds: number | null = null): Date {
  const own = backOffSeconds(failures, Math.random());
  const wait = Math.min(LONGEST_SECONDS, Math.max(own, retryAfterSeconds ?? 0));
  return new Date(Date.now() + wait * 1000);
}
