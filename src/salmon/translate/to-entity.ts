/**
 * Activity → diaspora* entity, in the one form that the gem, Friendica and the Python library
 * all read (diaspora-protocol.md §3, §5, §16): times in whole UTC seconds, LF, trimmed text,
 * nothing over a limit, relayables in diaspora*'s order of elements. What gets lost on the
 * way stands in the file of each entity.
 */
import { isAbout, type Activity } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import type { Entity } from "../entities/entity.ts";
import { migrationEntity, terminateEntity } from "./account.ts";
import { conversationEntity, messageEntity } from "./conversation.ts";
import { imageEntity } from "./photo.ts";
import { eventEntity } from "./post-parts.ts";
import { postEntity, shareEntity } from "./post.ts";
import { profileEntity } from "./profile.ts";
import { deleteEntity, participationEntity, relationEntity } from "./relation.ts";
import { attendanceEntity, commentEntity, opinionEntity, voteEntity } from "./relayable.ts";

type Posted = Extract<Activity, { readonly verb: "post" | "update" }>;

function postedEntity(activity: Posted, author: DiasporaId): Entity {
  if (isAbout(activity, "comment")) return commentEntity(activity, author);
  if (isAbout(activity, "profile")) return profileEntity(activity, author);
  if (isAbout(activity, "image")) return imageEntity(activity, author);
  if (isAbout(activity, "event")) return eventEntity(activity, author);
  return postEntity(activity, author);
}

/**
 * The author is whoever stands on the federation for the activity's actor. A relayable is not
 * signed yet (author-signature.ts).
 * @throws {DxError} `DX_ENTITY_INVALID` for what no reader would take: a post without words or
 * pictures, a poll without two answers …
 */
export function activityToEntity(activity: Activity, author: DiasporaId): Entity {
  switch (activity.verb) {
    case "post":
    case "update":
      return postedEntity(activity, author);
    case "share":
      return shareEntity(activity, author);
    case "like":
    case "dislike":
      return opinionEntity(activity, author);
    case "vote":
      return voteEntity(activity, author);
    case "rsvp-yes":
    case "rsvp-no":
    case "rsvp-maybe":
      return attendanceEntity(activity, author);
    case "join":
      return participationEntity(activity, author);
    case "send":
      return isAbout(activity, "message")
        ? messageEntity(activity, author)
        : conversationEntity(activity, author);
    case "follow":
    case "unfollow":
    case "block":
      return relationEntity(activity, author);
    case "delete":
      return deleteEntity(activity, author);
    case "terminate":
      return terminateEntity(activity, author);
    case "replace":
      return migrationEntity(activity, author);
  }
}
