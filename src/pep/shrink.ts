/** An Atom entry that must fit: what is left when there is no room for all of it. */
import { cutWithSuffix } from "../activitystreams/words.ts";
import { el, isElement, textOf, type XmlElement } from "../xml/element.ts";
import { serialisedBytes } from "../xml/size.ts";
import { NS_ATOM } from "./namespaces.ts";

/** What a reader needs to show an entry at all, and to find the whole. */
const BARE = new Set(["id", "title", "author", "published", "updated", "link"]);
const SHORT_TITLE = 200;
const FEW_LINKS = 5;

/**
 * The payload in at most `maxBytes`: an entry without its XHTML, then without its text, then only
 * its title and first links. null when even that is too much, or when it is no entry.
 */
export function fittingPayload(payload: XmlElement, maxBytes: number): XmlElement | null {
  const forms = [
    () => payload,
    () => without(payload, (part) => part.local === "content" && part.attrs["type"] !== "text"),
    () => without(payload, (part) => part.local === "content" || part.local === "summary"),
    () => shortest(payload),
  ];
  for (const form of payload.ns === NS_ATOM ? forms : forms.slice(0, 1)) {
    const shown = form();
    if (serialisedBytes(shown) <= maxBytes) return shown;
  }
  return null;
}

function without(entry: XmlElement, dropped: (part: XmlElement) => boolean): XmlElement {
  return {
    ...entry,
    children: entry.children.filter((node) => !isElement(node) || !dropped(node)),
  };
}

function shortest(entry: XmlElement): XmlElement {
  let links = 0;
  const kept = entry.children.filter(isElement).flatMap((part) => {
    if (!BARE.has(part.local)) return [];
    if (part.local === "link") links += 1;
    if (part.local === "link" && links > FEW_LINKS) return [];
    if (part.local !== "title") return [part];
    return [el("title", part.attrs, cutWithSuffix(textOf(part), SHORT_TITLE, ""))];
  });
  return el(entry.name, entry.attrs, kept);
}
