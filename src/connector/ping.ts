/** XEP-0199 XMPP Ping: an empty result. */
import type { AddresseeClass, IqHandler } from "./handler.ts";

export const NS_PING = "urn:xmpp:ping";

export function pingHandler(to: AddresseeClass): IqHandler {
  return {
    kind: "iq",
    to,
    type: "get",
    ns: NS_PING,
    name: "ping",
    features: [NS_PING],
    answer: () => null,
  };
}
