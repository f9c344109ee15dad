/**
 * A microblog entry as Movim publishes it (XEP-0277, RFC 4287): its elements in its order,
 * the item id for `id`, addresses unencoded, the text both as XHTML and as Markdown.
 */
import { randomUUID } from "node:crypto";
import { markdownToXhtml } from "../activitystreams/markdown.ts";
import { tagsIn } from "../activitystreams/tags.ts";
import { firstLine } from "../activitystreams/words.ts";
import { NODE_MICROBLOG, NS_ATOM } from "../pep/namespaces.ts";
import { el, type XmlElement } from "../xml/element.ts";

export interface NewEntry {
  /** Markdown. */
  readonly text: string;
  /** The first line of the text when absent. */
  readonly title?: string | undefined;
  /** The item's id; random when absent. */
  readonly id?: string | undefined;
  readonly at?: Date | undefined;
}

const TITLE_LENGTH = 140;

export function movimEntry(
  entry: NewEntry,
  author: string,
): { readonly id: string; readonly element: XmlElement } {
  const id = entry.id ?? randomUUID();
  const at = (entry.at ?? new Date()).toISOString();
  const element = el(
    "entry",
    { xmlns: NS_ATOM },
    el("id", {}, id),
    el("title", {}, entry.title ?? firstLine(entry.text, TITLE_LENGTH)),
    el("author", {}, el("name", {}, nameOf(author)), el("uri", {}, `xmpp:${author}`)),
    el("link", {
      rel: "alternate",
      href: `xmpp:${author}?;node=${NODE_MICROBLOG};item=${id}`,
    }),
    el("content", { type: "xhtml" }, markdownToXhtml(entry.text)),
    el("content", { type: "text" }, entry.text),
    el("published", {}, at),
    tagsIn(entry.text).map((term) => el("category", { term })),
    el("updated", {}, at),
  );
  return { id, element };
}

function nameOf(jid: string): string {
  return jid.slice(0, jid.indexOf("@"));
}
