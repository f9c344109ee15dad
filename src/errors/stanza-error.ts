/** A DxError as the `<error/>` element of a stanza (RFC 6120 §8.3). */
import { el, type XmlElement } from "../xml/element.ts";
import { DxError } from "./error.ts";

const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

/**
 * Anything else than a DxError becomes `internal-server-error` without a word about it:
 * what went wrong inside is for the log, not for a stranger.
 */
export function stanzaError(error: unknown): XmlElement {
  const known = error instanceof DxError ? error : new DxError("DX_INTERNAL");
  const [type, condition] = known.entry.stanza;
  const [name, xmlns] = known.entry.application ?? [];
  return el(
    "error",
    { type },
    el(condition, { xmlns: NS_STANZAS }),
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
