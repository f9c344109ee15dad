/** The Retry-After header (RFC 9110 §10.2.3): seconds, or an HTTP date. */

/** A peer may ask for patience, not for oblivion. */
export const MAX_RETRY_AFTER_SECONDS = 24 * 60 * 60;

/** null where there is no header, or none that can be read. */
export function retryAfterSeconds(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (/^\d{1,12}$/.test(text)) return Math.min(Number(text), MAX_RETRY_AFTER_SECONDS);
  // Only the date forms of HTTP: Date.parse would take "1" or "-5" for a year.
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return null;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return null;
  return Math.min(Math.max(Math.ceil((at - nowMs) / 1000), 0), MAX_RETRY_AFTER_SECONDS);
}
