/**
 * Pubsub events as people's servers send them (XEP-0060 §7.1.2, §7.2.2.1, §8.4.2, §8.5.2): what
 * is in them, not whether it is to be believed. Whose event it is, the stanza's `from` says.
 */
import { bareJid, type Jid } from "../activitystreams/ids.ts";
import { child, childElements, childrenNamed, childText, type XmlElement } from "../xml/element.ts";
import { serialisedBytes } from "../xml/size.ts";
import { NS_DATA, NS_PUBSUB, NS_PUBSUB_EVENT } from "./namespaces.ts";

const NS_DELAY = "urn:xmpp:delay";
/** Bytes, as for the parts of a JID; the store's index takes little more. */
export const MAX_ITEM_ID = 1_023;
/** A form has few fields; what has more is nobody's configuration. */
const MAX_FIELDS = 100;

export interface EventItem {
  readonly id: string;
  /**
   * Bare: ejabberd gives a full JID, Prosody a bare one in events and none in answers,
   * Openfire none at all. null: who published it is not known.
   */
  readonly publisher: Jid | null;
  /** Absent in what only says that there is something (XEP-0060 §7.1.2.2). */
  readonly payload: XmlElement | undefined;
}

export interface ItemsEvent {
  readonly type: "items";
  readonly node: string;
  readonly items: readonly EventItem[];
  readonly retracted: readonly string[];
  /** XEP-0203: sent again, not news. */
  readonly delayed: boolean;
}

export interface PurgeEvent {
  readonly type: "purge";
  readonly node: string;
}

export interface DeleteEvent {
  readonly type: "delete";
  readonly node: string;
  /** Where the node has gone (§8.4.2), as it was written. */
  readonly redirect: string | null;
}

export interface ConfigurationEvent {
  readonly type: "configuration";
  readonly node: string;
  /** §8.2.5.1: the fields, their first values; empty when only the change was told. */
  readonly fields: ReadonlyMap<string, string>;
}

export interface SubscriptionEvent {
  readonly type: "subscription";
  readonly node: string;
  readonly jid: Jid | null;
  readonly state: string;
}

export type PubsubEvent =
  ItemsEvent | PurgeEvent | DeleteEvent | ConfigurationEvent | SubscriptionEvent;

/** null when the message itself carries no event that is understood; what it forwards is not read. */
export function readEvent(message: XmlElement): PubsubEvent | null {
  const event = child(message, "event", NS_PUBSUB_EVENT);
  const [about] = event === undefined ? [] : childElements(event);
  const node = about?.attrs["node"];
  if (about === undefined || about.ns !== NS_PUBSUB_EVENT || node === undefined) return null;
  switch (about.local) {
    case "items":
      return {
        type: "items",
        node,
        items: readItems(about),
        retracted: childrenNamed(about, "retract").flatMap(({ attrs }) => attrs["id"] ?? []),
        delayed: child(message, "delay", NS_DELAY) !== undefined,
      };
    case "purge":
      return { type: "purge", node };
    case "delete":
      return { type: "delete", node, redirect: child(about, "redirect")?.attrs["uri"] ?? null };
    case "configuration":
      return { type: "configuration", node, fields: fieldsOf(child(about, "x", NS_DATA)) };
    case "subscription":
      return {
        type: "subscription",
        node,
        jid: bareJid(about.attrs["jid"] ?? ""),
        state: about.attrs["subscription"] ?? "none",
      };
    default:
      return null;
  }
}

/** Of one name, beside its letters. */
const ID_BYTES = 100;

/** About what it holds in memory while it waits. */
export function eventBytes(event: PubsubEvent): number {
  if (event.type !== "items") return 0;
  const ids = [...event.items.map(({ id }) => id), ...event.retracted];
  const payloads = event.items.flatMap(({ payload }) => payload ?? []);
  return (
    ids.reduce((sum, id) => sum + id.length + ID_BYTES, 0) +
    payloads.reduce((sum, payload) => sum + serialisedBytes(payload), 0)
  );
}

/** The items of an answer to a read (XEP-0060 §6.5.2), oldest first as servers give them. */
export function readItemsResult(iq: XmlElement): EventItem[] {
  const items = child(child(iq, "pubsub", NS_PUBSUB), "items", NS_PUBSUB);
  return items === undefined ? [] : readItems(items);
}

function readItems(items: XmlElement): EventItem[] {
  return childrenNamed(items, "item").flatMap((item) => {
    const { id, publisher } = item.attrs;
    return id === undefined || id === "" || Buffer.byteLength(id) > MAX_ITEM_ID
      ? []
      : [{ id, publisher: bareJid(publisher ?? ""), payload: childElements(item)[0] }];
  });
}

function fieldsOf(form: XmlElement | undefined): ReadonlyMap<string, string> {
  const fields = form === undefined ? [] : childrenNamed(form, "field").slice(0, MAX_FIELDS);
  return new Map(
    fields.flatMap((field) => {
      const name = field.attrs["var"];
      return name === undefined ? [] : [[name, childText(field, "value") ?? ""] as const];
    }),
  );
}
