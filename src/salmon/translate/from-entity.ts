/**
 * diaspora* entity → Activity. What has no Activity is DX_ENTITY_UNSUPPORTED. Lost on the
 * way: a post's poll, event and embed, and pictures that are not at an http(s) address.
 */
import type { Activity, Actor, Audience, Note } from "../../activitystreams/activity.ts";
import type { Photo, Place } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { tagsIn } from "../../activitystreams/tags.ts";
import { DxError } from "../../errors/error.ts";
import type { Entity, PropertiesOf } from "../entities/entity.ts";
import { normalText } from "./text.ts";

/** What the message says beside its entity. */
export interface Reception {
  /** Whose key signed the envelope. */
  readonly sender: DiasporaId;
  readonly receivedAt: Date;
  /** How it came; a post says itself whether it is public. */
  readonly audience: Audience;
  /** Of the author's pod, with a final slash, for the address of a post in a browser. */
  readonly podUrl?: string;
}

function actor(id: DiasporaId): Actor {
  return { network: "diaspora", id };
}

/** A picture's address is path and name in one; only http(s) is ever fetched. */
function pictureUrl({
  remote_photo_path: path,
  remote_photo_name: name,
}: PropertiesOf<"photo">): string | null {
  if (!URL.canParse(path + name)) return null;
  const url = new URL(path + name);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
}

function photoFrom(photo: PropertiesOf<"photo">): Photo[] {
  const url = pictureUrl(photo);
  if (url === null) return [];
  const { guid, text, width, height } = photo;
  return [
    {
      guid,
      url,
      ...(text === null ? {} : { text: normalText(text) }),
      ...(width === null || !Number.isSafeInteger(width) ? {} : { width }),
      ...(height === null || !Number.isSafeInteger(height) ? {} : { height }),
    },
  ];
}

function placeFrom({ address, lat, lng }: PropertiesOf<"location">): Place {
  return { address: address ?? "", latitude: lat, longitude: lng };
}

function noteFrom(post: PropertiesOf<"status_message">, podUrl: string | undefined): Note {
  const markdown = normalText(post.text ?? "");
  const { location, edited_at: edited, provider_display_name: generator } = post;
  return {
    type: "note",
    guid: post.guid,
    markdown,
    tags: tagsIn(markdown),
    photos: post.photos.flatMap(photoFrom),
    ...(location === null ? {} : { location: placeFrom(location) }),
    ...(podUrl === undefined ? {} : { url: `${podUrl}posts/${encodeURIComponent(post.guid)}` }),
    ...(generator === null ? {} : { generator }),
    ...(edited === null ? {} : { edited }),
  };
}

/**
 * diaspora-protocol.md §9: diaspora* reads only `sharing`, Friendica mainly `following`;
 * either of them says that something is wanted of us.
 */
function relationVerb({
  blocking,
  following,
  sharing,
}: PropertiesOf<"contact">): "block" | "follow" | "unfollow" {
  if (blocking) return "block";
  return following || sharing ? "follow" : "unfollow";
}

/** Throws DX_ENTITY_UNSUPPORTED. */
export function entityToActivity(entity: Entity, reception: Reception): Activity {
  const { sender, receivedAt, audience, podUrl } = reception;
  switch (entity.type) {
    case "status_message":
      return {
        verb: "post",
        actor: actor(entity.properties.author),
        object: noteFrom(entity.properties, podUrl),
        audience: entity.properties.public ? "public" : "limited",
        published: entity.properties.created_at,
      };
    case "contact":
      return {
        verb: relationVerb(entity.properties),
        actor: actor(entity.properties.author),
        object: { type: "person", id: entity.properties.recipient },
        audience: "limited",
        published: receivedAt,
      };
    case "retraction":
      return {
        verb: "delete",
        // The author element proves nothing (§4): who signed is who takes back.
        actor: actor(sender),
        object: {
          type: "tombstone",
          guid: entity.properties.target_guid,
          targetType: entity.properties.target_type,
        },
        audience,
        published: receivedAt,
      };
    default:
      throw new DxError("DX_ENTITY_UNSUPPORTED", { evidence: { entity: entity.type } });
  }
}
