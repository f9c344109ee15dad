/** Whom somebody follows and who follows them (XEP-0465), of those who let it be seen. */
import { bareJid, type Jid } from "../../activitystreams/ids.ts";
import { el, type XmlElement } from "../../xml/element.ts";
import { NS_PUBLIC_SUBSCRIPTIONS } from "../namespaces.ts";

export interface PublicSubscription {
  readonly service: Jid;
  readonly node: string;
}

/** COMPAT(Libervia): the XEP says `jid`, Libervia reads and writes `service`. */
export function subscriptionElement({ service, node }: PublicSubscription): XmlElement {
  return el("subscription", { xmlns: NS_PUBLIC_SUBSCRIPTIONS, node, jid: service, service });
}

export function readSubscription(payload: XmlElement | undefined): PublicSubscription | null {
  if (payload?.local !== "subscription" || payload.ns !== NS_PUBLIC_SUBSCRIPTIONS) return null;
  const { node, jid, service } = payload.attrs;
  const address = bareJid(jid ?? service ?? "");
  return address === null || node === undefined || node === "" ? null : { service: address, node };
}

export function subscriberElement(jid: string): XmlElement {
  return el("subscriber", { xmlns: NS_PUBLIC_SUBSCRIPTIONS, jid });
}

export function readSubscriber(payload: XmlElement | undefined): Jid | null {
  const isSubscriber = payload?.local === "subscriber" && payload.ns === NS_PUBLIC_SUBSCRIPTIONS;
  return isSubscriber ? bareJid(payload.attrs["jid"] ?? "") : null;
}
