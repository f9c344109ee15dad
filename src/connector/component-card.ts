/** Who runs this gateway: its own card (XEP-0054), and the addresses of XEP-0157. */
import { NS_VCARD_TEMP } from "../pep/namespaces.ts";
import { el } from "../xml/element.ts";
import type { InfoForm } from "./caps.ts";
import type { IqHandler } from "./handler.ts";

export interface ComponentCard {
  readonly name: string;
  readonly description: string;
  /** Its web site. */
  readonly url: string;
}

export function componentCardHandler({ name, description, url }: ComponentCard): IqHandler {
  return {
    kind: "iq",
    to: "component",
    type: "get",
    ns: NS_VCARD_TEMP,
    name: "vCard",
    features: [NS_VCARD_TEMP],
    answer: () =>
      el(
        "vCard",
        { xmlns: NS_VCARD_TEMP },
        el("FN", {}, name),
        el("DESC", {}, description),
        el("URL", {}, url),
      ),
  };
}

/** URIs (`mailto:`, `xmpp:`, `https:`), by what they are for: `abuse`, `admin`, `support` … */
export type ContactAddresses = Readonly<Record<string, readonly string[]>>;

/** XEP-0157 §3: for disco#info of the component; null when nobody is named. */
export function contactForm(addresses: ContactAddresses): InfoForm | null {
  const named = Object.entries(addresses).filter(([, uris]) => uris.length > 0);
  if (named.length === 0) return null;
  return {
    formType: "http://jabber.org/network/serverinfo",
    fields: Object.fromEntries(named.map(([what, uris]) => [`${what}-addresses`, uris])),
  };
}
