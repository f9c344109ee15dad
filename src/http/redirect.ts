/**
 * Where a redirect may lead (RFC 9110 §15.4). GET follows at most four, as the diaspora*
 * gem does, each hop checked like the first URL; POST at most two, only on the same host,
 * with the body sent again (the older protocol text; the gem since 1.1 follows none).
 */
import { DxError } from "../errors/error.ts";
import type { ResponseHead } from "./exchange.ts";

export const MAX_GET_REDIRECTS = 4;
export const MAX_POST_REDIRECTS = 2;

const GET_REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];
// 303 sends a POST to fetch something else: the message itself was not taken there.
const POST_REDIRECTS: readonly number[] = [301, 302, 307, 308];

export interface Hop {
  readonly method: "GET" | "POST";
  readonly from: URL;
  readonly head: ResponseHead;
  /** How many redirects were followed before this one. */
  readonly followed: number;
}

/**
 * The next URL of a chain, null when the response is the end of it. Throws DX_HTTP_REDIRECT,
 * and what `check` throws for a place that may not be contacted.
 */
export function nextHop(hop: Hop, check: (url: string) => URL): URL | null {
  const followable = hop.method === "GET" ? GET_REDIRECTS : POST_REDIRECTS;
  if (!followable.includes(hop.head.status)) return null;
  const limit = hop.method === "GET" ? MAX_GET_REDIRECTS : MAX_POST_REDIRECTS;
  if (hop.followed >= limit) throw refused("too many redirects", hop);
  const location = hop.head.headers["location"];
  if (location === undefined || !URL.canParse(location, hop.from.href)) {
    throw refused("a redirect without a usable Location", hop);
  }
  const next = check(new URL(location, hop.from).href);
  if (hop.method === "POST" && !sameHost(hop.from, next)) {
    throw refused("a POST redirected to another host", hop);
  }
  return next;
}

/** The same name and port; http and https of one name at their own ports are the same host. */
function sameHost(from: URL, to: URL): boolean {
  return from.host === to.host;
}

function refused(detail: string, hop: Hop): DxError {
  return new DxError("DX_HTTP_REDIRECT", {
    detail,
    evidence: { host: hop.from.host.slice(0, 255), status: hop.head.status },
  });
}
