/**
 * Pubsub events as they go out (XEP-0060 §7.1.2), and requests to other services. Always from the
 * bare JID of the service: Movim keeps a `from` as it stands. Each has an id that is the same
 * when it is sent again, so that a repeat after a cut is seen to be one.
 */
import { el, type XmlElement } from "../xml/element.ts";
import { serialisedBytes } from "../xml/size.ts";
import { NS_PUBSUB, NS_PUBSUB_EVENT } from "./namespaces.ts";
import { fittingPayload } from "./shrink.ts";

/** What servers are sure to pass on, users' limits included. */
export const EVENT_BYTES = 128 * 1024;
/** A message around its items. */
const ENVELOPE_BYTES = 4_096;

export interface EventSource {
  readonly service: string;
  readonly node: string;
}

export interface OutgoingItem extends EventSource {
  readonly id: string;
  readonly payload: XmlElement;
  /** The service itself when absent. */
  readonly publisher?: string;
}

/** Without `to` where many get the same. */
export function eventMessage(item: OutgoingItem, to?: string): XmlElement {
  return message(item, to, item.id, el("items", { node: item.node }, itemElement(item)));
}

/**
 * Several items of one node, oldest first, in as few messages as their size allows. An item that
 * is too big by itself is told in short (Movim does not fetch what came without a payload).
 */
export function eventMessages(
  source: EventSource,
  items: readonly Pick<OutgoingItem, "id" | "payload" | "publisher">[],
  to?: string,
  maxBytes: number = EVENT_BYTES,
): XmlElement[] {
  const room = maxBytes - ENVELOPE_BYTES;
  const lists: { id: string; items: XmlElement[]; bytes: number }[] = [];
  for (const item of items) {
    const attrs = { id: item.id, publisher: item.publisher ?? source.service };
    const around = serialisedBytes(el("item", attrs, ""));
    const element = el("item", attrs, fittingPayload(item.payload, room - around));
    const bytes = serialisedBytes(element);
    const last = lists.at(-1);
    if (last !== undefined && last.bytes + bytes <= room) {
      last.items.push(element);
      last.bytes += bytes;
    } else {
      lists.push({ id: item.id, items: [element], bytes });
    }
  }
  return lists.map((list) =>
    message(source, to, list.id, el("items", { node: source.node }, list.items)),
  );
}

export function itemElement(item: OutgoingItem): XmlElement {
  return el("item", { id: item.id, publisher: item.publisher ?? item.service }, item.payload);
}

/** XEP-0060 §7.2.2.1. */
export function retractMessage(item: EventSource & { readonly id: string }, to?: string) {
  const retract = el("retract", { id: item.id });
  return message(item, to, `retract-${item.id}`, el("items", { node: item.node }, retract));
}

/** XEP-0060 §8.4.2: the node is gone; `redirect` is the xmpp: URI of where to. */
export function deleteMessage(source: EventSource, to?: string, redirect?: string): XmlElement {
  const moved = redirect === undefined ? null : el("redirect", { uri: redirect });
  return message(source, to, `delete-${source.node}`, el("delete", { node: source.node }, moved));
}

/** XEP-0060 §8.5.2. */
export function purgeMessage(source: EventSource, to?: string): XmlElement {
  return message(source, to, `purge-${source.node}`, el("purge", { node: source.node }));
}

/** XEP-0060 §12.14: told to whom it concerns. */
export function subscriptionMessage(
  source: EventSource,
  jid: string,
  subscription: "none" | "subscribed",
): XmlElement {
  const change = el("subscription", { node: source.node, jid, subscription });
  return message(source, jid, `${subscription}-${source.node}`, change);
}

function message(
  { service }: EventSource,
  to: string | undefined,
  id: string,
  about: XmlElement,
): XmlElement {
  return el(
    "message",
    { type: "headline", from: service, to, id },
    el("event", { xmlns: NS_PUBSUB_EVENT }, about),
  );
}

/** XEP-0060 §6.5: a read of the newest items, or of these. */
export function itemsRequest(
  node: string,
  wanted: { readonly max: number } | { readonly ids: readonly string[] },
): XmlElement {
  const items =
    "max" in wanted
      ? el("items", { node, max_items: wanted.max })
      : el(
          "items",
          { node },
          wanted.ids.map((id) => el("item", { id })),
        );
  return el("pubsub", { xmlns: NS_PUBSUB }, items);
}

/** XEP-0060 §6.1. */
export function subscribeRequest(node: string, jid: string): XmlElement {
  return el("pubsub", { xmlns: NS_PUBSUB }, el("subscribe", { node, jid }));
}
