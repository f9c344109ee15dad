/**
 * conversation ⇄ Conversation, message ⇄ Message; both are private. Lost both ways: outer
 * white space, fractions of a second, a participant's second mention. Lost on the way there:
 * what is over a limit. The author is always added to the participants.
 */
import type { ConversationActivity, MessageActivity } from "../../activitystreams/activity.ts";
import type { Conversation, Message } from "../../activitystreams/activity.ts";
import { parseDiasporaId, type DiasporaId } from "../../activitystreams/ids.ts";
import { MAX_TEXT } from "../../activitystreams/words.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { EntityOf, PropertiesOf } from "../entities/entity.ts";
import { actorOf, given, wholeSecond, wholeSecondOrNull } from "./common.ts";
import { fitText, MAX_TITLE, normalText } from "./text.ts";

function messageFrom(values: PropertiesOf<"message">): Message {
  const { guid, text, conversation_guid: conversation, edited_at: edited } = values;
  const markdown = normalText(text);
  return { type: "message", guid, conversation, markdown, ...given({ edited }) };
}

function messageRaw(message: Message, published: Date, author: DiasporaId): Raw {
  return {
    author,
    guid: message.guid,
    text: fitText(message.markdown, MAX_TEXT),
    created_at: wholeSecond(published),
    edited_at: wholeSecondOrNull(message.edited),
    conversation_guid: message.conversation,
  };
}

export function messageActivity({ properties }: EntityOf<"message">): MessageActivity {
  return {
    verb: "send",
    actor: actorOf(properties.author),
    object: messageFrom(properties),
    audience: "limited",
    published: properties.created_at,
  };
}

export function messageEntity(
  { object, published }: MessageActivity,
  author: DiasporaId,
): EntityOf<"message"> {
  return makeEntity("message", messageRaw(object, published, author), published);
}

function withAuthor(ids: readonly DiasporaId[], author: DiasporaId): DiasporaId[] {
  return [...new Set(ids.includes(author) ? ids : [author, ...ids])];
}

function conversationFrom(values: PropertiesOf<"conversation">): Conversation {
  const ids = values.participants.split(";").flatMap((id) => parseDiasporaId(id) ?? []);
  return {
    type: "conversation",
    guid: values.guid,
    subject: normalText(values.subject),
    participants: withAuthor(ids, values.author),
    messages: values.messages.map((message) => ({
      ...messageFrom(message),
      published: message.created_at,
    })),
  };
}

export function conversationActivity({
  properties,
}: EntityOf<"conversation">): ConversationActivity {
  return {
    verb: "send",
    actor: actorOf(properties.author),
    object: conversationFrom(properties),
    audience: "limited",
    published: properties.created_at,
  };
}

/** With nobody but its author it is no conversation, and the entity's rule refuses it. */
export function conversationEntity(
  { object, published }: ConversationActivity,
  author: DiasporaId,
): EntityOf<"conversation"> {
  const raw: Raw = {
    author,
    guid: object.guid,
    subject: fitText(object.subject, MAX_TITLE),
    created_at: wholeSecond(published),
    participants: withAuthor(object.participants, author).join(";"),
    messages: object.messages.map((message) => messageRaw(message, message.published, author)),
  };
  return makeEntity("conversation", raw, published);
}
