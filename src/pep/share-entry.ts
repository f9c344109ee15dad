/**
 * A post of somebody else, passed on (XEP-0277 §Repeating a Post). The entry's author is who
 * passes it on, as Movim demands; whose words they are is said in them and in Atom's `source`.
 */
import type { PostActivity, ShareActivity } from "../activitystreams/activity.ts";
import { writeMention } from "../activitystreams/mentions.ts";
import type { Seen } from "../activitystreams/stream.ts";
import { markdownToText } from "../activitystreams/markdown.ts";
import { hasVirtualJid } from "../activitystreams/virtual-jid.ts";
import { el, type XmlElement } from "../xml/element.ts";
import type { EntryContext } from "./entry-frame.ts";
import { itemNameOf, itemUri } from "./links.ts";
import { NODE_MICROBLOG } from "./namespaces.ts";
import { noteContent } from "./post-content.ts";
import { authorElement, type EntryContent } from "./write-entry.ts";

const SIGN = "♲";

/** `root`: the post; null when it is gone, or was never heard of here. */
export function shareContent(
  { object, published, audience }: ShareActivity,
  root: Seen<PostActivity> | null,
  context: EntryContext,
): EntryContent {
  const share = {
    id: `urn:diaspora:${object.guid}`,
    published,
    updated: object.edited ?? published,
    verb: "share",
    isLimited: audience === "limited",
  };
  if (root !== null) return { ...contentOf(root, context), ...share };
  const words = goneWords(object);
  return {
    ...share,
    title: () => markdownToText(words),
    objectType: "note",
    markdown: words,
    tags: [],
    photos: [],
    url: undefined,
    links: object.root === null ? [] : viaUnknown(object.root, context),
    extras: [],
  };
}

function contentOf(root: Seen<PostActivity>, context: EntryContext): EntryContent {
  const content = noteContent(root.activity);
  const { name } = root.author;
  const shown = name.trim() === "" ? root.author.diasporaId : name;
  return {
    ...content,
    title: () => `${SIGN} ${shown}: ${content.title(content.markdown ?? "")}`,
    markdown: sharedMarkdown(root, content.markdown ?? ""),
    links: [viaLink(root, content.id, context), sourceElement(root, content, context)],
  };
}

/** The words of a post behind the name of their author. */
export function sharedMarkdown({ author }: Seen<PostActivity>, markdown: string): string {
  return `${SIGN} ${writeMention({ id: author.diasporaId, name: author.name })}\n\n${markdown}`.trim();
}

export function goneWords({ root }: ShareActivity["object"]): string {
  if (root === null) return `${SIGN} The post that was passed on is gone.`;
  return `${SIGN} A post of ${writeMention({ id: root.author })}, which is not to be had here.`;
}

/** XEP-0277: `ref` is the Atom id of the other entry. */
function viaLink(root: Seen<PostActivity>, ref: string, context: EntryContext): XmlElement {
  const service = context.jidOf(root.author);
  const href = itemUri(service, NODE_MICROBLOG, itemNameOf(root.itemId));
  return el("link", { rel: "via", href, ref });
}

function viaUnknown(
  { author, guid }: NonNullable<ShareActivity["object"]["root"]>,
  context: EntryContext,
): XmlElement[] {
  if (!hasVirtualJid(author)) return [];
  const href = itemUri(context.jidOfId(author), NODE_MICROBLOG, itemNameOf(guid));
  return [el("link", { rel: "via", href, ref: `urn:diaspora:${guid}` })];
}

/** RFC 4287 §4.2.11: of the entry that was copied. */
function sourceElement(
  { author }: Seen<PostActivity>,
  content: EntryContent,
  context: EntryContext,
): XmlElement {
  return el(
    "source",
    {},
    el("id", {}, content.id),
    el("title", {}, content.title(content.markdown ?? "")),
    el("updated", {}, content.updated.toISOString()),
    authorElement("author", author.name, context.jidOf(author)),
  );
}
