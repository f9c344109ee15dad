/**
 * What a person does with their client: opt in, publish as Movim does, follow, read.
 * Stanzas are written here from XEP-0077, XEP-0060, XEP-0277 and Movim's source, not with
 * the project's own builders.
 */
import { randomUUID } from "node:crypto";
import MarkdownIt from "markdown-it";
import type { Element } from "@xmldom/xmldom";
import {
  attr,
  pause,
  until,
  xml,
  type IqAnswer,
  type Stanza,
  type TestClient,
} from "./e2e-client.ts";
import { parseXml } from "./peer-xml.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
const NS_OWNER = `${NS_PUBSUB}#owner`;
export const NODE = "urn:xmpp:microblog:0";

/** Available, and whoever asks to see this person's presence may. */
export async function goOnline(client: TestClient): Promise<void> {
  await client.send(xml("presence"));
}

/** XEP-0100 §4.1: registers, and grants the presence subscription that the gateway asks for. */
export async function optIn(client: TestClient, service: string): Promise<void> {
  await goOnline(client);
  const seen = client.presences.length;
  const answer = await client.iq("set", service, xml("query", { xmlns: "jabber:iq:register" }));
  if (answer.type === "error") throw new Error(`registration: ${answer.stanza.toString()}`);
  await until("asked for the presence", () =>
    client.presences
      .slice(seen)
      .some((each) => each.attrs["type"] === "subscribe" && each.attrs["from"] === service),
  );
  await client.send(xml("presence", { to: service, type: "subscribed" }));
  await until("shown the gateway's presence", () =>
    client.presences.some(
      (each) => attr(each, "type") === "" && attr(each, "from").startsWith(service),
    ),
  );
}

export interface Post {
  readonly text: string;
  readonly id?: string;
  readonly title?: string;
  readonly at?: Date;
  /** Addresses of uploaded JPEGs, which Movim attaches and shows in the text as well. */
  readonly pictures?: readonly string[];
  /** Where its comments are kept (XEP-0277 §Comments). */
  readonly comments?: CommentsNode;
  /** Further elements of the entry: a poll's form, an event. */
  readonly more?: readonly Stanza[];
}

export interface CommentsNode {
  readonly service: string;
  readonly node: string;
}

/** Movim's entry: these elements in this order (src/Moxl/Stanza/PubsubAtom.php). */
export function movimItem(author: string, post: Post): Stanza {
  const id = post.id ?? randomUUID();
  const at = (post.at ?? new Date()).toISOString();
  const href = `xmpp:${author}?;node=${NODE};item=${id}`;
  const pictures = post.pictures ?? [];
  const text = [post.text, ...pictures.map((url) => `![](${url})`)].join("\n\n");
  return xml(
    "item",
    { id },
    xml(
      "entry",
      { xmlns: "http://www.w3.org/2005/Atom" },
      xml("id", {}, id),
      xml("title", {}, post.title ?? titleOf(post.text)),
      xml(
        "author",
        {},
        xml("name", {}, author.slice(0, author.indexOf("@"))),
        xml("uri", {}, `xmpp:${author}`),
      ),
      xml("link", { rel: "alternate", href }),
      ...repliesLink(post.comments),
      ...pictures.map((url) =>
        xml("link", { rel: "enclosure", href: url, type: "image/jpeg", title: fileNameOf(url) }),
      ),
      xml("content", { type: "xhtml" }, rendered(text)),
      xml("content", { type: "text" }, text),
      xml("published", {}, at),
      xml("updated", {}, at),
      ...(post.more ?? []),
    ),
  );
}

function repliesLink(comments: CommentsNode | undefined): Stanza[] {
  if (comments === undefined) return [];
  const href = `xmpp:${comments.service}?;node=${comments.node}`;
  return [xml("link", { rel: "replies", title: "comments", href })];
}

/** Movim renders with CommonMark and shows HTML in the source as the text that it is. */
const commonMark = new MarkdownIt("commonmark", { html: false, xhtmlOut: true });

function rendered(markdown: string): Stanza {
  const open = '<div xmlns="http://www.w3.org/1999/xhtml">';
  return toStanza(parseXml(`${open}${commonMark.render(markdown).trim()}</div>`));
}

export function toStanza(element: Element): Stanza {
  const attributes = [...element.attributes].map(({ name, value }) => [name, value] as const);
  const made = xml(element.tagName, Object.fromEntries(attributes));
  for (const node of element.childNodes) {
    if (isElement(node)) made.append(toStanza(node));
    else made.append(node.nodeValue ?? "");
  }
  return made;
}

function isElement(node: { readonly nodeType: number }): node is Element {
  return node.nodeType === 1;
}

function fileNameOf(url: string): string {
  return url.slice(url.lastIndexOf("/") + 1);
}

function titleOf(text: string): string {
  return /^.{1,60}/u.exec(text)?.[0] ?? "untitled";
}

export type Access = "open" | "presence";

/**
 * `movim`: Movim's own options, of which ejabberd 23.01 refuses one, so that it configures the
 * node and publishes without. `short`: what ejabberd takes, so that publishing makes the node.
 */
export type Style = "movim" | "short";

