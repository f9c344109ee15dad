/** What waits for people on the XMPP side, as stanzas: events of nodes, chat messages, signals. */
import type { DeliveryForm, PendingDelivery } from "../activitystreams/delivery.ts";
import type { XmlElement } from "../xml/element.ts";
import { chatFor } from "./outgoing-chat.ts";
import type { OutgoingContext } from "./outgoing-context.ts";
import { eventFor } from "./outgoing-event.ts";
import { signalFor } from "./outgoing-signal.ts";

/** Without `to`; null for what has no such form on the XMPP side. */
export function stanzaOf(
  delivery: PendingDelivery,
  form: DeliveryForm,
  context: OutgoingContext,
): XmlElement | null {
  const { content } = delivery;
  if (content.type === "signal") return signalFor(delivery.id, content, context);
  return form === "event"
    ? eventFor(content, delivery.rootGuid, context)
    : chatFor(content, delivery.rootGuid, context);
}

/** For one reader, in the form that it has. */
export function stanzaFor(
  delivery: PendingDelivery,
  to: string,
  context: OutgoingContext,
): XmlElement | null {
  const stanza = stanzaOf(delivery, delivery.form, context);
  return stanza === null ? null : { ...stanza, attrs: { ...stanza.attrs, to } };
}
