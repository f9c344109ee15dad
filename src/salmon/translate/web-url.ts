/** Addresses of pages and pictures, in the one form that every reader takes. */
import { isUriWithHostAndPath } from "../entities/rules.ts";

// The URL Standard leaves more characters as they are than RFC 3986 §3.3 and §3.4 allow, and
// the gem's reader obeys the RFC.
const NOT_IN_URI = /[^\w.~!$&'()*+,;=:@%/?-]/gu;
const STRAY_PERCENT = /%(?![0-9A-Fa-f]{2})/g;

function strict(part: string): string {
  return part.replace(STRAY_PERCENT, "%25").replace(NOT_IN_URI, encodeURIComponent);
}

/** Absolute; null for what is not http(s), which nobody is to fetch or to show, and for what no pod takes. */
export function webUrl(text: string, base?: string): string | null {
  const url = URL.parse(text, base);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return null;
  const { pathname, search, hash } = url;
  // An empty query still has its `?` in the address, and is no search.
  url.search = "";
  url.hash = "";
  const origin = url.href.slice(0, -pathname.length);
  const rest = strict(pathname) + strict(search) + (hash === "" ? "" : `#${strict(hash.slice(1))}`);
  return isUriWithHostAndPath(origin + rest) ? origin + rest : null;
}
