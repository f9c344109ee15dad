/**
 * The names of things on both networks, as branded strings: made only by the parsers
 * here, believed everywhere else.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** diaspora* GUID: 16–255 of `[0-9A-Za-z\-_@.:]`, the last one alphanumeric. Unique in the whole federation. */
export type Guid = Branded<"Guid">;
/** diaspora* ID: `user@host[:port]`, at most 255 characters, no upper case. */
export type DiasporaId = Branded<"DiasporaId">;
/** Bare JID, folded: `local@domain` or `domain`. */
export type Jid = Branded<"Jid">;
/** `bare/resource`, or a bare JID: what a stanza's `from` says. */
export type FullJid = Branded<"FullJid">;

const GUID = /^[0-9A-Za-z\-_@.:]{15,254}[0-9A-Za-z]$/;

/** null for what is no GUID; nothing is trimmed or folded. */
export function parseGuid(text: string): Guid | null {
  return GUID.test(text) ? (text as Guid) : null;
}

// The gem's own rule (validators/rules/diaspora_id.rb): any script's lower-case letters, what
// only looks like an IPv6 address, a port of any length. What cannot be contacted is found out
// when somebody tries.
const DIASPORA_ID =
  /^[\p{Lowercase}\d\-._]+@(?:[\p{Lowercase}\d-]+(?:\.[\p{Lowercase}\d-]*)*|\[(?:[0-9A-Fa-f]{0,4}:){0,7}[0-9A-Fa-f]{1,4}\])(?::\d+)?$/u;

/**
 * null for what is no diaspora* ID; nothing is trimmed or folded. Length in code points. A
 * regular expression with `$` and no `m` flag ends only at the end of the text, so a trailing
 * newline fails, as it must.
 */
export function parseDiasporaId(text: string): DiasporaId | null {
  if (text.length > 510 || [...text].length > 255) return null;
  return DIASPORA_ID.test(text) ? (text as DiasporaId) : null;
}

/** `host` or `host:port`, as the ID names it. */
export function hostOf(id: DiasporaId): string {
  return id.slice(id.lastIndexOf("@") + 1);
}

/** What stands before the host. */
export function userOf(id: DiasporaId): string {
  return id.slice(0, id.lastIndexOf("@"));
}

const FORBIDDEN_LOCAL = /["&'/:<>@\s\u0000-\u001f\u007f]/u;
const DOMAIN =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?)(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?)*$/u;

/**
 * RFC 7622 §3, with the folding that this daemon needs: the local part by
 * UsernameCaseMapped as far as NFC and lower-casing go, the domain lower-cased without
 * its final dot. ejabberd hands a component the local part unfolded, so it is done here.
 */
export function parseJid(text: string): { bare: Jid; resource: string | null } | null {
  if (text.length > 3071) return null;
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const resource = slash < 0 ? null : text.slice(slash + 1);
  if (resource !== null && (resource === "" || Buffer.byteLength(resource) > 1023)) return null;
  const bare = foldAddress(address);
  return bare === null ? null : { bare, resource };
}

function foldAddress(address: string): Jid | null {
  const at = address.indexOf("@");
  const domain = foldDomain(at < 0 ? address : address.slice(at + 1));
  if (domain === null) return null;
  if (at < 0) return domain as Jid;
  const local = fold(address.slice(0, at));
  if (local === "" || FORBIDDEN_LOCAL.test(local) || Buffer.byteLength(local) > 1023) return null;
  return `${local}@${domain}` as Jid;
}

/** RFC 8265 §3.3.1: case first. The small form of what is not composed may be. */
function fold(text: string): string {
  return text.toLowerCase().normalize("NFC");
}

/** A domain name in the form in which two are compared, or null when it is none. */
export function foldDomain(text: string): string | null {
  const folded = fold(text).replace(/\.$/, "");
  if (folded === "" || Buffer.byteLength(folded) > 1023) return null;
  return DOMAIN.test(folded) ? folded : null;
}

export function bareJid(text: string): Jid | null {
  return parseJid(text)?.bare ?? null;
}

export function domainOf(jid: Jid): string {
  return jid.slice(jid.indexOf("@") + 1);
}

/** null for the JID of a domain. */
export function localOf(jid: Jid): string | null {
  const at = jid.indexOf("@");
  return at < 0 ? null : jid.slice(0, at);
}
