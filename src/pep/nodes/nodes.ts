/** All nodes of the component and of the virtual people on it: which there is, and for whom. */
import { localOf, type Jid } from "../../activitystreams/ids.ts";
import { parseVirtualLocal } from "../../activitystreams/virtual-jid.ts";
import { readAttachmentsNode } from "../links.ts";
import { NODE_MICROBLOG, NS_ATTACHMENTS, NS_ATTACHMENTS_SUMMARY } from "../namespaces.ts";
import type { PubsubNode, PubsubNodes } from "../pubsub/node.ts";
import { attachmentsNode, summaryNode } from "./attachments.ts";
import { commentsNode } from "./comments.ts";
import type { NodeContext, Visit } from "./context.ts";
import { createEntryCache } from "./entry-cache.ts";
import { postsNode } from "./posts.ts";
import { profileNode, profileNodeAt, profileNodeName, titleOf } from "./profile.ts";
import { nodeNameOf, readableAt } from "./readable.ts";

/** The feature beside PUBSUB_FEATURES: XEP-0470 §6, for all of it is done. */
export const NODE_FEATURES: readonly string[] = [NS_ATTACHMENTS];

const SUMMARY = `${NS_ATTACHMENTS_SUMMARY}/`;

export function createNodes(options: Omit<NodeContext, "cache">): PubsubNodes {
  const context: NodeContext = { ...options, cache: createEntryCache() };
  return {
    find: (service, node, asker) => find({ context, service, asker }, node),
    list: (service, asker) => list({ context, service, asker }),
    subscriptions: async (service, asker) => {
      const person = personAt(service);
      const found = await context.ports.subscribedTo(asker, person);
      return found.map(nodeNameOf);
    },
    isReserved: (node) => node.startsWith(`${NS_ATTACHMENTS}/`) || node.startsWith(SUMMARY),
  };
}

function find(visit: Visit, name: string): PubsubNode | null {
  const { context, service } = visit;
  const readable = readableAt(context, service, name);
  if (readable?.type === "comments") return commentsNode(visit, readable.post);
  if (readable !== null) return postsNode(visit, readable, name);
  if (name.startsWith(SUMMARY)) {
    const at = readableAt(context, service, name.slice(SUMMARY.length));
    return at === null ? null : summaryNode(visit, at, name);
  }
  const target = readAttachmentsNode(name);
  if (target !== null) {
    // An item of another service is for that service to keep.
    const at = target.service === service ? readableAt(context, target.service, target.node) : null;
    return at === null ? null : attachmentsNode(visit, at, target.item, name);
  }
  const person = personAt(service);
  const profile = person === null ? null : profileNodeAt(visit, name);
  return person === null || profile === null ? null : profileNode(visit, person, profile, name);
}

/** XEP-0030 §3: on the component they would be all posts of the world, so it lists none. */
async function list(visit: Visit): ReturnType<PubsubNodes["list"]> {
  const person = personAt(visit.service);
  if (person === null) return [];
  const profile = await visit.context.ports.profileNodes(person, visit.asker);
  return [
    { node: NODE_MICROBLOG, name: `Posts of ${person}` },
    { node: SUMMARY + NODE_MICROBLOG, name: `Summary of ${NODE_MICROBLOG}` },
    ...profile.map((node) => ({ node: profileNodeName(visit, node), name: titleOf(node) })),
  ];
}

function personAt(service: Jid) {
  const local = localOf(service);
  return local === null ? null : parseVirtualLocal(local);
}
