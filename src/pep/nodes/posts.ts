/**
 * The posts of one person (XEP-0277): of a virtual person at the own JID, and, by buddycloud's
 * name, of somebody here whose own server does not hold them.
 */
import type { SeenPost } from "../../activitystreams/stream.ts";
import { entryFromPost } from "../entry-from-post.ts";
import { NS_ATOM } from "../namespaces.ts";
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
      return { ...page, items: page.items.map((seen) => postItem(visit, at, seen)) };
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

function postItem(visit: Visit, at: Readable, seen: SeenPost): NodeItem {
  const { context } = visit;
  const publisher = jidOf(seen.author, context.component);
  const { comments } = seen;
  const place = { ...placeOf(visit, nodeNameOf(at), publisher), commentsOn: () => comments };
  return {
    id: seen.itemId,
    publisher,
    payload: (maxBytes) =>
      context.cache.entry(entryKey(seen, place, maxBytes), () =>
        entryFromPost(seen, place, maxBytes),
      ),
  };
}
