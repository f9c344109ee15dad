/** People whom an entry names: links to JIDs in its XHTML, addresses in its words. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { xhtmlToMarkdown } from "../activitystreams/markdown.ts";
import { mention, typedPeople, type KnownPeople } from "../activitystreams/typed-mentions.ts";
import { isElement, textOf, type XmlElement, type XmlNode } from "../xml/element.ts";
import type { Entry } from "./entry.ts";
import { readXmppUri } from "./links.ts";

/** To be looked up before the entry is made a note: at most ten. */
export function namedIn(entry: Entry): {
  readonly ids: readonly DiasporaId[];
  readonly jids: readonly Jid[];
} {
  const body = entry.xhtml === null ? "" : xhtmlToMarkdown(entry.xhtml);
  return typedPeople([entry.titleText, entry.text, body].join("\n\n"));
}

/** The tree with mentions in the place of the links to those who are known. */
export function withMentions(node: XmlElement, known: KnownPeople): XmlElement {
  const children = node.children.map((child): XmlNode => {
    if (!isElement(child)) return child;
    return mentionFor(child, known) ?? withMentions(child, known);
  });
  return { ...node, children };
}

/** A link to a node or an item of somebody is none to the person. */
function mentionFor(link: XmlElement, known: KnownPeople): string | null {
  const href = link.local === "a" ? link.attrs["href"] : undefined;
  if (href === undefined || href.includes("?")) return null;
  const address = readXmppUri(href);
  return address === null ? null : mention(known.byJid(address.service), textOf(link));
}
