/** Comments nodes as Movim makes and uses them (XEP-0277 §Comments; its src/Moxl/Stanza/Pubsub.php). */
import { randomUUID } from "node:crypto";
import { attr, xml, type Stanza, type TestClient } from "./e2e-client.ts";
import type { CommentsNode } from "./e2e-social.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";

/**
 * Open to readers and writers, on the service that Movim looks for, else in the person's own
 * account: Prosody lets nobody but admins make nodes on a service.
 */
export async function createCommentsNode(
  client: TestClient,
  service: string,
  itemId: string,
): Promise<CommentsNode> {
  const node = `urn:xmpp:microblog:0:comments/${itemId}`;
  const settings: [string, string][] = [
    ["FORM_TYPE", `${NS_PUBSUB}#node_config`],
    ["pubsub#access_model", "open"],
    ["pubsub#publish_model", "open"],
    ["pubsub#persist_items", "1"],
    // Prosody takes no more than 256.
    ["pubsub#max_items", "250"],
    ["pubsub#notify_retract", "1"],
    ["pubsub#itemreply", "publisher"],
  ];
  const fields = settings.map(([name, value]) =>
    xml("field", { var: name }, xml("value", {}, value)),
  );
  const form = xml("x", { xmlns: "jabber:x:data", type: "submit" }, ...fields);
  const create = xml("create", { node });
  const payload = xml("pubsub", { xmlns: NS_PUBSUB }, create, xml("configure", {}, form));
  for (const place of [service, client.bare]) {
    const answer = await client.iq("set", place, payload);
    if (answer.type === "result") return { service: place, node };
  }
  throw new Error("neither the service nor the own account takes a comments node");
}

/** A comment is an entry with nothing but a title; its item's id. */
export async function publishComment(
  client: TestClient,
  { service, node }: CommentsNode,
  text: string,
): Promise<string> {
  const id = randomUUID();
  const now = new Date().toISOString();
  const entry = xml(
    "entry",
    { xmlns: "http://www.w3.org/2005/Atom" },
    xml("id", {}, id),
    xml("title", {}, text),
    xml("author", {}, xml("uri", {}, `xmpp:${client.bare}`)),
    xml("published", {}, now),
    xml("updated", {}, now),
  );
  const publish = xml("publish", { node }, xml("item", { id }, entry));
  const answer = await client.iq("set", service, xml("pubsub", { xmlns: NS_PUBSUB }, publish));
  if (answer.type === "error") throw new Error(`the comment: ${answer.stanza.toString()}`);
  return id;
}

/** Takes an item of a comments node back. */
export async function retractComment(
  client: TestClient,
  { service, node }: CommentsNode,
  id: string,
): Promise<void> {
  const retract = xml("retract", { node, notify: "true" }, xml("item", { id }));
  const answer = await client.iq("set", service, xml("pubsub", { xmlns: NS_PUBSUB }, retract));
  if (answer.type === "error") throw new Error(`taking it back: ${answer.stanza.toString()}`);
}

/** id → publisher and entry; empty where there is no such node. */
export async function itemsOfNode(
  client: TestClient,
  { service, node }: CommentsNode,
): Promise<Map<string, { readonly publisher: string; readonly entry: Stanza | undefined }>> {
  const items = xml("items", { node });
  const answer = await client.iq("get", service, xml("pubsub", { xmlns: NS_PUBSUB }, items));
  const holder = answer.stanza.getChild("pubsub", NS_PUBSUB)?.getChild("items");
  return new Map(
    (holder?.getChildren("item") ?? []).map((item) => [
      attr(item, "id"),
      { publisher: attr(item, "publisher"), entry: item.getChild("entry") },
    ]),
  );
}
