/**
 * The pubsub service of src/pep/pubsub at the addresses of this component: the component's own
 * domain, and every virtual person. Here is only the wire: which stanzas, and what disco says.
 */
import { NS_PUBSUB } from "../pep/namespaces.ts";
import { NODE_FEATURES } from "../pep/nodes/nodes.ts";
import { NS_PUBSUB_OWNER } from "../pep/pubsub/owner.ts";
import { PUBSUB_FEATURES, type PubsubService } from "../pep/pubsub/service.ts";
import type { DiscoItem, DiscoNode, DiscoOptions } from "./disco.ts";
import type { AddresseeClass, IqHandler } from "./handler.ts";

const META_DATA = `${NS_PUBSUB}#meta-data`;

export function pubsubHandlers(
  service: PubsubService,
  to: Exclude<AddresseeClass, "other">,
): IqHandler[] {
  return [NS_PUBSUB, NS_PUBSUB_OWNER].flatMap((ns) =>
    (["get", "set"] as const).map((type) => ({
      kind: "iq",
      type,
      to,
      ns,
      name: "pubsub",
      features: [...PUBSUB_FEATURES, ...NODE_FEATURES],
      answer: (request) =>
        service.answer({
          service: request.to.jid,
          asker: request.from.bare,
          type,
          pubsub: request.payload,
        }),
    })),
  );
}

/** XEP-0060 §5.2 to §5.5: what disco says of the nodes, and which there are. */
export function pubsubDisco(
  service: PubsubService,
): Required<Pick<DiscoOptions, "items" | "node">> {
  return {
    items: async (to, asker): Promise<DiscoItem[]> => {
      const nodes = await service.list(to.jid, asker);
      return nodes.map(({ node, name }) => ({ jid: to.jid, node, name }));
    },
    node: async (node, to, asker): Promise<DiscoNode | null> => {
      const info = await service.info(to.jid, node, asker);
      if (info === null) return null;
      return {
        identities: [{ category: "pubsub", type: "leaf", name: info.title }],
        features: [NS_PUBSUB, META_DATA],
        form: { formType: META_DATA, fields: info.metaData },
        // §5.5: the name of an item is its id, and it has no node.
        items: async () => (await info.itemNames()).map((name) => ({ jid: to.jid, name })),
      };
    },
  };
}
