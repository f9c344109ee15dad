/**
 * diaspora* entity → Activity. What gets lost on the way stands in the file of each entity.
 * Parts of others (location, poll, poll_answer, embed) are nothing by themselves.
 */
import type { Activity } from "../../activitystreams/activity.ts";
import { DxError } from "../../errors/error.ts";
import type { Entity } from "../entities/entity.ts";
import { migrationActivity, terminateActivity } from "./account.ts";
import type { Reception } from "./common.ts";
import { conversationActivity, messageActivity } from "./conversation.ts";
import { imageActivity } from "./photo.ts";
import { eventActivity } from "./post-parts.ts";
import { postActivity, shareActivity } from "./post.ts";
import { personActivity, profileActivity } from "./profile.ts";
import { deleteActivity, participationActivity, relationActivity } from "./relation.ts";
import { attendanceActivity, commentActivity, opinionActivity } from "./relayable.ts";
import { voteActivity } from "./relayable.ts";

export type { Reception } from "./common.ts";

/**
 * The fact that an entity tells.
 * @throws {DxError} `DX_ENTITY_UNSUPPORTED` for what is a part of others only,
 * `DX_ENTITY_INVALID` for what means nothing
 */
export function entityToActivity(entity: Entity, reception: Reception): Activity {
  switch (entity.type) {
    case "status_message":
      return postActivity(entity, reception);
    case "reshare":
      return shareActivity(entity, reception);
    case "photo":
      return imageActivity(entity);
    case "event":
      return eventActivity(entity, reception);
    case "profile":
      return profileActivity(entity, reception);
    case "person":
      return personActivity(entity, reception);
    case "comment":
      return commentActivity(entity, reception);
    case "like":
      return opinionActivity(entity, reception);
    case "poll_participation":
      return voteActivity(entity, reception);
    case "event_participation":
      return attendanceActivity(entity, reception);
    case "participation":
      return participationActivity(entity, reception);
    case "conversation":
      return conversationActivity(entity);
    case "message":
      return messageActivity(entity);
    case "contact":
      return relationActivity(entity, reception);
    case "retraction":
      return deleteActivity(entity, reception);
    case "account_deletion":
      return terminateActivity(entity, reception);
    case "account_migration":
      return migrationActivity(entity, reception);
    default:
      throw new DxError("DX_ENTITY_UNSUPPORTED", { evidence: { entity: entity.type } });
  }
}
