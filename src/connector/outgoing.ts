/** What waits for a JID, as stanzas: posts and retractions as pubsub events, notices as chat. */
import { isAbout } from "../activitystreams/activity.ts";
import type { DeliveryContent, PendingDelivery } from "../activitystreams/delivery.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";
import { entryFromNote } from "../pep/entry-from-note.ts";
import { eventMessage, retractMessage } from "../pep/event.ts";
import { NODE_MICROBLOG } from "../pep/namespaces.ts";
import { el, type XmlElement } from "../xml/element.ts";

export interface OutgoingContext {
  readonly componentDomain: string;
  /** Of one stanza, serialised. */
  readonly maxBytes: number;
}

/** What an event has beside its entry. */
const ENVELOPE_BYTES = 4_096;

/** null for what has no form on the XMPP side. */
export function stanzaFor(
  delivery: PendingDelivery,
  to: string,
  context: OutgoingContext,
): XmlElement | null {
  const { content } = delivery;
  if (content.type === "notice") {
    return el(
      "message",
      { type: "chat", from: context.componentDomain, to, id: `notice-${delivery.id}` },
      el("body", {}, content.text),
    );
  }
  return eventFor(content, to, context);
}

function eventFor(
  content: Extract<DeliveryContent, { type: "activity" }>,
  to: string,
  context: OutgoingContext,
): XmlElement | null {
  const { activity, author } = content;
  const service = virtualJid(author.diasporaId, context.componentDomain);
  if (activity.verb === "delete") {
    return retractMessage({ service, node: NODE_MICROBLOG, id: activity.object.guid }, to);
  }
  if (!isAbout(activity, "note")) return null;
  const payload = entryFromNote(
    activity,
    { service, authorName: author.name },
    context.maxBytes - ENVELOPE_BYTES,
  );
  return eventMessage({ service, node: NODE_MICROBLOG, id: activity.object.guid, payload }, to);
}
