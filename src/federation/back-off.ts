/**
 * When to try again. The first two tries come soon, for a pod that is being restarted; then as
 * diaspora* does it (app/workers/send_base.rb): after failure n wait (n + 3)^4 seconds and some
 * jitter, about 4, 10, 22, 40, 68, 109, 167, 244, 346 minutes, some 17 hours in all.
 */
const SOON_SECONDS: readonly number[] = [5, 60];
export const MAX_ATTEMPTS = SOON_SECONDS.length + 10;
/** Who follows whom must come through in the end: some 13 days. */
export const MAX_CONTACT_ATTEMPTS = SOON_SECONDS.length + 20;
/** For what will hardly change. */
export const FEW_ATTEMPTS = SOON_SECONDS.length + 1;
const JITTER_SECONDS = 30;
const LONGEST_SECONDS = 24 * 3600;

/** Seconds to wait after `failures` failures in a row (1 for the first). `random` in [0, 1). */
export function backOffSeconds(failures: number, random: number): number {
  const soon = SOON_SECONDS[failures - 1];
  if (soon !== undefined) return soon * (1 + random / 5);
  const n = failures - SOON_SECONDS.length;
  return (n + 3) ** 4 + random * JITTER_SECONDS * (n + 1);
}

/** When one message is tried again that its pod has refused. Between the last tries are days. */
export function messageTime(failures: number): Date {
  return new Date(Date.now() + backOffSeconds(failures, Math.random()) * 1000);
}

/**
 * When a pod is tried again: once a day at least. What it asked for (Retry-After) counts: it is
 * alive and knows best, but a pod that always asks for a second is not asked again each second.
 */
export function retryTime(failures: number, retryAfterSeconds: number | null = null): Date {
  const own = backOffSeconds(failures, Math.random());
  const wait =
    retryAfterSeconds === null ? own : Math.max(retryAfterSeconds, Math.min(own, 2 ** failures));
  return new Date(Date.now() + Math.min(LONGEST_SECONDS, wait) * 1000);
}
