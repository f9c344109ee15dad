/**
 * The posts of one person (XEP-0277): of a virtual person at the own JID, and, by buddycloud's
 * name, of somebody here whose own server does not hold them.
 */
import type { SeenPost } from "../../activitystreams/stream.ts";
import { entryFromPost } from "../entry-from-post.ts";
import { NS_ATOM } from "../namespaces.ts";
import type { XmlElement } from "../../xml/element.ts";
import { itemElement } from "../pubsub/items.ts";
import type { NodeItem, PubsubNode } from "../pubsub/node.ts";
import type { Readable } from "../ports.ts";
import { jidOf, placeOf, type Visit } from "./context.ts";
import { entryKey } from "./entry-cache.ts";
import { guidOf, nodeNameOf, postsAt, seenAt } from "./readable.ts";
import { subscribable } from "./subscribable.ts";

export function postsNode(
  visit: Visit,
  at: Exclude<Readable, { type: "comments" }>,
  name: string,
): PubsubNode {
  const { service, asker } = visit;
  const owner = at.type === "posts" ? service : at.owner;
  const isOwner = at.type === "hosted" && at.owner === asker;
  return {
    name,
    meta: () =>
      Promise.resolve({
        title: `Posts of ${at.type === "posts" ? at.person : at.owner}`,
        type: NS_ATOM,
        access: "open",
        publish: "publishers",
        owner,
        maxItems: "max",
      }),
    page: async (query) => {
      const page = await postsAt(visit, at, query);
      const publisherOf = createPublisherOf(visit);
      const node = nodeNameOf(at);
      const items = page.items.map((seen) => postItem(visit, node, publisherOf(seen), seen));
      return { ...page, items };
    },
    ...subscribable(visit, at),
    ...(isOwner
      ? {
          affiliation: "owner",
          retract: async (id: string) => {
            const guid = guidOf(await seenAt(visit, at, id));
            await visit.context.ports.retract({ jid: asker, guid });
          },
        }
      : {}),
  };
}

/** Mostly it is the same for all of a page. */
function createPublisherOf({ context }: Visit): (seen: SeenPost) => string {
  let last: { readonly author: SeenPost["author"]; readonly jid: string } | null = null;
  return ({ author }) => {
    if (last?.author !== author) last = { author, jid: jidOf(author, context.component) };
    return last.jid;
  };
}

function postItem(visit: Visit, node: string, publisher: string, seen: SeenPost): NodeItem {
  const { context, service } = visit;
  const id = seen.itemId;
  const payload = (maxBytes: number): XmlElement => {
    const commentsOn = (): number | undefined => seen.comments;
    return entryFromPost(seen, { ...placeOf(visit, node, publisher), commentsOn }, maxBytes);
  };
  return {
    id,
    publisher,
    payload,
    element: (maxBytes) =>
      context.cache.entry(entryKey(seen, { service, node, publisher }, maxBytes), () =>
        itemElement({ id, publisher, payload }, maxBytes),
      ),
  };
}
