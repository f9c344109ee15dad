/**
 * What stands in a body for clients that know no replies: marked as such (XEP-0428), or a
 * quotation as people write it (XEP-0393 §5.1.3).
 */
import { child, childrenNamed, type XmlElement } from "../xml/element.ts";
import { NS_FALLBACK } from "./chat-namespaces.ts";

/** One is what clients write. */
const MAX_RANGES = 10;

/** XEP-0428 §3: each `<body/>` names code points (XEP-0426); without numbers it is all of it. */
export function withoutFallback(message: XmlElement, body: string, ns: string): string {
  const ranges = childrenNamed(message, "fallback", NS_FALLBACK)
    .filter((fallback) => fallback.attrs["for"] === ns)
    .map((fallback) => child(fallback, "body"))
    .filter((range) => range !== undefined)
    .slice(0, MAX_RANGES);
  if (ranges.length === 0) return body;
  const points = [...body];
  const dropped = new Uint8Array(points.length);
  for (const { attrs } of ranges) {
    const start = numberOf(attrs["start"], 0);
    dropped.fill(1, start, numberOf(attrs["end"], points.length));
  }
  return points.filter((_, index) => dropped[index] === 0).join("");
}

function numberOf(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}

export interface Quotation {
  readonly quoted: string;
  readonly words: string;
}

/** Quoted lines at the head with words below them; null where there are none, or only such. */
export function splitQuotation(body: string): Quotation | null {
  const lines = body.split("\n");
  const end = lines.findIndex((line) => !/^\s*>/u.test(line));
  if (end < 1) return null;
  const words = lines.slice(end).join("\n").trim();
  const quoted = lines.slice(0, end).map((line) => line.replace(/^\s*> ?/u, ""));
  // What the quoted message quotes itself is not what is answered.
  const own = quoted.filter((line) => !/^\s*>/u.test(line));
  return words === "" ? null : { quoted: own.join("\n"), words };
}

/** So much of the beginning of a text that no two have it by chance. */
const MIN_QUOTED = 24;

/**
 * The first of these texts that the quotation is of: all of it, or a long beginning. A part of one
 * is no proof: the same words may stand in a private message, whose answer would become public.
 */
export function quotedIn<T extends { readonly text: string }>(
  quoted: string,
  candidates: readonly T[],
): T | null {
  const wanted = plain(quoted);
  if (wanted === "") return null;
  const found = (is: (text: string) => boolean): T | null =>
    candidates.find(({ text }) => is(plain(text))) ?? null;
  const whole = found((text) => text === wanted);
  if (whole !== null || wanted.length < MIN_QUOTED) return whole;
  return found((text) => text.startsWith(wanted));
}

/** The first of these texts that the quotation could be of: wherever in it, or it among others. */
export function quotedFromAnywhere<T extends { readonly text: string }>(
  quoted: string,
  candidates: readonly T[],
): T | null {
  const wanted = plain(quoted);
  if (wanted === "") return null;
  const couldBe = (text: string): boolean =>
    text.includes(wanted) || (text.length >= MIN_QUOTED && wanted.includes(text));
  return candidates.find(({ text }) => couldBe(plain(text))) ?? null;
}

/** Clients wrap and shorten what they quote, and some show marks as what they mean. */
function plain(text: string): string {
  return text
    .replace(/[*_~`]/g, "")
    .replace(/\s+/gu, " ")
    .trim()
    .replace(/(?:…|\.\.\.)$/u, "")
    .toLowerCase();
}
