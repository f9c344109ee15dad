/**
 * Text as it may travel: LF only, no outer white space, nothing that XML forbids
 * (diaspora-protocol.md §5, text traps: pods and Friendica strip and normalise what they
 * store, and a signature over anything else breaks on the next hop).
 */
import { stripIllegal } from "../../xml/serialise.ts";
import { fits } from "../entities/rules.ts";

/** §3: code points. */
export const MAX_TEXT = 65_535;

export function normalText(text: string): string {
  return stripIllegal(text.replace(/\r\n?/g, "\n")).trim();
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

/** Cut at a grapheme, with a link to the whole where there is one, so that no validator refuses it. */
export function fitText(text: string, url: string | undefined): string {
  if (fits(text, MAX_TEXT)) return text;
  const end = url === undefined ? "…" : `…\n\n${url}`;
  const room = MAX_TEXT - [...end].length;
  const points = [...text].slice(0, room).join("");
  return atGrapheme(points).trimEnd() + end;
}
