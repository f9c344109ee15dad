/**
 * What a handler is to the router: which stanzas it takes, by kind, type, payload and class
 * of addressee, which features it stands for, and what it does. Features are advertised by
 * whoever implements them (XEP-0030).
 */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import type { XmlElement } from "../xml/element.ts";
import type { Sender } from "./stanza.ts";

/** The component's own domain, a virtual person on it, or any other local part. */
export type AddresseeClass = "component" | "person" | "other";

export interface Addressee {
  readonly class: AddresseeClass;
  /** Bare and folded: ejabberd hands a component the local part as it was typed. */
  readonly jid: Jid;
  readonly resource: string | null;
  /** Of class `person` only. */
  readonly person: DiasporaId | null;
}

/** RFC 6121 §5.2.2 and §4.7.1; "available" is a presence without type. */
export type MessageType = "chat" | "error" | "groupchat" | "headline" | "normal";
export type PresenceType =
  | "available"
  | "error"
  | "probe"
  | "subscribe"
  | "subscribed"
  | "unavailable"
  | "unsubscribe"
  | "unsubscribed";

export interface Incoming {
  readonly stanza: XmlElement;
  readonly from: Sender;
  readonly to: Addressee;
}

export interface IqRequest extends Incoming {
  /** The IQ's one child. */
  readonly payload: XmlElement;
  /** Aborted when the sender has been told that it took too long. */
  readonly signal: AbortSignal;
}

interface Common {
  readonly to: AddresseeClass;
  readonly features?: readonly string[];
}

export interface IqHandler extends Common {
  readonly kind: "iq";
  readonly type: "get" | "set";
  readonly ns: string;
  readonly name: string;
  /** The result's payload, null for none. What it throws becomes the error. */
  answer(request: IqRequest): Promise<XmlElement | null> | XmlElement | null;
}

export interface MessageHandler extends Common {
  readonly kind: "message";
  readonly types: readonly MessageType[];
  /** Takes messages that have such a child; any message of the types when absent. */
  readonly payload?: { readonly ns: string; readonly name: string };
  receive(message: Incoming): Promise<void> | void;
}

export interface PresenceHandler extends Common {
  readonly kind: "presence";
  readonly types: readonly PresenceType[];
  receive(presence: Incoming): Promise<void> | void;
}

export type Handler = IqHandler | MessageHandler | PresenceHandler;
