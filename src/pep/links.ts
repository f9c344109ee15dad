/**
 * Pubsub items and nodes as xmpp: URIs (XEP-0060 §12.22, RFC 5122): written as Movim's reader
 * needs them, read in every spelling that is about.
 */
import { createHash } from "node:crypto";
import { bareJid, type Guid, type Jid } from "../activitystreams/ids.ts";
import { NODE_COMMENTS, NS_ATTACHMENTS } from "./namespaces.ts";

export interface NodeAddress {
  readonly service: Jid;
  readonly node: string;
}

export interface ItemAddress extends NodeAddress {
  readonly item: string;
}

/** What an xmpp: URI names. */
export interface XmppAddress {
  readonly service: Jid;
  readonly node: string | null;
  readonly item: string | null;
}

/** Movim refuses to comment on an item whose name is longer, or has white space in it. */
const MAX_ITEM_NAME = 128;

/** The name of an item: the GUID or given name where every reader takes it, else an alias. */
export function itemNameOf(id: string): string {
  if (id.length <= MAX_ITEM_NAME && !/\s/u.test(id)) return id;
  return `g-${createHash("sha256").update(id).digest("hex")}`;
}

/** XEP-0277: the node of the comments on a post. */
export function commentsNodeOf(guid: Guid): string {
  return NODE_COMMENTS + guid;
}

/** The query begins with `?;node=`: Movim counts the characters before the comments' name. */
export function nodeUri(service: string, node: string): string {
  return `xmpp:${encodedJid(service)}?;node=${encodeURIComponent(node)}`;
}

export function itemUri(service: string, node: string, item: string): string {
  return `${nodeUri(service, node)};item=${encodeURIComponent(item)}`;
}

/** RFC 5122 §2.7.2: the `\` of an escaped JID may not stand in a URI. */
export function jidUri(jid: string): string {
  return `xmpp:${encodedJid(jid)}`;
}

function encodedJid(jid: string): string {
  const at = jid.indexOf("@");
  return at < 0 ? jid : `${encodeURIComponent(jid.slice(0, at))}@${jid.slice(at + 1)}`;
}

const MAX_URI = 4_096;

/**
 * `xmpp:a@b?;node=N;item=I` (XEP-0060), `?node=N;item=I`, and buddycloud's
 * `?pubsub;action=retrieve;node=N;item=I`, percent-encoded or, as Movim writes them, raw.
 */
export function readXmppUri(text: string): XmppAddress | null {
  const uri = text.trim();
  if (uri.length > MAX_URI || !/^xmpp:/i.test(uri)) return null;
  const question = uri.indexOf("?");
  const address = uri.slice(5, question < 0 ? undefined : question).replace(/^\/\/[^/]*\//, "");
  const service = bareJid(decoded(address));
  if (service === null) return null;
  const values = question < 0 ? new Map<string, string>() : queryOf(uri.slice(question + 1));
  return { service, node: values.get("node") ?? null, item: values.get("item") ?? null };
}

/** The first of each key: what follows a second one is somebody's attempt. */
function queryOf(query: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const pair of query.split(/[;&]/)) {
    const equals = pair.indexOf("=");
    if (equals < 0) continue;
    const [key, value] = [pair.slice(0, equals), decoded(pair.slice(equals + 1))];
    if (!values.has(key) && value !== "") values.set(key, value);
  }
  return values;
}

/** A raw address may have a `%` in it that begins no escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function readNodeUri(text: string): NodeAddress | null {
  const address = readXmppUri(text);
  if (address?.node === undefined || address.node === null) return null;
  return { service: address.service, node: address.node };
}

export function readItemUri(text: string): ItemAddress | null {
  const address = readXmppUri(text);
  if (address === null || address.node === null || address.item === null) return null;
  return { service: address.service, node: address.node, item: address.item };
}

/** XEP-0470 §3.1: the node of what is attached to an item. */
export function attachmentsNodeOf({ service, node, item }: ItemAddress): string {
  return `${NS_ATTACHMENTS}/${itemUri(service, node, item)}`;
}

/** Compared after decoding: there are as many spellings of the node's name as of the URI. */
export function readAttachmentsNode(node: string): ItemAddress | null {
  const prefix = `${NS_ATTACHMENTS}/`;
  return node.startsWith(prefix) ? readItemUri(node.slice(prefix.length)) : null;
}
