/** Subscribing to nodes, and being told of it (XEP-0060 §5.6, §5.7, §6.1, §6.2). */
import { bareJid, type Jid } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { child, el, type XmlElement } from "../../xml/element.ts";
import { NS_PUBSUB } from "../namespaces.ts";
import type { PubsubNode, PubsubNodes, PubsubRequest } from "./node.ts";
import { unsupported } from "./unsupported.ts";

export async function subscribe(
  request: XmlElement,
  node: PubsubNode,
  { asker, pubsub }: PubsubRequest,
): Promise<XmlElement> {
  // §6.1.3.1: one may subscribe oneself only; events go to the bare JID whatever was asked for.
  if (bareJid(request.attrs["jid"] ?? "") !== asker) throw new DxError("DX_PUBSUB_JID");
  // §6.3.7: whoever sends options wants them heeded.
  if (child(pubsub, "options", NS_PUBSUB) !== undefined) throw unsupported("subscription-options");
  if (node.subscribe === undefined) throw unsupported("subscribe");
  await node.subscribe();
  return el("pubsub", { xmlns: NS_PUBSUB }, subscription(node.name, asker));
}

export async function unsubscribe(
  request: XmlElement,
  node: PubsubNode,
  { asker }: PubsubRequest,
): Promise<null> {
  const jid = bareJid(request.attrs["jid"] ?? "");
  if (jid === null) throw new DxError("DX_PUBSUB_JID");
  // §6.2.3.3.
  if (jid !== asker) throw new DxError("DX_FORBIDDEN");
  // §6.2.3.2; a `subid` is passed over, for we give none (§6.2.3.5).
  if (node.unsubscribe === undefined) throw new DxError("DX_PUBSUB_NOT_SUBSCRIBED");
  await node.unsubscribe();
  return null;
}

/** §5.6: the asker's own, at one node or at all of the service. */
export async function subscriptions(
  name: string | undefined,
  node: PubsubNode | null,
  nodes: PubsubNodes,
  { service, asker }: PubsubRequest,
): Promise<XmlElement> {
  const names =
    node === null
      ? await nodes.subscriptions(service, asker)
      : (await node.isSubscribed?.()) === true
        ? [node.name]
        : [];
  const list = names.map((subscribed) => subscription(subscribed, asker));
  return el("pubsub", { xmlns: NS_PUBSUB }, el("subscriptions", { node: name }, list));
}

/** §5.7: what the asker is to the node; nothing, to most. */
export function affiliations(name: string | undefined, node: PubsubNode | null): XmlElement {
  const { affiliation } = node ?? {};
  return el(
    "pubsub",
    { xmlns: NS_PUBSUB },
    el(
      "affiliations",
      { node: name },
      node === null || affiliation === undefined
        ? null
        : el("affiliation", { node: node.name, affiliation }),
    ),
  );
}

function subscription(node: string, jid: Jid): XmlElement {
  return el("subscription", { node, jid, subscription: "subscribed" });
}
