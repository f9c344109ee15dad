/**
 * Who a virtual person is, as nodes that can only be read: vcard4 (XEP-0292), avatar (XEP-0084),
 * nick (XEP-0172), place (XEP-0080, and buddycloud's three), lists of who follows whom
 * (XEP-0465), and where the person has moved to (XEP-0283).
 */
import { bareJid, type DiasporaId } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import {
  NODE_MICROBLOG,
  NODE_PUBLIC_SUBSCRIBERS,
  NODE_PUBLIC_SUBSCRIPTIONS,
  NODE_VCARD4,
  NS_AVATAR_DATA,
  NS_AVATAR_METADATA,
  NS_GEOLOC,
  NS_NICK,
  NS_PUBLIC_SUBSCRIPTIONS,
  NS_VCARD4,
} from "../namespaces.ts";
import type { PubsubNode } from "../pubsub/node.ts";
import type { ProfileNode } from "../ports.ts";
import type { Visit } from "./context.ts";
import { pageOfList } from "./list-page.ts";

/** Title, and namespace of the payload. */
const NODES: Readonly<Record<ProfileNode, readonly [title: string, type: string]>> = {
  [NODE_VCARD4]: ["Profile", NS_VCARD4],
  [NS_AVATAR_METADATA]: ["Avatar", NS_AVATAR_METADATA],
  [NS_AVATAR_DATA]: ["Avatar, the picture", NS_AVATAR_DATA],
  [NS_NICK]: ["Nickname", NS_NICK],
  [NS_GEOLOC]: ["Place", NS_GEOLOC],
  [NODE_PUBLIC_SUBSCRIPTIONS]: ["Subscriptions", NS_PUBLIC_SUBSCRIPTIONS],
  [`${NODE_PUBLIC_SUBSCRIBERS}${NODE_MICROBLOG}`]: ["Subscribers", NS_PUBLIC_SUBSCRIPTIONS],
  "urn:xmpp:moved:1": ["Moved", "urn:xmpp:moved:1"],
  "geo/previous": ["Previous place", NS_GEOLOC],
  "geo/current": ["Current place", NS_GEOLOC],
  "geo/future": ["Future place", NS_GEOLOC],
  "geo/next": ["Next place", NS_GEOLOC],
};

export function titleOf(node: ProfileNode): string {
  return NODES[node][0];
}

/** COMPAT(buddycloud): places are below the name of whose they are. */
const CHANNEL = /^\/user\/([^/]+)\/(geo\/[a-z]+)$/;

/** null for what is no node of a profile: Movim's banner is none, and is told so. */
export function profileNodeAt({ service }: Visit, name: string): ProfileNode | null {
  const [, owner, place] = CHANNEL.exec(name) ?? [];
  if (owner !== undefined) return bareJid(owner) === service ? known(place ?? "") : null;
  return name.startsWith("geo/") ? null : known(name);
}

function known(name: string): ProfileNode | null {
  return Object.hasOwn(NODES, name) ? (name as ProfileNode) : null;
}

/** How a node is called on the wire. */
export function profileNodeName({ service }: Visit, node: ProfileNode): string {
  return node.startsWith("geo/") ? `/user/${service}/${node}` : node;
}

export function profileNode(
  visit: Visit,
  person: DiasporaId,
  node: ProfileNode,
  name: string,
): PubsubNode {
  const { context, service, asker } = visit;
  const items = async () => {
    const found = await context.ports.profileItems(person, node, asker);
    if (found === null) throw new DxError("DX_ITEM_NOT_FOUND");
    return found;
  };
  return {
    name,
    meta: async () => {
      await items();
      const [title, type] = NODES[node];
      return {
        title,
        type,
        access: "open",
        publish: "publishers",
        owner: service,
        maxItems: "max",
      };
    },
    page: async (query) => {
      const list = (await items()).map(({ id, payload }) => ({
        id,
        publisher: service,
        payload: () => payload,
      }));
      return pageOfList(list, query);
    },
  };
}
