/** XEP-0054: who a virtual person is, for clients that know no newer way. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { XmlElement } from "../xml/element.ts";
import type { IqHandler } from "./handler.ts";

const NS_VCARD = "vcard-temp";

/** `vcard` throws what the asker is told. */
export function personVcard(
  vcard: (asker: Jid, person: DiasporaId) => Promise<XmlElement>,
): IqHandler {
  return {
    kind: "iq",
    type: "get",
    to: "person",
    ns: NS_VCARD,
    name: "vCard",
    features: [NS_VCARD],
    answer: ({ from, to }) => {
      // The router hands over only what is addressed to a person.
      if (to.person === null) throw new DxError("DX_ITEM_NOT_FOUND");
      return vcard(from.bare, to.person);
    },
  };
}
