/** A DxError as the `<error/>` element of a stanza (RFC 6120 §8.3). */
import { el, type XmlElement } from "../xml/element.ts";
import { DxError } from "./error.ts";

const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

/**
 * Anything else than a DxError becomes `internal-server-error` without a word about it:
 * what went wrong inside is for the log, not for a stranger. `goneTo`: RFC 6120 §8.3.3.5, the
 * URI at which the addressee of a `<gone/>` can be found now.
 */
export function stanzaError(error: unknown, goneTo?: string): XmlElement {
  const known = knownOf(error);
  const [type, condition] = known.entry.stanza;
  const [name, xmlns] = known.entry.application ?? [];
  return el(
    "error",
    { type },
    el(condition, { xmlns: NS_STANZAS }, goneTo ?? null),
    el("text", { xmlns: NS_STANZAS, "xml:lang": "en" }, known.entry.message),
    // RFC 6120 §8.3.4. XEP-0060 §11: `<unsupported/>` names the feature.
    name === undefined
      ? null
      : el(name, {
          xmlns,
          feature: name === "unsupported" ? known.evidence["feature"] : undefined,
        }),
  );
}

/** The defined condition that a stranger is answered with. */
export function conditionOf(error: unknown): string {
  return knownOf(error).entry.stanza[1];
}

function knownOf(error: unknown): DxError {
  return error instanceof DxError ? error : new DxError("DX_INTERNAL");
}
