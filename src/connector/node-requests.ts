/** What a client of a pubsub service asks (XEP-0060 §7). */
import { NS_PUBSUB } from "../pep/namespaces.ts";
import { el, type XmlElement } from "../xml/element.ts";

export interface NewItem {
  readonly id: string;
  readonly payload: XmlElement;
}

/** XEP-0060 §7.1. */
export function publishRequest(node: string, item: NewItem): XmlElement {
  const items = el("publish", { node }, el("item", { id: item.id }, item.payload));
  return el("pubsub", { xmlns: NS_PUBSUB }, items);
}

/** XEP-0060 §7.2: readers are to be told. COMPAT(Prosody): without `notify` it tells nobody. */
export function retractRequest(node: string, id: string): XmlElement {
  const items = el("retract", { node, notify: "true" }, el("item", { id }));
  return el("pubsub", { xmlns: NS_PUBSUB }, items);
}
