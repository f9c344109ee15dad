/** XEP-0092 Software Version. The operating system is nobody's business. */
import { el } from "../xml/element.ts";
import type { AddresseeClass, IqHandler } from "./handler.ts";

const NS_VERSION = "jabber:iq:version";

export function versionHandler(to: AddresseeClass, version: string): IqHandler {
  return {
    kind: "iq",
    to,
    type: "get",
    ns: NS_VERSION,
    name: "query",
    features: [NS_VERSION],
    answer: () =>
      el("query", { xmlns: NS_VERSION }, el("name", {}, "Diaspora-X"), el("version", {}, version)),
  };
}
