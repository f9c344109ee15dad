/**
 * XEP-0470: what people attach to a post or a comment (likes, votes, answers), one item for each
 * person, called by the bare JID; and the summary of a node, one item for each of its items.
 * Both are where the item is that they are about, and as readable as it.
 */
import { bareJid } from "../../activitystreams/ids.ts";
import type { Page, PageQuery, SeenAttachment } from "../../activitystreams/stream.ts";
import { DxError } from "../../errors/error.ts";
import { attachmentsOf } from "../attachments.ts";
import { summaryOf } from "../attachments-summary.ts";
import { NS_ATTACHMENTS, NS_ATTACHMENTS_SUMMARY } from "../namespaces.ts";
import type { NewItem, NodeItem, NodeMeta, PubsubNode } from "../pubsub/node.ts";
import type { Readable } from "../ports.ts";
import { jidOf, type Visit } from "./context.ts";
import { pageOfList } from "./list-page.ts";
import { guidOf, nodeNameOf, pageAt, seenAt } from "./readable.ts";

/** Each item of a summary is a read of its own. */
const SUMMARIES = 20;

/** `name`: as it was asked for, the URI in it has several spellings (XEP-0060 §12.21). */
export function attachmentsNode(
  visit: Visit,
  at: Readable,
  item: string,
  name: string,
): PubsubNode {
  return {
    name,
    meta: async () => {
      const { audience } = (await seenAt(visit, at, item)).activity;
      const meta = metaOf(visit, "Attachments", NS_ATTACHMENTS, "open");
      // §3.2: as readable as what they are attached to.
      return audience === "public" ? meta : { ...meta, access: "whitelist" };
    },
    page: async (query) => pageOfList(byPerson(visit, await attached(visit, at, item)), query),
    // §3.3: the name of the item is the publisher's.
    ownItemId: visit.asker,
    // §3.2.
    ignoresOptions: true,
    publish: (published) => attach(visit, at, item, published),
    retract: (id) => detach(visit, at, item, id),
  };
}

export function summaryNode(visit: Visit, at: Readable, name: string): PubsubNode {
  return {
    name,
    meta: () =>
      Promise.resolve(
        metaOf(visit, `Summary of ${nodeNameOf(at)}`, NS_ATTACHMENTS_SUMMARY, "publishers"),
      ),
    page: (query) => summaries(visit, at, query),
  };
}

function metaOf(
  { service }: Visit,
  title: string,
  type: string,
  publish: NodeMeta["publish"],
): NodeMeta {
  return { title, type, access: "open", publish, owner: service, maxItems: "max" };
}

async function attached(
  visit: Visit,
  at: Readable,
  item: string,
): Promise<readonly SeenAttachment[]> {
  const { ports } = visit.context;
  const about = guidOf(await seenAt(visit, at, item));
  const found = await ports.attachments(about, visit.asker);
  if (found === null) throw new DxError("DX_ITEM_NOT_FOUND");
  return found.attachments;
}

/** Whoever did something last is the newest. */
function byPerson(
  { context: { component } }: Visit,
  attachments: readonly SeenAttachment[],
): NodeItem[] {
  const people = new Map<string, SeenAttachment[]>();
  for (const seen of attachments) {
    const jid = jidOf(seen.author, component);
    const own = people.get(jid);
    if (own === undefined) people.set(jid, [seen]);
    else own.push(seen);
  }
  return [...people].map(([jid, own]) => ({
    id: jid,
    publisher: jid,
    payload: () => attachmentsOf(own),
  }));
}

async function attach(
  visit: Visit,
  at: Readable,
  item: string,
  { id, payload }: NewItem,
): Promise<void> {
  const { asker, context } = visit;
  // §3.3: both are verified, and nothing else.
  if (bareJid(id) !== asker || payload.local !== "attachments") {
    throw new DxError("DX_BAD_REQUEST", { detail: "attachments are named for their publisher" });
  }
  const about = guidOf(await seenAt(visit, at, item));
  await context.ports.attach({ jid: asker, about, payload });
}

async function detach(visit: Visit, at: Readable, item: string, id: string): Promise<void> {
  const { asker, context } = visit;
  if (bareJid(id) !== asker) throw new DxError("DX_FORBIDDEN");
  const own = (await attached(visit, at, item)).some(
    ({ author }) => jidOf(author, context.component) === asker,
  );
  if (!own) throw new DxError("DX_ITEM_NOT_FOUND");
  const about = guidOf(await seenAt(visit, at, item));
  await context.ports.attach({ jid: asker, about, payload: null });
}

/** §3.4: an item to which nothing is attached has an empty summary. */
async function summaries(visit: Visit, at: Readable, query: PageQuery): Promise<Page<NodeItem>> {
  const { ports } = visit.context;
  const page = await pageAt(visit, at, { ...query, max: Math.min(query.max, SUMMARIES) });
  const items: NodeItem[] = [];
  for (const seen of page.items) {
    const found = await ports.attachments(guidOf(seen), visit.asker);
    const payload = summaryOf(found?.attachments ?? []);
    items.push({ id: seen.itemId, publisher: visit.service, payload: () => payload });
  }
  return { ...page, items };
}
