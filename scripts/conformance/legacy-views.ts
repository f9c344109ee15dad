/**
 * An entity as the versions of the gem that wrote it had its properties: the vectors of the
 * old forms give them so. v0.1.9 knew today's names and types, v0.0.13 and v0.1.0 took all
 * scalars as text, v0.0.9 had its own names for people.
 */
import { z } from "zod";
import { isRelayable } from "../../src/salmon/receive/authorship.ts";
import type { LegacyPayload } from "../../src/salmon/legacy/read-payload.ts";
import { childElements, textOf, type XmlElement } from "../../src/xml/element.ts";
import { dumpProperties } from "./dump.ts";

const VIEW = z.record(z.string(), z.unknown());
const VIEWS = z.array(VIEW);
type View = Readonly<z.infer<typeof VIEW>>;

/** nil where it is empty or absent, as in all versions. */
export function textIn(element: XmlElement, name: string): string | null {
  return textOf(childElements(element).find((child) => child.name === name)) || null;
}

function signaturesIn(element: XmlElement): View {
  return {
    author_signature: textIn(element, "author_signature"),
    parent_author_signature: textIn(element, "parent_author_signature"),
  };
}

/** v0.2.8, the last that read slaps: as today, and with the second signature. */
export function viewOfBridge({ entity, parentAuthorSignature }: LegacyPayload, now: Date): View {
  const { additional_data: _unknown, ...properties } = dumpProperties(entity, now);
  if (!isRelayable(entity)) return properties;
  return { ...properties, parent_author_signature: parentAuthorSignature };
}

const LATER = new Set(["edited_at", "embed", "blocking", "full_name"]);

function withoutLater(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLater);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !LATER.has(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutLater(inner)]));
}

function without(view: View, name: string): View {
  return Object.fromEntries(Object.entries(view).filter(([key]) => key !== name));
}

function messageView(view: View, element: XmlElement): View {
  return { ...view, ...signaturesIn(element), parent_guid: textIn(element, "parent_guid") };
}

function conversationView(view: View, element: XmlElement): View {
  const elements = childElements(element).filter(({ name }) => name === "message");
  const messages = VIEWS.parse(view["messages"]);
  const signed = messages.map((message, index) => {
    const written = elements[index];
    return written === undefined ? message : messageView(message, written);
  });
  return { ...view, messages: signed };
}

function viewOfNames(view: View, element: XmlElement): View {
  switch (element.name) {
    case "conversation":
      return conversationView(view, element);
    case "message":
      return messageView(view, element);
    case "participation":
      return { ...view, ...signaturesIn(element) };
    case "profile":
      return without(view, "public");
    case "reshare": {
      const provider = textIn(element, "provider_display_name");
      return { ...view, provider_display_name: provider, public: true };
    }
    default:
      return view;
  }
}

/** No photos: nil at first, an empty list since v0.1.0. */
function viewOfTexts(view: View, element: XmlElement, photos: unknown): View {
  if (element.name === "like") return { ...view, positive: textIn(element, "positive") };
  if (element.name !== "status_message") return view;
  return {
    ...without(without(view, "text"), "event"),
    raw_message: textIn(element, "raw_message"),
    created_at: textIn(element, "created_at"),
    public: textIn(element, "public"),
    photos,
  };
}

const OLDEST_NAMES: Readonly<Record<string, string>> = {
  diaspora_handle: "diaspora_id",
  "request.sender_handle": "sender_id",
  sender_handle: "diaspora_id",
  recipient_handle: "recipient_id",
};

function viewOfOldest(element: XmlElement): View {
  const view: Record<string, unknown> =
    element.name === "status_message" ? { photos: null, location: null, poll: null } : {};
  for (const { name } of childElements(element)) {
    const property = OLDEST_NAMES[`${element.name}.${name}`] ?? OLDEST_NAMES[name] ?? name;
    view[property] = textIn(element, name);
  }
  return view;
}

export interface WriterView {
  readonly entity_type: string;
  readonly properties: View;
}

/** `element` is the entity as it was written, `bridge` as v0.2.8 reads it. */
export function viewOfWriter(
  gem: string,
  { entity }: LegacyPayload,
  element: XmlElement,
  bridge: View,
): WriterView {
  if (gem === "v0.0.9") return { entity_type: element.name, properties: viewOfOldest(element) };
  const view = viewOfNames(VIEW.parse(withoutLater(bridge)), element);
  const properties =
    gem === "v0.0.13" || gem === "v0.1.0"
      ? viewOfTexts(view, element, gem === "v0.1.0" ? [] : null)
      : view;
  return { entity_type: entity.type, properties };
}
