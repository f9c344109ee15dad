/**
 * Stanzas as RFC 6120 §8 has them: what kind one is, who sent it, and how it is answered.
 */
import {
  domainOf,
  parseDiasporaId,
  parseJid,
  type FullJid,
  type Jid,
} from "../activitystreams/ids.ts";
import { hasVirtualJid, virtualJid } from "../activitystreams/virtual-jid.ts";
import { isDxError } from "../errors/error.ts";
import { stanzaError } from "../errors/stanza-error.ts";
import { jidUri } from "../pep/links.ts";
import { child, childElements, el, type XmlElement } from "../xml/element.ts";

export const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

export interface Sender {
  readonly bare: Jid;
  readonly full: FullJid;
  readonly resource: string | null;
}

/** null where the address is missing or malformed. */
export function parseSender(from: string | undefined): Sender | null {
  const jid = from === undefined ? null : parseJid(from);
  if (jid === null) return null;
  const { bare, resource } = jid;
  const full = resource === null ? bare : `${bare}/${resource}`;
  return { bare, full: full as FullJid, resource };
}

export function isIqReply(stanza: XmlElement): boolean {
  const type = stanza.attrs["type"];
  return stanza.local === "iq" && (type === "result" || type === "error");
}

export function isIqRequest(stanza: XmlElement): boolean {
  return stanza.local === "iq" && !isIqReply(stanza);
}

/** RFC 6120 §8.2.3: an IQ result has at most one payload; both addresses swap as they were written. */
export function resultReply(request: XmlElement, payload: XmlElement | null): XmlElement {
  return el("iq", { type: "result", ...swapped(request) }, payload);
}

export function errorReply(request: XmlElement, error: unknown): XmlElement {
  const reply = stanzaError(error, newAddress(request, error));
  return el(request.local, { type: "error", ...swapped(request) }, reply);
}

/** Of who has moved, as the bridge names them; the domain is the one that was asked. */
function newAddress({ attrs }: XmlElement, error: unknown): string | undefined {
  const id = isDxError(error, "DX_PERSON_MOVED") ? error.evidence["movedTo"] : undefined;
  const asked = parseJid(attrs["to"] ?? "");
  const person = typeof id === "string" ? parseDiasporaId(id) : null;
  if (asked === null || person === null || !hasVirtualJid(person)) return undefined;
  return jidUri(virtualJid(person, domainOf(asked.bare)));
}

function swapped(request: XmlElement): Record<string, string | undefined> {
  const { id, from, to } = request.attrs;
  return { id, from: to, to: from };
}

export interface StanzaErrorFacts {
  readonly type: string;
  readonly condition: string;
  /** The name of an application's own condition (RFC 6120 §8.3.4), null where there is none. */
  readonly application: string | null;
}

const NAME = /^[a-z][a-z-]{0,63}$/;

/** What an error stanza says, without its text: those are somebody else's words. */
export function errorFacts(stanza: XmlElement): StanzaErrorFacts {
  const error = child(stanza, "error");
  const type = error?.attrs["type"] ?? "";
  let condition = "undefined-condition";
  let application: string | null = null;
  for (const part of error === undefined ? [] : childElements(error)) {
    if (!NAME.test(part.local)) continue;
    if (part.ns !== NS_STANZAS) application ??= part.local;
    else if (part.local !== "text") condition = part.local;
  }
  return { type: NAME.test(type) ? type : "cancel", condition, application };
}
