/**
 * A stanza on its way out: what would make the server close the whole stream is refused
 * here, where it costs one stanza only.
 */
import { domainOf, parseJid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { XmlElement } from "../xml/element.ts";
import { serialise } from "../xml/serialise.ts";

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

/** Characters that XML 1.0 forbids are gone from the text: one of them closes the stream. */
export function serialised(stanza: XmlElement, limit: number): { text: string; bytes: number } {
  const text = serialise(stanza);
  const bytes = Buffer.byteLength(text);
  if (bytes > limit) throw new DxError("DX_STANZA_TOO_BIG", { evidence: { bytes, limit } });
  return { text, bytes };
}
