/** Dates of entries (RFC 4287 §3.3, XEP-0082). */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/i;

/** RFC 4287 §3.3: an RFC 3339 date-time; anything else is no date. */
export function readDate(text: string | undefined): Date | null {
  const trimmed = text?.trim() ?? "";
  if (!RFC_3339.test(trimmed)) return null;
  const date = new Date(trimmed);
  return Number.isNaN(date.getTime()) ? null : date;
}