/** The answers in order, for whoever wants to know which way it went. */
export async function publish(
  client: TestClient,
  post: Post,
  access: Access = "open",
  style: Style = "movim",
): Promise<{ readonly id: string; readonly ways: readonly string[] }> {
  const item = movimItem(client.bare, post);
  const payload = xml("publish", { node: NODE }, item);
  const ways: string[] = [];
  const first = await client.iq(
    "set",
    client.bare,
    xml(
      "pubsub",
      { xmlns: NS_PUBSUB },
      payload,
      xml("publish-options", {}, form(`${NS_PUBSUB}#publish-options`, access, style)),
    ),
  );
  ways.push(`options: ${first.type} ${first.condition}`.trim());
  if (first.type === "error") {
    ways.push(`configure: ${await configureNode(client, access)}`);
    const second = await client.iq(
      "set",
      client.bare,
      xml("pubsub", { xmlns: NS_PUBSUB }, payload),
    );
    ways.push(`plain: ${second.type} ${second.condition}`.trim());
    if (second.type === "error") throw new Error(`publishing: ${ways.join(", ")}`);
  }
  return { id: attr(item, "id"), ways };
}

/** Movim's second way; a node that is not there yet is made with the same settings. */
export async function configureNode(client: TestClient, access: Access): Promise<string> {
  const settings = form(`${NS_PUBSUB}#node_config`, access, "movim");
  const configure = xml("configure", { node: NODE }, settings);
  const set = await client.iq("set", client.bare, xml("pubsub", { xmlns: NS_OWNER }, configure));
  if (set.type === "result") return "set";
  const create = xml(
    "pubsub",
    { xmlns: NS_PUBSUB },
    xml("create", { node: NODE }),
    xml("configure", {}, settings),
  );
  const made = await client.iq("set", client.bare, create);
  return `${set.condition}, then create ${made.type} ${made.condition}`.trim();
}

function form(type: string, access: Access, style: Style): Stanza {
  // ejabberd 23.01 takes `max` in neither form, a number only in the node's configuration.
  const maxItems = type.endsWith("publish-options") ? "max" : "1000";
  const values: [string, string][] = [
    ["FORM_TYPE", type],
    ["pubsub#persist_items", "true"],
    ["pubsub#access_model", access],
  ];
  if (style === "movim") {
    values.push(["pubsub#max_items", maxItems], ["pubsub#notify_retract", "true"]);
  }
  return xml(
    "x",
    { xmlns: "jabber:x:data", type: "submit" },
    ...values.map(([name, value]) =>
      xml(
        "field",
        { var: name, ...(name === "FORM_TYPE" ? { type: "hidden" } : {}) },
        xml("value", {}, value),
      ),
    ),
  );
}

/** The address of somebody of the federation at the component (XEP-0106). */
export function virtualJid(id: string, component: string): string {
  return `${id.replace("@", "\\40").replace(":", "\\3a")}@${component}`;
}

export async function subscribe(client: TestClient, service: string): Promise<IqAnswer> {
  const payload = xml("subscribe", { node: NODE, jid: client.bare });
  return await client.iq("set", service, xml("pubsub", { xmlns: NS_PUBSUB }, payload), 30_000);
}

export async function unsubscribe(client: TestClient, service: string): Promise<IqAnswer> {
  const payload = xml("unsubscribe", { node: NODE, jid: client.bare });
  return await client.iq("set", service, xml("pubsub", { xmlns: NS_PUBSUB }, payload));
}

/**
 * By this JID, as the owner sees it. ejabberd tells retractions to subscribers alone, and
 * nobody can subscribe before the first post makes the node; nor does it tell the owner who
 * has, so that there only time helps.
 */
export async function untilSubscribed(client: TestClient, jid: string): Promise<void> {
  const payload = xml("subscriptions", { node: NODE });
  await until("subscribed", async () => {
    const answer = await client.iq("get", client.bare, xml("pubsub", { xmlns: NS_OWNER }, payload));
    if (answer.condition === "feature-not-implemented") return await pause(3_000).then(() => true);
    const holder = answer.stanza.getChild("pubsub", NS_OWNER)?.getChild("subscriptions");
    return holder?.getChildren("subscription").some((each) => attr(each, "jid") === jid);
  });
}

/** Takes an item of the own node back. */
export async function retract(client: TestClient, id: string, node = NODE): Promise<void> {
  const payload = xml("retract", { node, notify: "true" }, xml("item", { id }));
  const answer = await client.iq("set", client.bare, xml("pubsub", { xmlns: NS_PUBSUB }, payload));
  if (answer.type === "error") throw new Error(`retracting: ${answer.condition}`);
}

/** What `items` answers: id → entry, oldest first. */
export async function readItems(
  client: TestClient,
  service: string,
  ids: readonly string[] = [],
): Promise<Map<string, Stanza>> {
  const wanted = xml("items", { node: NODE }, ...ids.map((id) => xml("item", { id })));
  const answer = await client.iq(
    "get",
    service,
    xml("pubsub", { xmlns: NS_PUBSUB }, wanted),
    30_000,
  );
  if (answer.type === "error") throw new Error(`items of ${service}: ${answer.condition}`);
  const items = answer.stanza.getChild("pubsub", NS_PUBSUB)?.getChild("items");
  const found = new Map<string, Stanza>();
  for (const item of items?.getChildren("item") ?? []) {
    const entry = item.getChild("entry");
    if (entry !== undefined) found.set(attr(item, "id"), entry);
  }
  return found;
}

/** The plain text of an entry. */
export function entryText(entry: Stanza | undefined): string {
  const contents = entry?.getChildren("content") ?? [];
  const plain = contents.find((each) => (each.attrs["type"] ?? "text") === "text");
  return plain?.getText() ?? "";
}
