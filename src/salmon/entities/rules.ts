/**
 * The validation rules of the gem (diaspora_federation/validators/rules/*), each a
 * predicate over one value. Lengths are code points.
 */
import { parseDiasporaId, parseGuid } from "../../activitystreams/ids.ts";
import type { DiasporaId, Guid } from "../../activitystreams/ids.ts";

export const isGuid = (text: string): text is Guid => parseGuid(text) !== null;
export const isDiasporaId = (text: string): text is DiasporaId => parseDiasporaId(text) !== null;

/** UTF-16 units are never fewer than code points, so the count is needed only in between. */
export function fits(text: string, maximum: number): boolean {
  if (text.length <= maximum) return true;
  if (text.length > maximum * 2) return false;
  return [...text].length <= maximum;
}

export const atMost =
  (maximum: number) =>
  (text: string): boolean =>
    fits(text, maximum);

/** Of a person: `;` is what separates names in a mention. */
export const isName =
  (maximum: number) =>
  (text: string): boolean =>
    !text.includes(";") && fits(text, maximum);

export function isDiasporaIdList(text: string): boolean {
  const ids = text.split(";");
  // As Ruby's split, which drops empty strings at the end.
  const last = ids.findLastIndex((id) => id !== "");
  return last >= 1 && ids.slice(0, last + 1).every(isDiasporaId);
}

/** As Ruby's String#to_i: leading digits count, the rest does not. */
function leadingInteger(text: string): number {
  return Number(/^\s*[0-9]+/.exec(text)?.[0] ?? 0);
}

export function isBirthday(text: string): boolean {
  if (text === "") return true;
  if (!/[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(text)) return false;
  const [year = 0, month = 0, day = 0] = text.split("-", 3).map(leadingInteger);
  if (month < 1 || month > 12 || day < 1) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1;
}

export function isTagString(text: string): boolean {
  return text.split("#").length - 1 <= 5;
}

export function isTimezone(text: string): boolean {
  return /^[A-Za-z_-]{0,14}(?:\/[A-Za-z_-]{0,14}){1,2}$/.test(text);
}

/** First and last line only, as the gem; whether a key is inside, keys.ts finds out. */
export function isPublicKeyPem(text: string): boolean {
  const pem = text.trim();
  return ["PUBLIC KEY", "RSA PUBLIC KEY"].some(
    (label) => pem.startsWith(`-----BEGIN ${label}-----`) && pem.endsWith(`-----END ${label}-----`),
  );
}

// RFC 3986 §3 and appendix B, ASCII only, as Ruby's URI.parse.
const CHARS = String.raw`(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})`;
const AUTHORITY = String.raw`(?:[^\s/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::\d*)?(?=[/?#]|$)`;
// In a query Ruby takes everything that is ASCII.
const URI = new RegExp(
  String.raw`^(?:([A-Za-z][A-Za-z0-9+.-]*):|(?![^/?#]*:))(?:\/\/${AUTHORITY}|(?!\/\/))((?:\/|${CHARS})*)` +
    String.raw`(?:\?[ -"$-~]*)?(?:#(?:[/?]|${CHARS})*)?$`,
);

interface UriParts {
  readonly host: string;
  readonly path: string;
}

function parseUri(text: string): UriParts | null {
  const match = text.length > 2048 ? null : URI.exec(text);
  if (match === null) return null;
  const [, scheme, host = "", path = ""] = match;
  // `javascript:alert(1)`, `data:…`: opaque, so there is no path.
  const opaque = scheme !== undefined && host === "" && !path.startsWith("/");
  return { host, path: opaque ? "" : path };
}

export function isUriWithHost(text: string): boolean {
  return (parseUri(text)?.host ?? "") !== "";
}

/** Of picture URLs: diaspora* sends `/images/user/default.png` for people without one. */
export function isUriWithPath(text: string): boolean {
  return (parseUri(text)?.path ?? "") !== "";
}

export function isUriWithHostAndPath(text: string): boolean {
  const parts = parseUri(text);
  return parts !== null && parts.host !== "" && parts.path !== "";
}
