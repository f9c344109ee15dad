/**
 * What was said below a post (XEP-0277 §Comments), on the component's own domain. Whoever is
 * registered may publish; who a comment is from is who sent it, whatever its entry says.
 */
import type { Guid, Jid } from "../../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../../activitystreams/person.ts";
import type { SeenReply } from "../../activitystreams/stream.ts";
import { DxError } from "../../errors/error.ts";
import { entryFromReply } from "../entry-from-reply.ts";
import { NS_ATOM } from "../namespaces.ts";
import type { NodeItem, NodeMeta, PubsubNode } from "../pubsub/node.ts";
import { jidOf, placeOf, type Visit } from "./context.ts";
import { entryKey } from "./entry-cache.ts";
import { guidOf, nodeNameOf, threadAt } from "./readable.ts";
import { subscribable } from "./subscribable.ts";

export function commentsNode(visit: Visit, post: Guid): PubsubNode {
  const { context, asker } = visit;
  const at = { type: "comments", post } as const;
  const name = nodeNameOf(at);
  return {
    name,
    meta: () => metaOf(visit, post),
    page: async (query) => {
      const { page } = await threadAt(visit, post, query);
      return { ...page, items: page.items.map((seen) => replyItem(visit, name, seen)) };
    },
    ...subscribable(visit, at),
    publish: ({ id, payload }) => context.ports.comment({ jid: asker, post, itemId: id, payload }),
    retract: (id) => retractReply(visit, post, id),
  };
}

async function metaOf(visit: Visit, post: Guid): Promise<NodeMeta> {
  const { above } = await threadAt(visit, post, { max: 0, order: "creation", counted: false });
  return {
    title: "Comments",
    type: NS_ATOM,
    access: above.audience === "public" ? "open" : "whitelist",
    publish: "open",
    owner: jidOf(above.author, visit.context.component),
    maxItems: "max",
  };
}

function replyItem(visit: Visit, node: string, seen: SeenReply): NodeItem {
  const { context } = visit;
  const publisher = jidOf(seen.author, context.component);
  const place = placeOf(visit, node, publisher);
  return {
    id: seen.itemId,
    publisher,
    payload: (maxBytes) =>
      context.cache.entry(entryKey(seen, place, maxBytes), () =>
        entryFromReply(seen, place, maxBytes),
      ),
  };
}

/** XEP-0060 §7.2.3.1: one's own, or what others said below a post of one's own. */
async function retractReply(visit: Visit, post: Guid, item: string): Promise<void> {
  const { asker, context } = visit;
  const query = { max: 1, ids: [item], order: "creation", counted: false } as const;
  const { above, page } = await threadAt(visit, post, query);
  const [seen] = page.items;
  if (seen === undefined) throw new DxError("DX_ITEM_NOT_FOUND");
  const own = isBy(seen.author, asker);
  if (!own && !isBy(above.author, asker)) throw new DxError("DX_FORBIDDEN");
  const { object } = seen.activity;
  if (own && object.type === "opinion") {
    await context.ports.unlike({ jid: asker, about: object.about.guid, itemId: item });
    return;
  }
  await context.ports.retract({ jid: asker, guid: guidOf(seen) });
}

function isBy(author: LocalPerson | RemotePerson, jid: Jid): boolean {
  return "jid" in author && author.jid === jid;
}
