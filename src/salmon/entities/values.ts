/**
 * The scalar types of entity properties as text (diaspora-protocol.md §3): what the gem
 * reads, and the one form in which everything is written. null is "no such value".
 */

const TRUE = /^(?:true|t|yes|y|1)$/iu;
const FALSE = /^(?:false|f|no|n|0)$/iu;

/** Untrimmed: `"true "` is no boolean. */
export function parseBoolean(text: string): boolean | null {
  if (TRUE.test(text)) return true;
  return FALSE.test(text) ? false : null;
}

export function parseInteger(text: string): number | null {
  return /^[0-9]+$/.test(text) ? Number(text) : null;
}

const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})(\d{2})(\d{2})`;
const TIME = String.raw`(\d{1,2}):?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?`;
const ZONE = String.raw`(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)`;
const TIMESTAMP = new RegExp(String.raw`^\s*(?:${DATE})(?:[T\s]\s*${TIME}\s*${ZONE}?)?\s*$`, "i");

function offsetMinutes(zone: string | undefined): number {
  const match = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? "");
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3] ?? 0);
  return match[1] === "-" ? -minutes : minutes;
}

interface Fields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

// Ruby's Time.parse lets a day or a second run over into the next month or minute (30
// February is 1 March), but not a month, and of the hour 24 it knows only the first second.
function inRange({ month, day, hour, minute, second }: Fields): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return hour === 24 ? minute + second === 0 : hour < 24 && minute <= 59 && second <= 60;
}

/** What can be written with four digits; a zone may have moved it out of that. */
function isYear(year: number): boolean {
  return year >= 0 && year <= 9999;
}

/**
 * The part of Ruby's `Time.parse` that peers write: ISO 8601 extended and basic, and the
 * `2016-02-20 03:43:10 UTC` of old pods. Without a zone it is UTC.
 */
export function parseTimestamp(text: string): Date | null {
  const match = text.length > 64 ? null : TIMESTAMP.exec(text);
  if (match === null) return null;
  const at = (index: number): number => Number(match[index] ?? 0);
  const fields: Fields = {
    year: at(1) + at(4),
    month: at(2) + at(5),
    day: at(3) + at(6),
    hour: at(7),
    minute: at(8),
    second: at(9),
  };
  const offset = offsetMinutes(match[11]);
  if (!inRange(fields) || Math.abs(offset) >= 24 * 60) return null;
  // Date.UTC takes the years 0–99 for 1900–1999; the setters do not.
  const time = new Date(0);
  time.setUTCFullYear(fields.year, fields.month - 1, fields.day);
  const fraction = Number((match[10] ?? "").padEnd(3, "0").slice(0, 3));
  time.setUTCHours(fields.hour, fields.minute - offset, fields.second, fraction);
  return isYear(time.getUTCFullYear()) ? time : null;
}

/** UTC, whole seconds: the only form that the Python library reads. */
export function formatTimestamp(time: Date): string {
  return `${time.toISOString().slice(0, -5)}Z`;
}
