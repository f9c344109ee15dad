/**
 * What an operator means who names a pod, a person or an address. People and servers of XMPP
 * have `xmpp:` before them: their names look like those of pods.
 */
import { domainToASCII } from "node:url";
import { bareJid, localOf } from "../activitystreams/ids.ts";
import type { Standing } from "../activitystreams/standing.ts";
import { parseTypedId, parseVirtualLocal } from "../activitystreams/virtual-jid.ts";

export type Subject = Pick<Standing, "kind" | "subject">;

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** null for what names nothing, and for what would name half of the world: `example`, `*`. */
export function parseSubject(text: string): Subject | null {
  const typed = text.trim().replace(/^<(.*)>$/u, "$1");
  if (typed.length > 1_023) return null;
  if (/^xmpp:/i.test(typed)) return xmppSubject(typed.slice("xmpp:".length));
  return typed.includes("@") || typed.includes("\\40") ? person(typed) : pod(typed);
}

function xmppSubject(typed: string): Subject | null {
  const jid = bareJid(typed);
  if (jid === null || (localOf(jid) === null && !jid.includes("."))) return null;
  return { kind: "jid", subject: jid };
}

/** Also by the address of the virtual person, as clients show it. */
function person(typed: string): Subject | null {
  const jid = bareJid(typed);
  const id = parseVirtualLocal(jid === null ? "" : (localOf(jid) ?? "")) ?? parseTypedId(typed);
  return id === null ? null : { kind: "person", subject: id };
}

/** A name, an address in a browser's line, or `*.name`: all below it is meant anyway. */
function pod(typed: string): Subject | null {
  const bare = typed
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/[/?#].*$/, "")
    .replace(/^\*\./, "")
    .replace(/:\d{1,5}$/, "")
    .replace(/\.$/, "");
  const name = /^[\p{L}\p{N}\p{M}.-]+$/u.test(bare) ? domainToASCII(bare) : "";
  return name.length <= 253 && HOST.test(name) ? { kind: "pod", subject: name } : null;
}

/** As it is typed. */
export function subjectText({ kind, subject }: Subject): string {
  return kind === "jid" ? `xmpp:${subject}` : subject;
}
