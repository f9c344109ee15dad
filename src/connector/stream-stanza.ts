/**
 * A stanza on its way out: what would make the server close the whole stream is refused
 * here, where it costs one stanza only.
 */
import { domainOf, parseJid, type Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { XmlElement } from "../xml/element.ts";
import { attribute, serialise, serialiseOpen } from "../xml/serialise.ts";

/**
 * XEP-0114 §3: a component's stanzas have both addresses, and `from` is in its domain;
 * anything else is answered with the stream error invalid-from or improper-addressing.
 */
export function addressed(stanza: XmlElement, domain: string): XmlElement {
  const from = parseJid(stanza.attrs["from"] ?? domain);
  if (from === null || domainOf(from.bare) !== domain) {
    throw new DxError("DX_STANZA_ADDRESS", { detail: "from", evidence: { kind: stanza.local } });
  }
  const to = stanza.attrs["to"];
  if (to === undefined || parseJid(to) === null) {
    throw new DxError("DX_STANZA_ADDRESS", { detail: "to", evidence: { kind: stanza.local } });
  }
  if (stanza.attrs["from"] !== undefined) return stanza;
  return { ...stanza, attrs: { ...stanza.attrs, from: domain } };
}

export interface Written {
  readonly text: string | Buffer;
  readonly bytes: number;
}

/** Characters that XML 1.0 forbids are gone from the text: one of them closes the stream. */
export function serialised(stanza: XmlElement, limit: number): Written {
  return measured(serialise(stanza), limit);
}

function measured(text: string, limit: number): Written {
  const bytes = Buffer.byteLength(text);
  checkSize(bytes, limit);
  return { text, bytes };
}

function checkSize(bytes: number, limit: number): void {
  if (bytes > limit) throw new DxError("DX_STANZA_TOO_BIG", { evidence: { bytes, limit } });
}

/** One packet and one system call for many small stanzas. */
const PACKET_BYTES = 64 * 1024;

/**
 * The same stanza, which has no `to` yet, for many: as texts that hold as many of them as go out
 * at once.
 */
export function copiesFor(
  stanza: XmlElement,
  to: readonly Jid[],
  domain: string,
  limit: number,
): Written[] {
  const { from = domain } = stanza.attrs;
  // Parsed JIDs need no second look.
  addressed({ ...stanza, attrs: { from, to: domain } }, domain);
  const { start, rest: text } = serialiseOpen({ ...stanza, attrs: { ...stanza.attrs, from } });
  // The address comes on top of the limit: a JID has 3,071 bytes at most (RFC 7622 §3.1).
  const [only] = to;
  // Encoded when it is written, with all that goes out beside it.
  if (only !== undefined && to.length === 1) {
    const address = attribute("to", only);
    return [measured(start + address + text, limit + Buffer.byteLength(address))];
  }
  const rest = Buffer.from(text);
  checkSize(rest.length + start.length, limit);
  const each = Math.max(1, Math.floor(PACKET_BYTES / rest.length));
  const packets: Written[] = [];
  for (let first = 0; first < to.length; first += each) {
    const copies = to
      .slice(first, first + each)
      .flatMap((jid) => [Buffer.from(start + attribute("to", jid)), rest]);
    const packet = Buffer.concat(copies);
    packets.push({ text: packet, bytes: packet.length });
  }
  return packets;
}
