/**
 * What owners of nodes ask (XEP-0060 §8). Nobody owns a node of ours: they are there as long as
 * what is in them. Whoever reads a node may see who else does, of those who let it be seen.
 */
import { DxError } from "../../errors/error.ts";
import { childElements, el, type XmlElement } from "../../xml/element.ts";
import type { PubsubNode, PubsubRequest } from "./node.ts";
import { unsupported, type Feature } from "./unsupported.ts";

export const NS_PUBSUB_OWNER = "http://jabber.org/protocol/pubsub#owner";

/** By the name of the request, for get and set alike. */
const MISSING: ReadonlyMap<string, Feature> = new Map([
  ["affiliations", "modify-affiliations"],
  ["configure", "config-node"],
  ["default", "retrieve-default"],
  ["delete", "delete-nodes"],
  ["purge", "purge-nodes"],
  ["subscriptions", "manage-subscriptions"],
]);

export async function answerOwner(
  request: PubsubRequest,
  find: (about: XmlElement) => Promise<PubsubNode>,
): Promise<XmlElement> {
  const [about] = childElements(request.pubsub);
  const missing = about?.ns === NS_PUBSUB_OWNER ? MISSING.get(about.local) : undefined;
  if (about === undefined || missing === undefined) throw new DxError("DX_BAD_REQUEST");
  // §8.3: of the service, not of a node.
  if (about.local === "default") throw unsupported(missing);
  const node = await find(about);
  if (about.local !== "subscriptions" || node.subscribers === undefined) throw unsupported(missing);
  // §8.8.2.3: seeing is not changing.
  if (request.type === "set") throw new DxError("DX_FORBIDDEN");
  // Throws for who may not see the node at all.
  await node.meta();
  const subscribers = await node.subscribers();
  return el(
    "pubsub",
    { xmlns: NS_PUBSUB_OWNER },
    el(
      "subscriptions",
      { node: node.name },
      subscribers.map((jid) => el("subscription", { jid, subscription: "subscribed" })),
    ),
  );
}
