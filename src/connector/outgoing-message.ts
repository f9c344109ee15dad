/** A chat message of the bridge's making: its parts, and how it is kept small enough. */
import { codePoints } from "../activitystreams/words.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { serialise } from "../xml/serialise.ts";
import { NS_CORRECT, NS_FALLBACK, NS_HINTS, NS_REPLY, NS_SID } from "./chat-namespaces.ts";
import { ENVELOPE_BYTES, type OutgoingContext } from "./outgoing-context.ts";

export interface ChatWords {
  readonly from: string;
  readonly guid: string;
  readonly thread: string;
  readonly body: string;
  readonly subject?: string;
  /** When it was changed since: then it stands for what was sent before. */
  readonly edited?: Date | undefined;
  readonly extras?: readonly XmlElement[];
}

/** Without `to`. The same each time, so that a repeat is seen to be one. */
export function chatMessage(words: ChatWords): XmlElement {
  const { from, guid, thread, body, subject, edited, extras = [] } = words;
  // A `/` stands in no GUID: what stands before it is what others name.
  const id = edited === undefined ? guid : `${guid}/${String(edited.getTime())}`;
  return el(
    "message",
    { type: "chat", from, id },
    subject === undefined ? null : el("subject", {}, subject),
    el("body", {}, body),
    el("thread", {}, thread),
    el("origin-id", { xmlns: NS_SID, id }),
    // XEP-0308 §3: it names the first one, however often it is changed.
    edited === undefined ? null : el("replace", { xmlns: NS_CORRECT, id: guid }),
    extras,
    el("store", { xmlns: NS_HINTS }),
  );
}

/** XEP-0461 with the quotation of XEP-0428 for clients that know no replies. */
export function answering(
  words: string,
  answered: { readonly id: string; readonly to: string; readonly quoted: string },
): Pick<ChatWords, "body" | "extras"> {
  const reply = el("reply", { xmlns: NS_REPLY, to: answered.to, id: answered.id });
  if (answered.quoted === "") return { body: words, extras: [reply] };
  const quotation = `> ${answered.quoted}\n`;
  const range = el("body", { start: 0, end: codePoints(quotation) });
  return {
    body: quotation + words,
    extras: [reply, el("fallback", { xmlns: NS_FALLBACK, for: NS_REPLY }, range)],
  };
}

/** `&#xD;` and `&amp;` are the longest that one character becomes. */
const MAX_CHARACTER_BYTES = 5;

/** Built with as many code points of words as the stanza has room for. */
export function fitting(
  { maxBytes }: OutgoingContext,
  build: (maxLength: number) => XmlElement,
): XmlElement {
  const room = maxBytes - ENVELOPE_BYTES;
  const whole = build(room);
  const bytes = Buffer.byteLength(serialise(whole));
  if (bytes <= maxBytes) return whole;
  return build(Math.floor(room / MAX_CHARACTER_BYTES));
}
