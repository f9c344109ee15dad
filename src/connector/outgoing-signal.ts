/** What somebody is told that is nobody's post: words, receipts, failures, presence. */
import type { DeliveryContent, Signal } from "../activitystreams/delivery.ts";
import { virtualJid } from "../activitystreams/virtual-jid.ts";
import { cutWithSuffix } from "../activitystreams/words.ts";
import { NS_MOVED, NS_NICK } from "../pep/namespaces.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { NS_HINTS, NS_RECEIPTS } from "./chat-namespaces.ts";
import type { OutgoingContext } from "./outgoing-context.ts";
import { NS_STANZAS } from "./stanza.ts";

type SignalContent = Extract<DeliveryContent, { readonly type: "signal" }>;

/** Code points; no notice of the bridge is near it. */
const MAX_WORDS = 10_000;

/** Without `to`. The id is that of the delivery, so that a repeat is seen to be one. */
export function signalFor(
  id: string,
  { from, signal }: SignalContent,
  { componentDomain }: OutgoingContext,
): XmlElement {
  const sender = from === null ? componentDomain : virtualJid(from, componentDomain);
  switch (signal.kind) {
    case "words":
      return el(
        "message",
        { type: "chat", from: sender, id: `notice-${id}` },
        el("body", {}, cutWithSuffix(signal.text, MAX_WORDS, "")),
        store(),
      );
    case "receipt":
      // XEP-0184 §5.4: it has an id of its own, and the type of what it acknowledges.
      return el(
        "message",
        { type: "chat", from: sender, id: `receipt-${id}` },
        el("received", { xmlns: NS_RECEIPTS, id: signal.messageId }),
        store(),
      );
    case "failure":
      return failure(sender, signal);
    case "presence":
      return el(
        "presence",
        { type: signal.presence, from: sender },
        signal.nick === undefined ? null : el("nick", { xmlns: NS_NICK }, signal.nick),
        signal.movedFrom === undefined
          ? null
          : movedFrom(virtualJid(signal.movedFrom, componentDomain)),
      );
  }
}

/** XEP-0283 §4.2: the new account asks those whom the old one asked. */
function movedFrom(jid: string): XmlElement {
  return el("moved", { xmlns: NS_MOVED }, el("old-jid", {}, jid));
}

/** XEP-0334 §5.3: also for who is offline, where a server would keep only what has a body. */
function store(): XmlElement {
  return el("store", { xmlns: NS_HINTS });
}

/** RFC 6120 §8.3: the message itself comes back, by its id. */
function failure(
  from: string,
  { messageId, text }: Extract<Signal, { readonly kind: "failure" }>,
): XmlElement {
  return el(
    "message",
    { type: "error", from, id: messageId },
    el(
      "error",
      { type: "cancel" },
      el("recipient-unavailable", { xmlns: NS_STANZAS }),
      el("text", { xmlns: NS_STANZAS, "xml:lang": "en" }, cutWithSuffix(text, MAX_WORDS, "")),
    ),
  );
}
