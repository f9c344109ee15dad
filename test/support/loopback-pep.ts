/**
 * The personal eventing of one account of the loopback server (XEP-0060, XEP-0163): as much
 * of it as clients and the component use. `openfire` has that server's differences: no
 * `max`, no `publisher`, and whoever may see the person's presence gets every node.
 */
import { attr, xml, type Stanza } from "./e2e-client.ts";

const NS_PUBSUB = "http://jabber.org/protocol/pubsub";
const NS_OWNER = `${NS_PUBSUB}#owner`;
const NS_EVENT = `${NS_PUBSUB}#event`;
const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

interface Node {
  access: string;
  readonly items: Map<string, Stanza>;
  readonly subscribers: Set<string>;
}

export interface PepOwner {
  readonly bare: string;
  readonly isOpenfire: boolean;
  /** A service for everybody, as `comments.` of a domain: who likes may make nodes and write. */
  readonly isService: boolean;
  /** Whether this bare JID may see the person's presence. */
  seesPresence(bare: string): boolean;
  /** Bare JIDs that get every node without having asked. */
  watchers(): readonly string[];
  send(stanza: Stanza): void;
}

export interface Pep {
  /** The payload of the result; an error is thrown as {@link Refused}. */
  answer(type: string, pubsub: Stanza, asker: string): Stanza | null;
  /** What Openfire sends to somebody who may see the presence from now on. */
  sendLastItems(to: string): void;
}

export class Refused extends Error {
  readonly condition: string;
  constructor(condition: string) {
    super(condition);
    this.condition = condition;
  }
}

/** RFC 6120 §8.3. */
export function refusal(condition: string): Stanza {
  return xml("error", { type: "cancel" }, xml(condition, { xmlns: NS_STANZAS }));
}

export function createPep(owner: PepOwner): Pep {
  const nodes = new Map<string, Node>();
  return {
    answer: (type, pubsub, asker) => {
      if (pubsub.attrs["xmlns"] === NS_OWNER) return ownerRequest(owner, nodes, pubsub, asker);
      if (type === "get") return items(owner, nodes, pubsub, asker);
      return setRequest(owner, nodes, pubsub, asker);
    },
    sendLastItems: (to) => {
      for (const [name, node] of nodes) {
        const last = [...node.items.values()].at(-1);
        if (last !== undefined) owner.send(eventTo(owner, to, name, last));
      }
    },
  };
}

function setRequest(
  owner: PepOwner,
  nodes: Map<string, Node>,
  pubsub: Stanza,
  asker: string,
): Stanza | null {
  const [request] = pubsub.getChildElements();
  const name = request === undefined ? "" : attr(request, "node");
  const isOwn = owner.isService || asker === owner.bare;
  switch (request?.name) {
    case "subscribe":
      return subscribed(readable(owner, nodes, name, asker), name, attr(request, "jid"));
    case "unsubscribe":
      nodes.get(name)?.subscribers.delete(attr(request, "jid"));
      return null;
    case "publish":
      if (!isOwn) throw new Refused("forbidden");
      return published(owner, nodes, name, request, {
        asker,
        options: pubsub.getChild("publish-options"),
      });
    case "retract":
      if (!isOwn) throw new Refused("forbidden");
      return retracted(owner, nodes, name, attrOfItem(request));
    case "create":
      if (!isOwn) throw new Refused("forbidden");
      configured(owner, nodes, name, pubsub.getChild("configure"));
      return null;
    default:
      throw new Refused("feature-not-implemented");
  }
}

function ownerRequest(
  owner: PepOwner,
  nodes: Map<string, Node>,
  pubsub: Stanza,
  asker: string,
): Stanza | null {
  const [request] = pubsub.getChildElements();
  if (!owner.isService && asker !== owner.bare) throw new Refused("forbidden");
  const name = request === undefined ? "" : attr(request, "node");
  const node = nodes.get(name);
  if (node === undefined) throw new Refused("item-not-found");
  switch (request?.name) {
    case "subscriptions":
      return subscribersOf(node, name);
    case "configure":
      configured(owner, nodes, name, request);
      return null;
    case "delete":
      nodes.delete(name);
      emptied(owner, node, xml("delete", { node: name }));
      return null;
    case "purge":
      emptied(owner, node, xml("purge", { node: name }));
      return null;
    default:
      throw new Refused("feature-not-implemented");
  }
}

function emptied(owner: PepOwner, node: Node, gone: Stanza): void {
  node.items.clear();
  notify(owner, node, () => xml("event", { xmlns: NS_EVENT }, gone));
}

function subscribersOf(node: Node, name: string): Stanza {
  const each = [...node.subscribers].map((jid) =>
    xml("subscription", { jid, subscription: "subscribed" }),
  );
  return xml("pubsub", { xmlns: NS_OWNER }, xml("subscriptions", { node: name }, ...each));
}

