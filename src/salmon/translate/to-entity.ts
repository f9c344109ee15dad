/**
 * Activity → diaspora* entity, in the one form that every reader takes: created_at in whole
 * UTC seconds, LF, trimmed text, contact with both flags equal (diaspora-protocol.md §3, §5,
 * §9).
 */
import type { Activity, Photo, PostActivity } from "../../activitystreams/activity.ts";
import type { RelationActivity } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { DxError } from "../../errors/error.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { Entity, EntityOf } from "../entities/entity.ts";
import { fitText, normalText } from "./text.ts";

function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** Path up to the last slash, and the rest: readers put their own size prefixes in between. */
function splitPhotoUrl(url: string): [path: string, name: string] {
  const cut = url.lastIndexOf("/") + 1;
  return [url.slice(0, cut), url.slice(cut)];
}

function photoRaw(photo: Photo, author: DiasporaId, activity: PostActivity): Raw {
  const [path, name] = splitPhotoUrl(photo.url);
  return {
    guid: photo.guid,
    author,
    public: activity.audience === "public",
    created_at: wholeSeconds(activity.published),
    remote_photo_path: path,
    remote_photo_name: name,
    text: photo.text === undefined ? null : fitText(normalText(photo.text), undefined),
    status_message_guid: activity.object.guid,
    height: photo.height ?? null,
    width: photo.width ?? null,
  };
}

function statusMessage(activity: PostActivity, author: DiasporaId): EntityOf<"status_message"> {
  const { object: note, published } = activity;
  const text = fitText(normalText(note.markdown), note.url);
  // diaspora-peers.md §3: a pod refuses a post with neither text nor photos.
  if (text === "" && note.photos.length === 0) {
    throw new DxError("DX_ENTITY_INVALID", { detail: "status_message.text is empty" });
  }
  const { location, edited, generator } = note;
  const raw: Raw = {
    author,
    guid: note.guid,
    created_at: wholeSeconds(published),
    public: activity.audience === "public",
    provider_display_name: generator === undefined ? null : [...generator].slice(0, 255).join(""),
    text,
    edited_at: edited === undefined ? null : wholeSeconds(edited),
    photos: note.photos.map((photo) => photoRaw(photo, author, activity)),
    location:
      location === undefined
        ? null
        : {
            address: normalText(location.address),
            lat: location.latitude,
            lng: location.longitude,
          },
  };
  return makeEntity("status_message", raw, published);
}

/** §9: D* reads only `sharing`, Friendica mainly `following`, so both say the same. */
function contact(activity: RelationActivity, author: DiasporaId): EntityOf<"contact"> {
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

/** The author is whoever stands on the federation for the activity's actor. Throws DX_ENTITY_INVALID. */
export function activityToEntity(activity: Activity, author: DiasporaId): Entity {
  switch (activity.verb) {
    case "post":
    case "update":
      return statusMessage(activity, author);
    case "follow":
    case "unfollow":
    case "block":
      return contact(activity, author);
    case "delete":
      return makeEntity(
        "retraction",
        {
          author,
          target_guid: activity.object.guid,
          target_type: activity.object.targetType,
        },
        activity.published,
      );
  }
}
