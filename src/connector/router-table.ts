/** The router's table: which handler takes what, and what is advertised of it. */
import { child, type XmlElement } from "../xml/element.ts";
import type {
  AddresseeClass,
  Handler,
  Incoming,
  IqHandler,
  MessageHandler,
  PresenceHandler,
} from "./handler.ts";

export interface HandlerTable {
  /** A second handler for the same IQ is a mistake in the composition: it throws. */
  add(handlers: readonly Handler[]): void;
  iq(to: AddresseeClass, type: string, payload: XmlElement): IqHandler | undefined;
  /** True when something there answers this namespace, only not this question. */
  knows(to: AddresseeClass, ns: string): boolean;
  /** The first that fits, in the order in which they were added. */
  message(message: Incoming): MessageHandler | undefined;
  presence(presence: Incoming): PresenceHandler | undefined;
  features(to: AddresseeClass): readonly string[];
}

export function createHandlerTable(): HandlerTable {
  const iqs = new Map<string, IqHandler>();
  const namespaces = new Set<string>();
  const messages: MessageHandler[] = [];
  const presences: PresenceHandler[] = [];
  const features: Record<AddresseeClass, Set<string>> = {
    component: new Set(),
    person: new Set(),
    other: new Set(),
  };

  const add = (handler: Handler): void => {
    for (const feature of handler.features ?? []) features[handler.to].add(feature);
    if (handler.kind === "message") messages.push(handler);
    else if (handler.kind === "presence") presences.push(handler);
    else {
      const key = iqKey(handler.to, handler.type, handler.ns, handler.name);
      if (iqs.has(key)) throw new Error(`two handlers for ${key}`);
      iqs.set(key, handler);
      namespaces.add(`${handler.to} ${handler.ns}`);
    }
  };

  return {
    add: (handlers) => {
      handlers.forEach(add);
    },
    iq: (to, type, payload) => iqs.get(iqKey(to, type, payload.ns, payload.local)),
    knows: (to, ns) => namespaces.has(`${to} ${ns}`),
    message: ({ stanza, to }) => {
      // RFC 6121 §5.2.2: a message without a type, or of an unknown one, is normal.
      const type = MESSAGE_TYPES.has(stanza.attrs["type"] ?? "") ? stanza.attrs["type"] : "normal";
      return messages.find(
        (handler) =>
          handler.to === to.class &&
          handler.types.some((taken) => taken === type) &&
          (handler.payload === undefined ||
            child(stanza, handler.payload.name, handler.payload.ns) !== undefined),
      );
    },
    presence: ({ stanza, to }) => {
      const type = stanza.attrs["type"] ?? "available";
      return presences.find(
        (handler) => handler.to === to.class && handler.types.some((taken) => taken === type),
      );
    },
    features: (to) => [...features[to]].sort(),
  };
}

const MESSAGE_TYPES = new Set(["chat", "error", "groupchat", "headline"]);

function iqKey(to: AddresseeClass, type: string, ns: string, name: string): string {
  return `${to} ${type} {${ns}}${name}`;
}
