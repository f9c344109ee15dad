/** What comes in, as one readable line for each thing. */
import { readEntry } from "../pep/entry.ts";
import { readEvent, type EventItem } from "../pep/read-event.ts";
import { child, childText, textOf, type XmlElement } from "../xml/element.ts";

export interface SeenThing {
  readonly kind: "post" | "retracted" | "message" | "presence" | "error";
  /** Whose node or address it came from. */
  readonly from: string;
  /** As the entry names its author: display text, nothing is believed of it. */
  readonly author: string;
  /** The item's id, "" where there is none. */
  readonly id: string;
  readonly text: string;
}

/** The posts, messages and presence requests in a stanza; mostly none or one. */
export function seenIn(stanza: XmlElement): SeenThing[] {
  const from = stanza.attrs["from"] ?? "";
  if (stanza.local === "presence") return presenceIn(stanza, from);
  if (stanza.local !== "message") return [];
  if (stanza.attrs["type"] === "error") {
    const error = child(stanza, "error");
    return [{ kind: "error", from, author: "", id: "", text: textOf(error) || "refused" }];
  }
  const event = readEvent(stanza);
  if (event?.type === "items") {
    const gone = event.retracted.map((id): SeenThing => {
      return { kind: "retracted", from, author: "", id, text: "" };
    });
    return [...event.items.map((item) => postOf(item, from)), ...gone];
  }
  const body = childText(stanza, "body");
  return body === undefined ? [] : [{ kind: "message", from, author: "", id: "", text: body }];
}

function presenceIn(stanza: XmlElement, from: string): SeenThing[] {
  const type = stanza.attrs["type"] ?? "";
  if (!["subscribe", "subscribed", "unsubscribe", "unsubscribed"].includes(type)) return [];
  return [{ kind: "presence", from, author: childText(stanza, "nick") ?? "", id: "", text: type }];
}

function postOf({ id, payload }: EventItem, from: string): SeenThing {
  const entry = readEntry(payload);
  const author = childText(child(payload, "author"), "name")?.trim() ?? "";
  const words =
    entry === null ? "" : entry.text || (entry.xhtml === null ? "" : textOf(entry.xhtml));
  const title = entry?.title ?? "";
  // Many entries repeat the beginning of their text as the title.
  const text = title === "" || words.startsWith(title) ? words : `${title}: ${words}`;
  return { kind: "post", from, author, id, text: text.trim() };
}

const MAX_LINE = 2_000;

/** Time, sender, author, text: on one line, and without what a terminal would obey. */
export function lineOf(thing: SeenThing, at: Date): string {
  const time = at.toTimeString().slice(0, 8);
  const author = thing.author === "" ? "" : ` (${thing.author})`;
  const what = [thing.kind, thing.id].filter((part) => part !== "").join(" ");
  return printable(`${time} ${thing.from}${author} [${what}] ${thing.text}`.trimEnd());
}

/** Line ends become ¶; control characters, which move cursors and colour lines, are taken out. */
export function printable(text: string): string {
  const clipped = text.length > MAX_LINE ? `${text.slice(0, MAX_LINE)}…` : text;
  return clipped.replace(/\r?\n|\r/g, " ¶ ").replace(/[\p{Cc}\p{Bidi_Control}]/gu, "");
}
