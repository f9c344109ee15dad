/**
 * Who a stanza is from and to, or why it is not handled at all. What passes here is
 * believed behind it: `from` is a JID whose domain the server has verified, `to` is ours.
 */
import { domainOf, localOf, parseJid } from "../activitystreams/ids.ts";
import { parseVirtualLocal } from "../activitystreams/virtual-jid.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Addressee, Incoming } from "./handler.ts";
import { parseSender } from "./stanza.ts";

export type Addressed =
  | { readonly incoming: Incoming; readonly refused: null }
  | { readonly incoming: null; readonly refused: string };

export function addressOf(stanza: XmlElement, domain: string): Addressed {
  const from = parseSender(stanza.attrs["from"]);
  if (from === null) return refuse("from is missing or malformed");
  // An echo of ours, or one virtual person speaking to another: either would go round for ever.
  if (domainOf(from.bare) === domain) return refuse("from is in our own domain");
  const to = addressee(stanza.attrs["to"], domain);
  // It cannot be answered either: a reply from outside our domain would end the stream.
  if (to === null) return refuse("to is missing, malformed or not in our domain");
  return { incoming: { stanza, from, to }, refused: null };
}

function refuse(refused: string): Addressed {
  return { incoming: null, refused };
}

function addressee(text: string | undefined, domain: string): Addressee | null {
  const jid = text === undefined ? null : parseJid(text);
  if (jid === null || domainOf(jid.bare) !== domain) return null;
  const { bare, resource } = jid;
  const local = localOf(bare);
  if (local === null) return { class: "component", jid: bare, resource, person: null };
  const person = parseVirtualLocal(local);
  return { class: person === null ? "other" : "person", jid: bare, resource, person };
}
