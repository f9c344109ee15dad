/** What people write with their clients, again under the same id when no answer came. */
import { xml, type Stanza } from "../../support/e2e-client.ts";
import { movimItem, NODE } from "../../support/e2e-social.ts";
import type { ChaosClient } from "./client.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";

/** A new one, or other words for an old one. */
export async function publishPost(author: ChaosClient, id: string, text: string): Promise<void> {
  const item = movimItem(author.bare, { text, id });
  await author.insist("set", author.bare, pubsub(xml("publish", { node: NODE }, item)));
}

export async function retractPost(author: ChaosClient, id: string): Promise<void> {
  const item = xml("item", { id });
  const retract = pubsub(xml("retract", { node: NODE, notify: "true" }, item));
  await author.insist("set", author.bare, retract, "item-not-found");
}

/** Movim's comment: an entry with nothing but a title; a like is one that is titled so. */
export async function publishBelow(
  author: ChaosClient,
  component: string,
  guid: string,
  comment: { readonly id: string; readonly title: string },
): Promise<void> {
  const now = new Date().toISOString();
  const entry = xml(
    "entry",
    { xmlns: "http://www.w3.org/2005/Atom" },
    xml("id", {}, comment.id),
    xml("title", {}, comment.title),
    xml("author", {}, xml("uri", {}, `xmpp:${author.bare}`)),
    xml("published", {}, now),
    xml("updated", {}, now),
  );
  const node = `urn:xmpp:microblog:0:comments/${guid}`;
  const item = xml("item", { id: comment.id }, entry);
  await author.insist("set", component, pubsub(xml("publish", { node }, item)));
}

/** What the own node holds of these: id → entry. */
export async function held(
  author: ChaosClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Stanza | undefined>> {
  const wanted = ids.map((id) => xml("item", { id }));
  const answer = await author.insist(
    "get",
    author.bare,
    pubsub(xml("items", { node: NODE }, ...wanted)),
  );
  const holder = answer.stanza.getChild("pubsub", NS_PUBSUB)?.getChild("items");
  const found = new Map<string, Stanza | undefined>();
  for (const item of holder?.getChildren("item") ?? []) {
    const { id } = item.attrs;
    if (typeof id === "string") found.set(id, item.getChild("entry"));
  }
  return found;
}

function pubsub(child: Stanza): Stanza {
  return xml("pubsub", { xmlns: NS_PUBSUB }, child);
}
