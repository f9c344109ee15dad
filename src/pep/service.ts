/**
 * The pubsub service of one virtual person (XEP-0060, XEP-0163), as a function of the request
 * and of injected effects. It knows one node, the person's posts; every other node does not
 * exist. What it may show is decided by `read`.
 */
import type { PostActivity } from "../activitystreams/activity.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { bareJid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { child, childrenNamed, el, type XmlElement } from "../xml/element.ts";
import { serialise } from "../xml/serialise.ts";
import { entryFromNote } from "./entry-from-note.ts";
import { itemElement } from "./event.ts";
import { NODE_MICROBLOG, NS_PUBSUB } from "./namespaces.ts";

export interface PepEffects {
  /** Throws what discovery and the rules throw. */
  subscribe(reader: Jid, person: DiasporaId, node: string): Promise<void>;
  unsubscribe(reader: Jid, person: DiasporaId, node: string): Promise<void>;
  isSubscribed(reader: Jid, person: DiasporaId, node: string): Promise<boolean>;
  /** Oldest first; null when nobody here has heard of this person. */
  read(
    reader: Jid,
    person: DiasporaId,
    wanted: { readonly max: number; readonly ids?: readonly string[] },
  ): Promise<{ readonly name: string; readonly posts: readonly PostActivity[] } | null>;
}

export interface PepRequest {
  /** The virtual person's bare JID, as it was addressed. */
  readonly service: string;
  readonly person: DiasporaId;
  readonly reader: Jid;
  readonly pubsub: XmlElement;
}

export interface PepLimits {
  readonly maxItems: number;
  /** Of one answer, serialised. */
  readonly maxBytes: number;
}

export const PEP_LIMITS: PepLimits = { maxItems: 50, maxBytes: 100 * 1024 };

/** An IQ of type get. Returns the payload of the result. */
export async function answerPepGet(
  request: PepRequest,
  effects: PepEffects,
  limits: PepLimits = PEP_LIMITS,
): Promise<XmlElement> {
  const items = child(request.pubsub, "items", NS_PUBSUB);
  if (items !== undefined) return await answerItems(request, items, effects, limits);
  const subscriptions = child(request.pubsub, "subscriptions", NS_PUBSUB);
  if (subscriptions !== undefined) return await answerSubscriptions(request, effects);
  throw new DxError("DX_NOT_IMPLEMENTED");
}

/** An IQ of type set. Resolves when it is done and durable. */
export async function answerPepSet(
  request: PepRequest,
  effects: PepEffects,
): Promise<XmlElement | null> {
  const subscribe = child(request.pubsub, "subscribe", NS_PUBSUB);
  if (subscribe !== undefined) {
    requireReader(subscribe, request.reader);
    const node = requireNode(subscribe);
    await effects.subscribe(request.reader, request.person, node);
    return pubsub(subscription(node, request.reader, "subscribed"));
  }
  const unsubscribe = child(request.pubsub, "unsubscribe", NS_PUBSUB);
  if (unsubscribe !== undefined) {
    requireReader(unsubscribe, request.reader);
    await effects.unsubscribe(request.reader, request.person, requireNode(unsubscribe));
    return null;
  }
  // XEP-0060 §7.1.3.1: nobody but the person, who writes on the federation, may publish here.
  if (child(request.pubsub, "publish", NS_PUBSUB) !== undefined) throw new DxError("DX_FORBIDDEN");
  if (child(request.pubsub, "retract", NS_PUBSUB) !== undefined) throw new DxError("DX_FORBIDDEN");
  throw new DxError("DX_NOT_IMPLEMENTED");
}

async function answerItems(
  request: PepRequest,
  items: XmlElement,
  effects: PepEffects,
  limits: PepLimits,
): Promise<XmlElement> {
  const node = requireNode(items);
  const ids = childrenNamed(items, "item", NS_PUBSUB).flatMap((item) => item.attrs["id"] ?? []);
  const stream = await effects.read(request.reader, request.person, {
    max: Math.min(limits.maxItems, wantedItems(items)),
    ...(ids.length === 0 ? {} : { ids: ids.slice(0, limits.maxItems) }),
  });
  if (stream === null) throw new DxError("DX_ITEM_NOT_FOUND");
  const answer: XmlElement[] = [];
  let bytes = 0;
  // Newest first until the answer is full, then turned round: what is left out is the oldest.
  for (const post of [...stream.posts].reverse()) {
    const item = itemElement({
      service: request.service,
      node,
      id: post.object.guid,
      payload: entryFromNote(
        post,
        { service: request.service, authorName: stream.name },
        limits.maxBytes,
      ),
    });
    bytes += Buffer.byteLength(serialise(item));
    if (bytes > limits.maxBytes && answer.length > 0) break;
    answer.push(item);
  }
  return pubsub(el("items", { node }, answer.reverse()));
}

/** XEP-0060 §6.5.7; without `max_items` all are meant. */
function wantedItems(items: XmlElement): number {
  const wanted = items.attrs["max_items"];
  if (wanted === undefined) return Infinity;
  if (!/^\d{1,9}$/.test(wanted)) throw new DxError("DX_BAD_REQUEST");
  return Number(wanted);
}

async function answerSubscriptions(request: PepRequest, effects: PepEffects): Promise<XmlElement> {
  const subscribed = await effects.isSubscribed(request.reader, request.person, NODE_MICROBLOG);
  return pubsub(
    el(
      "subscriptions",
      {},
      subscribed ? subscription(NODE_MICROBLOG, request.reader, "subscribed") : null,
    ),
  );
}

function subscription(node: string, jid: Jid, state: string): XmlElement {
  return el("subscription", { node, jid, subscription: state });
}

function pubsub(payload: XmlElement): XmlElement {
  return el("pubsub", { xmlns: NS_PUBSUB }, payload);
}

/** XEP-0060 §6.1.3.1: one may subscribe oneself only; events go to the bare JID. */
function requireReader(request: XmlElement, reader: Jid): void {
  if (bareJid(request.attrs["jid"] ?? "") !== reader) {
    throw new DxError("DX_BAD_REQUEST", { detail: "the jid is not the sender's" });
  }
}

function requireNode(request: XmlElement): string {
  const node = request.attrs["node"];
  if (node === undefined) throw new DxError("DX_BAD_REQUEST", { detail: "no node is named" });
  if (node !== NODE_MICROBLOG) throw new DxError("DX_ITEM_NOT_FOUND");
  return node;
}
