/**
 * photo ⇄ Photo, inside a post, and ⇄ Image, by itself. Lost on the way here: of a photo
 * inside a post its author, time and audience, which are the post's; a size that is no safe
 * integer; a picture that is not at an http(s) address. Lost on the way there: such a picture
 * too, and one at the root of its server; fractions of a second.
 */
import type { Image, ImageActivity, Photo } from "../../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../../activitystreams/ids.ts";
import { MAX_TEXT } from "../../activitystreams/words.ts";
import { DxError } from "../../errors/error.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { EntityOf, PropertiesOf } from "../entities/entity.ts";
import { isUriWithPath } from "../entities/rules.ts";
import { actorOf, audienceOf, given, wholeSecond, wholeSecondOrNull } from "./common.ts";
import { fitText, textOrNull } from "./text.ts";
import { webUrl } from "./web-url.ts";

function pixels(size: number | null | undefined): number | null {
  return Number.isSafeInteger(size) ? (size ?? null) : null;
}

/** A picture's address is path and name in one. */
export function photoFrom(photo: PropertiesOf<"photo">): Photo | null {
  const url = webUrl(photo.remote_photo_path + photo.remote_photo_name);
  if (url === null) return null;
  const { guid, text } = photo;
  const [width, height] = [pixels(photo.width), pixels(photo.height)];
  return { guid, url, ...given({ text: textOrNull(text), width, height }) };
}

/** Throws DX_ENTITY_INVALID. */
export function imageActivity({ properties }: EntityOf<"photo">): ImageActivity {
  const photo = photoFrom(properties);
  if (photo === null) {
    throw new DxError("DX_ENTITY_INVALID", { detail: "photo.remote_photo_path is no http(s) URL" });
  }
  const { status_message_guid: attachedTo, edited_at: edited } = properties;
  const object: Image = { type: "image", ...photo, ...given({ attachedTo, edited }) };
  return {
    verb: "post",
    actor: actorOf(properties.author),
    object,
    audience: audienceOf(properties.public),
    published: properties.created_at,
  };
}

/**
 * The path up to its last slash, and the rest with the query: readers put their own size
 * prefixes in between (diaspora-peers.md §2), and no part may be empty.
 */
function splitUrl(url: string): [path: string, name: string] {
  const path = /^[^?#]*/.exec(url)?.[0] ?? "";
  const cut = path.lastIndexOf("/", path.length - 2) + 1;
  return [url.slice(0, cut), url.slice(cut)];
}

/** Of the post that a photo is in, or of the Image. */
export interface PhotoContext {
  readonly author: DiasporaId;
  readonly public: boolean;
  readonly published: Date;
  readonly attachedTo: Guid | undefined;
}

export function photoRaw(photo: Photo, context: PhotoContext): Raw | null {
  const [path, name] = splitUrl(webUrl(photo.url) ?? "");
  if (!isUriWithPath(path) || name === "") return null;
  return {
    guid: photo.guid,
    author: context.author,
    public: context.public,
    created_at: wholeSecond(context.published),
    remote_photo_path: path,
    remote_photo_name: name,
    text: fitText(photo.text ?? "", MAX_TEXT),
    status_message_guid: context.attachedTo ?? null,
    height: pixels(photo.height),
    width: pixels(photo.width),
  };
}

export function imageEntity(activity: ImageActivity, author: DiasporaId): EntityOf<"photo"> {
  const { object: image, published } = activity;
  const raw = photoRaw(image, {
    author,
    public: activity.audience === "public",
    published,
    attachedTo: image.attachedTo,
  });
  if (raw === null) {
    throw new DxError("DX_ENTITY_INVALID", { detail: "the photo is at no http(s) URL" });
  }
  return makeEntity("photo", { ...raw, edited_at: wholeSecondOrNull(image.edited) }, published);
}
