/**
 * JID → the name before the @ of the diaspora* ID that we give it, and back. The alphabet is
 * what pods accept, `[a-z0-9._-]`; what lies outside it becomes `_` and two hexadecimal
 * digits of its UTF-8 bytes. Injective: a plain name never contains such a group, an encoded
 * one always does, and only a foreign JID contains `_40`.
 */
import { bareJid, domainOf, localOf, parseDiasporaId, type DiasporaId, type Jid } from "./ids.ts";

/** Longer ones are refused: IDs have room for 255 with the host. */
const MAX_NAME = 200;

const PLAIN = /^[a-z0-9._-]+$/;
const GROUP = /_[0-9a-f]{2}/;

/** Plain: may stand in a diaspora* ID as it is. */
export function isPlainName(name: string): boolean {
  return PLAIN.test(name) && !GROUP.test(name);
}

function encoded(text: string): string {
  let name = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const char = String.fromCharCode(byte);
    name += /[a-z0-9.-]/.test(char) ? char : `_${byte.toString(16).padStart(2, "0")}`;
  }
  return name;
}

function decoded(name: string): string | null {
  const hex = name.replace(
    /_([0-9a-f]{2})|([^_])/g,
    (_, group: string | undefined, char: string) =>
      group ?? Buffer.from(char, "latin1").toString("hex"),
  );
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(hex, "hex"));
  } catch {
    return null;
  }
}

/**
 * `xmppDomain` is the domain whose own users have short names. null when the JID has no
 * local part, or when pods would not take the name.
 */
export function diasporaName(jid: Jid, xmppDomain: string): string | null {
  const local = localOf(jid);
  if (local === null) return null;
  const name =
    domainOf(jid) !== xmppDomain ? encoded(jid) : isPlainName(local) ? local : encoded(local);
  if (name.length > MAX_NAME || name.startsWith(".") || name.endsWith(".")) return null;
  return name;
}

/** The JID that has this name; null for a name that `diasporaName` never gives. */
export function jidOfName(name: string, xmppDomain: string): Jid | null {
  if (!PLAIN.test(name)) return null;
  const text = GROUP.test(name) ? decoded(name) : name;
  if (text === null) return null;
  const jid = bareJid(text.includes("@") ? text : `${text}@${xmppDomain}`);
  // The way back must lead here: no second spelling of one person.
  return jid !== null && diasporaName(jid, xmppDomain) === name ? jid : null;
}

/** `idHost` may carry a port, as pods in development do. */
export function diasporaIdFor(jid: Jid, xmppDomain: string, idHost: string): DiasporaId | null {
  const name = diasporaName(jid, xmppDomain);
  return name === null ? null : parseDiasporaId(`${name}@${idHost}`);
}

/**
 * The name of whoever comes to a JID after its first name has ended for good, from 2 on. What is
 * plain is never encoded, so no JID is ever called so by itself. null when it would be too long.
 */
export function nameAgain(id: DiasporaId, turn: number): DiasporaId | null {
  const at = id.indexOf("@");
  return parseDiasporaId(`${id.slice(0, at)}_2d${String(turn)}${id.slice(at)}`);
}
