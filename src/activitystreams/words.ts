/** Cutting texts where a reader would. Lengths are code points: `.length` counts UTF-16 units. */

/** diaspora*: the most that a post, comment or message may have. */
export const MAX_TEXT = 65_535;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * At most `limit` code points, cut between graphemes; unchanged when it is short enough. One that
 * is longer than the limit by itself is cut inside.
 */
export function cutText(text: string, limit: number): string {
  if (text.length <= limit) return text;
  if (codePoints(text) <= limit) return text;
  let kept = "";
  let count = 0;
  for (const { segment } of graphemes.segment(text)) {
    const size = codePoints(segment);
    if (size > limit) return kept + [...segment].slice(0, limit - count).join("");
    if (count + size > limit) break;
    kept += segment;
    count += size;
  }
  return kept;
}

/** With `…` and `suffix` where something had to go. */
export function cutWithSuffix(text: string, limit: number, suffix: string): string {
  if (codePoints(text) <= limit) return text;
  return `${cutText(text, limit - codePoints(suffix) - 1).trimEnd()}…${suffix}`;
}

/** The first line that says something, without Markdown's heading marks. */
export function firstLine(text: string, limit: number): string {
  const line = text
    .split("\n")
    .map((part) => part.replace(/^#{1,6}\s+/, "").trim())
    .find((part) => part !== "");
  return cutWithSuffix(line ?? "", limit, "");
}
