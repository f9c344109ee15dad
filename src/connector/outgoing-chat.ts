/**
 * What people did, as messages for clients that know chats only: a post comes from who wrote
 * it, what is said below it comes in its thread from the same JID, so that one answers there.
 * The id is the GUID (XEP-0359 §3.1), by which replies, reactions and retractions name it.
 */
import {
  isAbout,
  type CommentActivity,
  type Conversation,
  type Message,
  type Note,
} from "../activitystreams/activity.ts";
import type { ActivityContent } from "../activitystreams/delivery.ts";
import { markdownToChat } from "../activitystreams/readable.ts";
import type { Seen, SeenPost } from "../activitystreams/stream.ts";
import { cutWithSuffix, firstLine } from "../activitystreams/words.ts";
import { chatTextOf } from "../pep/chat-text.ts";
import { el, type XmlElement } from "../xml/element.ts";
import { answering, chatMessage, fitting, type ChatWords } from "./outgoing-message.ts";
import { nameOf, seenAs, speakerOf, type OutgoingContext } from "./outgoing-context.ts";
import { NS_FALLBACK, NS_OOB, NS_RETRACT } from "./chat-namespaces.ts";

/** Without `to`; null for what nobody is told in a chat. */
export function chatFor(
  content: ActivityContent,
  rootGuid: string,
  context: OutgoingContext,
): XmlElement | null {
  const { activity } = content;
  if (activity.verb === "delete") return retraction(content, rootGuid, context);
  if (isAbout(activity, "note")) return post(seenAs(content, activity), activity.object, context);
  if (isAbout(activity, "share")) return post(seenAs(content, activity), null, context);
  if (isAbout(activity, "comment")) {
    return comment(content, seenAs(content, activity), rootGuid, context);
  }
  if (isAbout(activity, "message") || isAbout(activity, "conversation")) {
    return privately(content, activity.object, context);
  }
  const words = toldToAuthor(content);
  return words === null ? null : toAuthor(content, words, rootGuid, context);
}

function post(seen: SeenPost, note: Note | null, context: OutgoingContext): XmlElement {
  const { activity, author } = seen;
  const { guid } = activity.object;
  const photo = note?.photos.length === 1 ? note.photos[0] : undefined;
  return fitting(context, (maxLength) =>
    chatMessage({
      from: speakerOf(author, context),
      guid,
      edited: activity.object.edited,
      thread: guid,
      body: withAudience(
        chatTextOf(seen, { maxLength, withAuthor: "jid" in author }),
        activity.audience === "limited" ? nameOf(author) : null,
      ),
      extras: photo === undefined ? [] : [el("x", { xmlns: NS_OOB }, el("url", {}, photo.url))],
    }),
  );
}

function withAudience(words: string, author: string | null): string {
  return author === null ? words : `${words}\n(Not public: ${author} chose who can read this.)`;
}

/** From whom the post came; of one's own post, from whoever says something below it. */
function speakerBelow({ above, author }: ActivityContent, context: OutgoingContext): string {
  return speakerOf(above === null || "jid" in above.author ? author : above.author, context);
}

function comment(
  content: ActivityContent,
  seen: Seen<CommentActivity>,
  rootGuid: string,
  context: OutgoingContext,
): XmlElement {
  const { author, above } = content;
  const { object } = seen.activity;
  const from = speakerBelow(content, context);
  const withAuthor = from !== speakerOf(author, context) || "jid" in author;
  const id = object.thread ?? above?.guid ?? object.inReplyTo;
  const quoted = object.thread === undefined ? firstLine(above?.words ?? "", MAX_QUOTED) : "";
  return fitting(context, (maxLength) =>
    chatMessage({
      from,
      guid: object.guid,
      edited: object.edited,
      thread: above?.guid ?? rootGuid,
      ...answering(chatTextOf(seen, { maxLength, withAuthor }), { id, to: from, quoted }),
    }),
  );
}

/** Enough to know which post it is. */
const MAX_QUOTED = 80;

/** Likes and answers: one line, and only for whose post it is. */
function toldToAuthor(content: ActivityContent): string | null {
  const { activity, author, above, asked: about } = content;
  if (above === null || !("jid" in above.author)) return null;
  const context = { maxLength: 1_000, withAuthor: true, ...(about === undefined ? {} : { about }) };
  if (isAbout(activity, "vote")) return chatTextOf(seenAs(content, activity), context);
  if (isAbout(activity, "attendance")) return chatTextOf(seenAs(content, activity), context);
  return activity.verb === "like" ? `♥ ${nameOf(author)} likes what you wrote.` : null;
}

function toAuthor(
  { activity, author, above }: ActivityContent,
  words: string,
  rootGuid: string,
  context: OutgoingContext,
): XmlElement | null {
  if (above === null || !("guid" in activity.object)) return null;
  const quoted = firstLine(above.words ?? "", MAX_QUOTED);
  return chatMessage({
    from: speakerOf(author, context),
    guid: activity.object.guid,
    thread: rootGuid,
    ...answering(words, { id: above.guid, to: context.componentDomain, quoted }),
  });
}

function privately(
  { author, thread }: ActivityContent,
  object: Message | Conversation,
  context: OutgoingContext,
): XmlElement | null {
  const messages = object.type === "conversation" ? object.messages : [object];
  const [first] = messages;
  if (first === undefined) return null;
  const name = "jid" in author ? `${nameOf(author)}: ` : "";
  const words = name + messages.map(({ markdown }) => markdownToChat(markdown)).join("\n\n");
  return fitting(context, (maxLength) =>
    chatMessage({
      from: speakerOf(author, context),
      guid: first.guid,
      thread: thread ?? conversationOf(object),
      ...(object.type === "conversation" ? { subject: object.subject } : {}),
      body: cutWithSuffix(words, maxLength, ""),
    }),
  );
}

function conversationOf(object: Message | Conversation): string {
  return object.type === "message" ? object.conversation : object.guid;
}

const RETRACTED = new Set(["Post", "StatusMessage", "Reshare", "Comment"]);

/** XEP-0424 §3: by whom it came. Who has a client that cannot do it is told. */
function retraction(
  content: ActivityContent,
  rootGuid: string,
  context: OutgoingContext,
): XmlElement | null {
  const { activity, author } = content;
  if (!isAbout(activity, "tombstone") || !RETRACTED.has(activity.object.targetType)) return null;
  const { guid, targetType } = activity.object;
  const isComment = targetType === "Comment";
  const retracted: ChatWords = {
    from: isComment ? speakerBelow(content, context) : speakerOf(author, context),
    guid: `${guid}/retracted`,
    thread: isComment ? (content.above?.guid ?? rootGuid) : guid,
    body: `(${nameOf(author)} took this back: it is deleted.)`,
    extras: [
      el("retract", { xmlns: NS_RETRACT, id: guid }),
      el("fallback", { xmlns: NS_FALLBACK, for: NS_RETRACT }, el("body")),
    ],
  };
  return chatMessage(retracted);
}
