/** A comment or a like of a post as an item of its comments node (XEP-0277): federation → XMPP. */
import type { CommentActivity, OpinionActivity } from "../activitystreams/activity.ts";
import { isAbout } from "../activitystreams/activity.ts";
import { plainMentions } from "../activitystreams/mentions.ts";
import { markdownToChat } from "../activitystreams/readable.ts";
import { tagsIn } from "../activitystreams/tags.ts";
import type { SeenReply } from "../activitystreams/stream.ts";
import { codePoints, cutWithSuffix, firstLine } from "../activitystreams/words.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { frameFor, type EntryContext } from "./entry-frame.ts";
import { itemUri } from "./links.ts";
import { NS_THREADING } from "./namespaces.ts";
import { writeEntry, type EntryContent } from "./write-entry.ts";

/** Movim shows nothing of a comment but its title. */
const MAX_TITLE = 4_000;
/** Plain words of no more are the title alone, as Movim writes its comments. */
const MAX_WHOLE_TITLE = 700;

/** In at most `maxBytes` when serialised. */
export function entryFromReply(
  { activity, author, itemId }: SeenReply,
  context: EntryContext,
  maxBytes: number,
): XmlElement {
  const content = isAbout(activity, "comment")
    ? commentContent(activity, context)
    : opinionContent(activity);
  return writeEntry(content, frameFor(itemId, author, context), maxBytes);
}

function commentContent(
  { object, published, audience }: CommentActivity,
  context: EntryContext,
): EntryContent {
  const { guid, markdown, thread, edited = published } = object;
  const words = markdownToChat(markdown);
  const isWhole = words === plainMentions(markdown) && !markdown.includes("@{");
  return {
    id: `urn:diaspora:${guid}`,
    title: (shown) => titleOf(shown === "" || shown === markdown ? words : firstLine(shown, 140)),
    published,
    updated: edited,
    verb: "post",
    objectType: "comment",
    markdown: isWhole && codePoints(words) <= MAX_WHOLE_TITLE ? null : markdown,
    tags: tagsIn(markdown),
    photos: [],
    url: undefined,
    isLimited: audience === "limited",
    links: thread === undefined ? [] : [answerTo(thread, context)],
    extras: [],
  };
}

/** RFC 4685: another comment of the same node. */
function answerTo(thread: string, { service, node }: EntryContext): XmlElement {
  const href = itemUri(service, node, thread);
  return el("in-reply-to", { xmlns: NS_THREADING, ref: `urn:diaspora:${thread}`, href });
}

/** Movim counts an item that is titled so, and nothing else, as a like. */
function opinionContent({ object, verb, published, audience }: OpinionActivity): EntryContent {
  return {
    id: `urn:diaspora:${object.guid}`,
    title: () => (verb === "like" ? "♥" : "👎"),
    published,
    updated: published,
    verb,
    objectType: object.about.type === "post" ? "note" : "comment",
    markdown: null,
    tags: [],
    photos: [],
    url: undefined,
    isLimited: audience === "limited",
    links: [],
    extras: [],
  };
}

function titleOf(words: string): string {
  const title = cutWithSuffix(words, MAX_TITLE, "");
  return title.trim() === "" ? "…" : title;
}
