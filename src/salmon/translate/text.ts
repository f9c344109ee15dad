/**
 * Text as it may travel: LF only, no outer white space, nothing that XML forbids
 * (diaspora-protocol.md §5, text traps: pods and Friendica strip and normalise what they
 * store, and a signature over anything else breaks on the next hop).
 */
import { stripIllegal } from "../../xml/serialise.ts";
import { fits } from "../entities/rules.ts";

/** §3: code points, of a subject, a question, an answer, a summary, a place … */
export const MAX_TITLE = 255;

export function normalText(text: string): string {
  return stripIllegal(text.replace(/\r\n?/g, "\n")).trim();
}

/** null, the entities' nil, where nothing is left of it. */
export function textOrNull(text: string | null | undefined): string | null {
  const normal = normalText(text ?? "");
  return normal === "" ? null : normal;
}

/** Far enough back for the longest emoji sequences. */
const CLUSTER_WINDOW = 64;

function atGrapheme(text: string): string {
  const from = Math.max(0, text.length - CLUSTER_WINDOW);
  const segments = [...new Intl.Segmenter("und").segment(text.slice(from))];
  // The last cluster may have been cut in two, so it goes.
  const last = segments.at(-1);
  return last === undefined || segments.length === 1 ? text : text.slice(0, from + last.index);
}

/**
 * Normal, and cut at a grapheme where it is longer than `limit` code points, so that no
 * validator refuses it; with a link to the whole where there is one.
 */
export function fitText(text: string, limit: number, url?: string): string {
  const normal = normalText(text);
  if (fits(normal, limit)) return normal;
  const end = url === undefined ? "…" : `…\n\n${url}`;
  const room = limit - [...end].length;
  const points = [...normal].slice(0, room).join("");
  return atGrapheme(points).trimEnd() + end;
}

/** §3: `;` separates names in a mention, so no validator takes it inside one. */
export function fitName(name: string, limit: number): string {
  return fitText(name.replace(/[;\s]+/gu, " "), limit);
}
