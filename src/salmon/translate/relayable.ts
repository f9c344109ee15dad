/**
 * What is said below a post: comment ⇄ Comment, like ⇄ Opinion (a dislike is a like that is
 * not positive), poll_participation ⇄ Vote, event_participation ⇄ Attendance. Lost on the way
 * here: the author's signature, the order of elements and those that nobody here knows, which
 * relay.ts passes on. Lost on the way there: when it was said, but of a comment; whether a
 * comment is an `update`; and what is over a limit. The order of elements is diaspora*'s own,
 * and none of them is ever empty (diaspora-protocol.md §5).
 */
import type { Activity, ActivityAbout, Actor } from "../../activitystreams/activity.ts";
import type { AttendanceActivity, CommentActivity } from "../../activitystreams/activity.ts";
import type { OpinionActivity, VoteActivity } from "../../activitystreams/activity.ts";
import { parseGuid, type DiasporaId, type Guid } from "../../activitystreams/ids.ts";
import { MAX_TEXT } from "../../activitystreams/words.ts";
import { DxError } from "../../errors/error.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import { DEFINITIONS, type EntityOf, type RelayParts } from "../entities/entity.ts";
import { defaultOrder } from "../entities/write.ts";
import { actorOf, given, wholeSecond, wholeSecondOrNull, type Reception } from "./common.ts";
import { fitText, normalText } from "./text.ts";

/** COMPAT(Friendica, Python federation): an element that the gem does not know, and keeps. */
const THREAD = "thread_parent_guid";

function untimed(author: DiasporaId, { audience, receivedAt }: Reception): UntimedBase {
  return { actor: actorOf(author), audience, published: receivedAt };
}

interface UntimedBase {
  readonly actor: Actor;
  readonly audience: Activity["audience"];
  readonly published: Date;
}

function threadOf({ properties, relay }: EntityOf<"comment">): Guid | null {
  const thread = parseGuid(relay?.unknown.get(THREAD) ?? "");
  // An answer to the post itself is no thread.
  return thread === properties.parent_guid ? null : thread;
}

export function commentActivity(
  entity: EntityOf<"comment">,
  { audience }: Reception,
): CommentActivity {
  const { author, guid, parent_guid: inReplyTo, text, edited_at: edited } = entity.properties;
  return {
    verb: "post",
    actor: actorOf(author),
    object: {
      type: "comment",
      guid,
      markdown: normalText(text),
      inReplyTo,
      ...given({ thread: threadOf(entity), edited }),
    },
    audience,
    published: entity.properties.created_at,
  };
}

/** Last, where Friendica has it: nobody's place for a known element changes by it. */
function threadParts(properties: EntityOf<"comment">["properties"], thread: Guid): RelayParts {
  const order = [...defaultOrder(DEFINITIONS.comment, properties), THREAD];
  return { order, unknown: new Map([[THREAD, thread]]) };
}

export function commentEntity(activity: CommentActivity, author: DiasporaId): EntityOf<"comment"> {
  const { object: comment, published } = activity;
  const raw: Raw = {
    author,
    guid: comment.guid,
    parent_guid: comment.inReplyTo,
    text: fitText(comment.markdown, MAX_TEXT),
    created_at: wholeSecond(published),
    edited_at: wholeSecondOrNull(comment.edited),
  };
  const entity = makeEntity("comment", raw, published);
  const { thread } = comment;
  if (thread === undefined || thread === comment.inReplyTo) return entity;
  return { ...entity, relay: threadParts(entity.properties, thread) };
}

const ABOUT = { Post: "post", Comment: "comment" } as const;

/** Throws DX_ENTITY_INVALID: nothing else can be liked. */
export function opinionActivity(
  { properties }: EntityOf<"like">,
  reception: Reception,
): OpinionActivity {
  const { guid, parent_guid: about, parent_type: parent, positive } = properties;
  if (parent !== "Post" && parent !== "Comment") {
    throw new DxError("DX_ENTITY_INVALID", { detail: "like.parent_type breaks its rule" });
  }
  return {
    verb: positive ? "like" : "dislike",
    ...untimed(properties.author, reception),
    object: { type: "opinion", guid, about: { type: ABOUT[parent], guid: about } },
  };
}

export function opinionEntity(activity: OpinionActivity, author: DiasporaId): EntityOf<"like"> {
  const { guid, about } = activity.object;
  const raw: Raw = {
    author,
    guid,
    parent_guid: about.guid,
    parent_type: about.type === "post" ? "Post" : "Comment",
    positive: activity.verb === "like",
  };
  return makeEntity("like", raw, activity.published);
}

export function voteActivity(
  { properties }: EntityOf<"poll_participation">,
  reception: Reception,
): VoteActivity {
  const { guid, parent_guid: question, poll_answer_guid: answer } = properties;
  return {
    verb: "vote",
    ...untimed(properties.author, reception),
    object: { type: "vote", guid, question, answer },
  };
}

export function voteEntity(
  { object, published }: ActivityAbout<"vote">,
  author: DiasporaId,
): EntityOf<"poll_participation"> {
  const { guid, question, answer } = object;
  const raw: Raw = { author, guid, parent_guid: question, poll_answer_guid: answer };
  return makeEntity("poll_participation", raw, published);
}

const VERBS = { accepted: "rsvp-yes", declined: "rsvp-no", tentative: "rsvp-maybe" } as const;
const STATUSES = { "rsvp-yes": "accepted", "rsvp-no": "declined", "rsvp-maybe": "tentative" };

export function attendanceActivity(
  { properties }: EntityOf<"event_participation">,
  reception: Reception,
): AttendanceActivity {
  const { guid, parent_guid: event, status, edited_at: edited } = properties;
  return {
    verb: VERBS[status],
    ...untimed(properties.author, reception),
    object: { type: "attendance", guid, event, ...given({ edited }) },
  };
}

export function attendanceEntity(
  { verb, object, published }: AttendanceActivity,
  author: DiasporaId,
): EntityOf<"event_participation"> {
  const raw: Raw = {
    author,
    guid: object.guid,
    parent_guid: object.event,
    status: STATUSES[verb],
    edited_at: wholeSecondOrNull(object.edited),
  };
  return makeEntity("event_participation", raw, published);
}
