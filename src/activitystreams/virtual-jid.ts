/**
 * diaspora* ID ⇄ local part of a virtual JID (XEP-0106): `alice@pod.example:3000` is
 * `alice\40pod.example\3a3000`. A codec of our own, because those of @xmpp/jid and Libervia
 * escape what XEP-0106 §4.2 leaves alone. Strict: each ID has one local part and each local
 * part at most one ID; anything else is refused, never guessed.
 */
import { domainToASCII } from "node:url";
import { DxError } from "../errors/error.ts";
import { parseDiasporaId, type DiasporaId, type Jid } from "./ids.ts";

// IDs are ASCII on every pod that exists. The gem's rule allows any script, but XMPP servers
// fold those differently (Prosody makes `ß` `ss`), so they would come back as somebody else.
const REPRESENTABLE = /^[a-z0-9\-._]+@[a-z0-9\-.:[\]]+$/;

export function hasVirtualJid(id: DiasporaId): boolean {
  return REPRESENTABLE.test(id);
}

/** Throws DX_JID_MALFORMED for an ID outside ASCII; `hasVirtualJid` tells before. */
export function virtualLocal(id: DiasporaId): string {
  if (!hasVirtualJid(id)) throw new DxError("DX_JID_MALFORMED");
  return id.replace("@", "\\40").replaceAll(":", "\\3a");
}

export function virtualJid(id: DiasporaId, componentDomain: string): Jid {
  return `${virtualLocal(id)}@${componentDomain}` as Jid;
}

// Of XEP-0106's escapes only two can stand in an ID, one of them once.
const VIRTUAL_LOCAL = /^([a-z0-9\-._]+)\\40((?:[a-z0-9\-.[\]]|\\3a)+)$/;

/** Expects a folded local part; an upper-case escape is none. */
export function parseVirtualLocal(local: string): DiasporaId | null {
  if (local.length > 1023) return null;
  const found = VIRTUAL_LOCAL.exec(local);
  if (found === null) return null;
  const [, user = "", host = ""] = found;
  return parseDiasporaId(`${user}@${host.replaceAll("\\3a", ":")}`);
}

/**
 * What a person typed: `Alice@Pod.Example`, `acct:alice@pod.example`, also the old
 * transports' `alice%pod.example` (no diaspora* name contains `%`, so the last one is the @).
 */
export function parseTypedId(text: string): DiasporaId | null {
  if (text.length > 1023) return null;
  let typed = text
    .trim()
    .replace(/^(?:acct:|@)/i, "")
    .toLowerCase();
  if (!typed.includes("@")) typed = typed.replace(/%(?=[^%]*$)/, "@");
  const at = typed.lastIndexOf("@");
  if (at < 1) return null;
  const host = canonicalHost(typed.slice(at + 1));
  return host === null ? null : parseDiasporaId(`${typed.slice(0, at)}@${host}`);
}

/** IDNA A-labels, without the port that https has anyway. */
function canonicalHost(typed: string): string | null {
  const [, name = "", port = ""] = /^(.*?)(:\d{1,5})?$/.exec(typed) ?? [];
  if (name.startsWith("[")) return typed;
  // domainToASCII would end the host at a `/`, and somebody else would be meant.
  const ascii = /^[\p{L}\p{N}\p{M}.-]+$/u.test(name) ? domainToASCII(name) : "";
  if (ascii === "") return null;
  return port === ":443" ? ascii : ascii + port;
}
