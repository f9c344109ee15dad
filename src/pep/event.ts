/** Pubsub events (XEP-0060 §7.1.2): read as they come from people's servers, built as they go out. */
import { child, childElements, childrenNamed, el, type XmlElement } from "../xml/element.ts";
import { NS_PUBSUB, NS_PUBSUB_EVENT } from "./namespaces.ts";

const NS_DELAY = "urn:xmpp:delay";
/** Bytes, as for the parts of a JID; the store's index takes little more. */
const MAX_ITEM_ID = 1_023;

export interface PublishedItem {
  readonly id: string;
  readonly payload: XmlElement | undefined;
}

export interface ItemsEvent {
  readonly node: string;
  readonly items: readonly PublishedItem[];
  readonly retracted: readonly string[];
  /** XEP-0203: sent again, not news. */
  readonly delayed: boolean;
}

/** null when the message carries no items event. */
export function readItemsEvent(message: XmlElement): ItemsEvent | null {
  const items = child(child(message, "event", NS_PUBSUB_EVENT), "items", NS_PUBSUB_EVENT);
  const node = items?.attrs["node"];
  if (items === undefined || node === undefined) return null;
  return {
    node,
    items: readItems(items),
    retracted: childrenNamed(items, "retract").flatMap((retract) => retract.attrs["id"] ?? []),
    delayed: child(message, "delay", NS_DELAY) !== undefined,
  };
}

/** The items of an answer to a read (XEP-0060 §6.5.2), oldest first as servers give them. */
export function readItemsResult(iq: XmlElement): PublishedItem[] {
  const items = child(child(iq, "pubsub", NS_PUBSUB), "items", NS_PUBSUB);
  return items === undefined ? [] : readItems(items);
}

function readItems(items: XmlElement): PublishedItem[] {
  return childrenNamed(items, "item").flatMap((item) => {
    const id = item.attrs["id"];
    return id === undefined || id === "" || Buffer.byteLength(id) > MAX_ITEM_ID
      ? []
      : [{ id, payload: childElements(item)[0] }];
  });
}

export interface OutgoingItem {
  readonly service: string;
  readonly node: string;
  readonly id: string;
  readonly payload: XmlElement;
}

/**
 * Always from the bare JID: Movim keeps a `from` as it stands. The message id is that of the
 * item, so that a repeat after a cut is seen to be one.
 */
export function eventMessage(item: OutgoingItem, to: string): XmlElement {
  return el(
    "message",
    { type: "headline", from: item.service, to, id: item.id },
    el("event", { xmlns: NS_PUBSUB_EVENT }, el("items", { node: item.node }, itemElement(item))),
  );
}

export function itemElement(item: OutgoingItem): XmlElement {
  return el("item", { id: item.id, publisher: item.service }, item.payload);
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

/** XEP-0060 §7.2.2.1. */
export function retractMessage(
  item: { readonly service: string; readonly node: string; readonly id: string },
  to: string,
): XmlElement {
  return el(
    "message",
    { type: "headline", from: item.service, to, id: `retract-${item.id}` },
    el(
      "event",
      { xmlns: NS_PUBSUB_EVENT },
      el("items", { node: item.node }, el("retract", { id: item.id })),
    ),
  );
}
