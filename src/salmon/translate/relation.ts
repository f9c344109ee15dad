/**
 * Short facts between people: contact ⇄ follow, unfollow and block; participation ⇄ join;
 * retraction ⇄ delete. Lost both ways: when it happened. Lost on the way here: which of the
 * two flags of a contact was set, and the author that a retraction claims.
 */
import type { DeleteActivity, ParticipationActivity } from "../../activitystreams/activity.ts";
import type { RelationActivity } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { EntityOf, PropertiesOf } from "../entities/entity.ts";
import { actorOf, type Reception } from "./common.ts";

/**
 * diaspora-protocol.md §9: diaspora* reads only `sharing`, Friendica mainly `following`;
 * either of them says that something is wanted of us.
 */
function relationVerb({
  blocking,
  following,
  sharing,
}: PropertiesOf<"contact">): RelationActivity["verb"] {
  if (blocking === true) return "block";
  return following || sharing ? "follow" : "unfollow";
}

export function relationActivity(
  { properties }: EntityOf<"contact">,
  { receivedAt }: Reception,
): RelationActivity {
  return {
    verb: relationVerb(properties),
    actor: actorOf(properties.author),
    object: { type: "person", id: properties.recipient },
    audience: "limited",
    published: receivedAt,
  };
}

/** §9: diaspora* reads only `sharing`, Friendica mainly `following`, so both say the same. */
export function relationEntity(
  activity: RelationActivity,
  author: DiasporaId,
): EntityOf<"contact"> {
  const wanted = activity.verb === "follow";
  const raw: Raw = {
    author,
    recipient: activity.object.id,
    following: wanted,
    sharing: wanted,
    blocking: activity.verb === "block",
  };
  return makeEntity("contact", raw, activity.published);
}

export function participationActivity(
  { properties }: EntityOf<"participation">,
  { receivedAt }: Reception,
): ParticipationActivity {
  const { author, guid, parent_guid: post } = properties;
  return {
    verb: "join",
    actor: actorOf(author),
    object: { type: "participation", guid, post },
    audience: "limited",
    published: receivedAt,
  };
}

export function participationEntity(
  { object, published }: ParticipationActivity,
  author: DiasporaId,
): EntityOf<"participation"> {
  const raw: Raw = { author, guid: object.guid, parent_guid: object.post, parent_type: "Post" };
  return makeEntity("participation", raw, published);
}

export function deleteActivity(
  { properties }: EntityOf<"retraction">,
  { sender, audience, receivedAt, recipient }: Reception,
): DeleteActivity | RelationActivity {
  const { target_guid: guid, target_type: targetType } = properties;
  // COMPAT(diaspora* < 0.7), §7: who takes oneself back shares no more.
  if (targetType === "Person" && recipient !== undefined) {
    return {
      verb: "unfollow",
      actor: actorOf(sender),
      object: { type: "person", id: recipient },
      audience: "limited",
      published: receivedAt,
    };
  }
  return {
    verb: "delete",
    // The author element proves nothing (§4): who signed is who takes back.
    actor: actorOf(sender),
    object: { type: "tombstone", guid, targetType },
    audience,
    published: receivedAt,
  };
}

export function deleteEntity(
  { object, published }: DeleteActivity,
  author: DiasporaId,
): EntityOf<"retraction"> {
  const raw: Raw = { author, target_guid: object.guid, target_type: object.targetType };
  return makeEntity("retraction", raw, published);
}
