/** What a client of a pubsub service asks (XEP-0060 §7). */
import { NS_DATA, NS_PUBSUB } from "../pep/namespaces.ts";
import { el, type XmlElement } from "../xml/element.ts";

const NS_PUBLISH_OPTIONS = `${NS_PUBSUB}#publish-options`;

export interface NewItem {
  readonly id: string;
  readonly payload: XmlElement;
}

/** Fields of a node's configuration, by their names (XEP-0060 §16.4.4). */
export type NodeFields = Readonly<Record<string, string>>;

/** XEP-0060 §7.1; what the node has to be like, or is made like, after §7.1.5. */
export function publishRequest(node: string, item: NewItem, options?: NodeFields): XmlElement {
  const items = el("publish", { node }, el("item", { id: item.id }, item.payload));
  const wanted =
    options === undefined ? null : el("publish-options", {}, nodeForm(NS_PUBLISH_OPTIONS, options));
  return el("pubsub", { xmlns: NS_PUBSUB }, items, wanted);
}

function nodeForm(type: string, fields: NodeFields): XmlElement {
  const field = (name: string, value: string, kind?: string): XmlElement =>
    el("field", { var: name, type: kind }, el("value", {}, value));
  return el(
    "x",
    { xmlns: NS_DATA, type: "submit" },
    field("FORM_TYPE", type, "hidden"),
    Object.entries(fields).map(([name, value]) => field(name, value)),
  );
}

/** XEP-0060 §7.2: readers are to be told. COMPAT(Prosody): without `notify` it tells nobody. */
export function retractRequest(node: string, id: string): XmlElement {
  const items = el("retract", { node, notify: "true" }, el("item", { id }));
  return el("pubsub", { xmlns: NS_PUBSUB }, items);
}
