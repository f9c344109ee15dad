/**
 * What a node is to the pubsub service (XEP-0060): its facts, a page of its items, and whatever
 * else may be done there. A node is found for one asker and looks as it does to them; what a
 * method lacks is answered with the XEP's own error.
 */
import type { Jid } from "../../activitystreams/ids.ts";
import type { Page, PageQuery } from "../../activitystreams/stream.ts";
import type { XmlElement } from "../../xml/element.ts";

/** XEP-0060 §5.4, and §7.1.5: what publish-options are compared with. */
export interface NodeMeta {
  readonly title: string;
  /** The namespace of the payloads. */
  readonly type: string;
  readonly access: "open" | "whitelist";
  readonly publish: "open" | "publishers";
  readonly owner: string;
  readonly maxItems: number | "max";
}

export interface NodeItem {
  readonly id: string;
  /** Bare: whom the service vouches for. */
  readonly publisher: string;
  /** In at most so many bytes, if it can be said in them. Made only when it is asked for. */
  payload(maxBytes: number): XmlElement;
  /** The whole `<item/>` in NS_PUBSUB, where it is kept: in at most so many bytes, as above. */
  element?(maxBytes: number): XmlElement;
}

export interface NewItem {
  readonly id: string;
  readonly payload: XmlElement;
}

export interface PubsubNode {
  /** As it was asked for: one node may have several spellings (XEP-0470). */
  readonly name: string;
  /** Throws as `page` does. */
  meta(): Promise<NodeMeta>;
  /** Throws DX_ITEM_NOT_FOUND when it is not there, and just so when it is not for this asker. */
  page(query: PageQuery): Promise<Page<NodeItem>>;
  /** Resolves when it is done and durable. Absent: this asker may not. */
  publish?(item: NewItem): Promise<void>;
  /** XEP-0470: what the items of this asker must be called, instead of a name that we make. */
  readonly ownItemId?: string;
  /** XEP-0470 §3.2: publish-options are passed over. */
  readonly ignoresOptions?: boolean;
  retract?(id: string, notify: boolean): Promise<void>;
  /** Absent: nobody can. */
  subscribe?(): Promise<void>;
  /** Throws DX_PUBSUB_NOT_SUBSCRIBED when there was no subscription. */
  unsubscribe?(): Promise<void>;
  isSubscribed?(): Promise<boolean>;
  /** Of those who let others see it. */
  subscribers?(): Promise<readonly Jid[]>;
  readonly affiliation?: "owner" | "publisher";
}

export interface PubsubNodes {
  /** null: no such node. `service` is a bare JID of ours, folded. */
  find(service: Jid, node: string, asker: Jid): Promise<PubsubNode | null> | PubsubNode | null;
  /** Names of the nodes to which this asker is subscribed. */
  subscriptions(service: Jid, asker: Jid): Promise<readonly string[]>;
  /** For disco#items: those that are worth showing. */
  list(
    service: Jid,
    asker: Jid,
  ): Promise<readonly { readonly node: string; readonly name: string }[]>;
  /** XEP-0470 §3.3: a node that nobody may make by hand. */
  isReserved(node: string): boolean;
}

export interface PubsubLimits {
  /** Items of one answer. */
  readonly items: number;
  /** Bytes of one answer, serialised. */
  readonly bytes: number;
  /** Bytes of what is published, serialised. */
  readonly payloadBytes: number;
  /** Elements inside each other in what is published. */
  readonly payloadDepth: number;
}

export const PUBSUB_LIMITS: PubsubLimits = {
  items: 50,
  bytes: 100 * 1024,
  payloadBytes: 128 * 1024,
  payloadDepth: 50,
};

export interface PubsubRequest {
  /** The bare JID that was addressed, folded. */
  readonly service: Jid;
  /** The authenticated bare JID of the sender. */
  readonly asker: Jid;
  readonly type: "get" | "set";
  /** `<pubsub/>` of NS_PUBSUB or NS_PUBSUB_OWNER. */
  readonly pubsub: XmlElement;
}