function readable(
  owner: PepOwner,
  nodes: ReadonlyMap<string, Node>,
  name: string,
  asker: string,
): Node {
  const node = nodes.get(name);
  if (node === undefined) throw new Refused("item-not-found");
  const may =
    owner.isService ||
    asker === owner.bare ||
    node.access === "open" ||
    (node.access === "presence" && owner.seesPresence(asker));
  if (!may) throw new Refused("not-authorized");
  return node;
}

function items(
  owner: PepOwner,
  nodes: ReadonlyMap<string, Node>,
  pubsub: Stanza,
  asker: string,
): Stanza {
  const request = pubsub.getChild("items");
  if (request === undefined) throw new Refused("feature-not-implemented");
  const name = attr(request, "node");
  const node = readable(owner, nodes, name, asker);
  const wanted = request.getChildren("item").map((item) => attr(item, "id"));
  const all = [...node.items.values()];
  const max = Number(request.attrs["max_items"] ?? all.length);
  const found =
    wanted.length > 0 ? all.filter((item) => wanted.includes(attr(item, "id"))) : all.slice(-max);
  return xml("pubsub", { xmlns: NS_PUBSUB }, xml("items", { node: name }, ...found));
}

function subscribed(node: Node, name: string, jid: string): Stanza {
  node.subscribers.add(jid);
  const attrs = { node: name, jid, subscription: "subscribed" };
  return xml("pubsub", { xmlns: NS_PUBSUB }, xml("subscription", attrs));
}

function published(
  owner: PepOwner,
  nodes: Map<string, Node>,
  name: string,
  request: Stanza,
  { asker, options }: { readonly asker: string; readonly options: Stanza | undefined },
): Stanza {
  const known = nodes.get(name);
  const access = fieldOf(options, "pubsub#access_model");
  if (known !== undefined && access !== "" && access !== known.access)
    throw new Refused("conflict");
  const node = known ?? configured(owner, nodes, name, options);
  const item = request.getChild("item");
  if (item === undefined) throw new Refused("bad-request");
  const id = attr(item, "id");
  const kept = xml("item", owner.isOpenfire ? { id } : { id, publisher: asker });
  for (const child of item.getChildElements()) kept.append(child);
  node.items.delete(id);
  node.items.set(id, kept);
  notify(owner, node, (to) => eventTo(owner, to, name, kept).getChild("event"));
  return xml("pubsub", { xmlns: NS_PUBSUB }, xml("publish", { node: name }, xml("item", { id })));
}

function retracted(
  owner: PepOwner,
  nodes: ReadonlyMap<string, Node>,
  name: string,
  id: string,
): null {
  const node = nodes.get(name);
  if (node?.items.delete(id) !== true) throw new Refused("item-not-found");
  notify(owner, node, () =>
    xml("event", { xmlns: NS_EVENT }, xml("items", { node: name }, xml("retract", { id }))),
  );
  return null;
}

function configured(
  owner: PepOwner,
  nodes: Map<string, Node>,
  name: string,
  holder: Stanza | undefined,
): Node {
  // Openfire reads it with Integer.parseInt.
  if (owner.isOpenfire && fieldOf(holder, "pubsub#max_items") === "max")
    throw new Refused("internal-server-error");
  const node = nodes.get(name) ?? { access: "presence", items: new Map(), subscribers: new Set() };
  const access = fieldOf(holder, "pubsub#access_model");
  if (access !== "") node.access = access;
  nodes.set(name, node);
  return node;
}

function notify(owner: PepOwner, node: Node, eventFor: (to: string) => Stanza | undefined): void {
  const allowed = [...node.subscribers].filter(
    (jid) => node.access === "open" || owner.seesPresence(bareOf(jid)),
  );
  const own = owner.isService ? [] : [owner.bare];
  for (const to of new Set([...allowed, ...owner.watchers(), ...own])) {
    owner.send(xml("message", { from: owner.bare, to, type: "headline" }, eventFor(to) ?? ""));
  }
}

function eventTo(owner: PepOwner, to: string, node: string, item: Stanza): Stanza {
  const event = xml("event", { xmlns: NS_EVENT }, xml("items", { node }, item));
  return xml("message", { from: owner.bare, to, type: "headline" }, event);
}

function fieldOf(holder: Stanza | undefined, name: string): string {
  const fields = holder?.getChild("x", "jabber:x:data")?.getChildren("field") ?? [];
  return fields.find((field) => attr(field, "var") === name)?.getChildText("value") ?? "";
}

function attrOfItem(request: Stanza): string {
  const item = request.getChild("item");
  return item === undefined ? "" : attr(item, "id");
}

export function bareOf(jid: string): string {
  const slash = jid.indexOf("/");
  return slash < 0 ? jid : jid.slice(0, slash);
}
