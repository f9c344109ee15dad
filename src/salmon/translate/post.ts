/**
 * status_message ⇄ Note, reshare ⇄ Share. Lost on the way here: outer white space and line
 * ends other than LF, an event by somebody else than the post's author, what photo.ts and
 * post-parts.ts name. Lost on the way there: tags that the text does not have, the address
 * of the post, whether it is an `update`, and what is over a limit.
 */
import type { Note, PostActivity, ShareActivity } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { tagsIn } from "../../activitystreams/tags.ts";
import { MAX_TEXT } from "../../activitystreams/words.ts";
import { DxError } from "../../errors/error.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { EntityOf, PropertiesOf } from "../entities/entity.ts";
import { actorOf, audienceOf, given, wholeSecond, wholeSecondOrNull } from "./common.ts";
import type { Reception } from "./common.ts";
import { photoFrom, photoRaw } from "./photo.ts";
import { bookmarkFrom, bookmarkRaw, eventFrom, eventRaw } from "./post-parts.ts";
import { placeFrom, placeRaw, questionFrom, questionRaw } from "./post-parts.ts";
import { fitText, MAX_TITLE, normalText, textOrNull } from "./text.ts";

function noteFrom(post: PropertiesOf<"status_message">, podUrl: string | undefined): Note {
  const markdown = normalText(post.text ?? "");
  const { guid, author, location, poll, event, embed } = post;
  return {
    type: "note",
    guid,
    markdown,
    tags: tagsIn(markdown),
    photos: post.photos.flatMap((photo) => photoFrom(photo) ?? []),
    ...given({
      location: location === null ? null : placeFrom(location),
      question: poll === null ? null : questionFrom(poll),
      event: event?.author === author ? eventFrom(event) : null,
      bookmark: embed === null ? null : bookmarkFrom(embed),
      url: podUrl === undefined ? null : `${podUrl}posts/${encodeURIComponent(guid)}`,
      generator: textOrNull(post.provider_display_name),
      edited: post.edited_at,
    }),
  };
}

export function postActivity(
  { properties }: EntityOf<"status_message">,
  { podUrl }: Reception,
): PostActivity {
  return {
    verb: "post",
    actor: actorOf(properties.author),
    object: noteFrom(properties, podUrl),
    audience: audienceOf(properties.public),
    published: properties.created_at,
  };
}

function photosRaw({ object, audience, published }: PostActivity, author: DiasporaId): Raw[] {
  const isPublic = audience === "public";
  const context = { author, public: isPublic, published, attachedTo: object.guid };
  return object.photos.map((photo) => photoRaw(photo, context)).filter((photo) => photo !== null);
}

/** Throws DX_ENTITY_INVALID. */
export function postEntity(activity: PostActivity, author: DiasporaId): EntityOf<"status_message"> {
  const { object: note, published } = activity;
  const text = fitText(note.markdown, MAX_TEXT, note.url);
  const photos = photosRaw(activity, author);
  // diaspora-peers.md §3: a pod refuses a post with neither text nor photos.
  if (text === "" && photos.length === 0) {
    throw new DxError("DX_ENTITY_INVALID", { detail: "status_message.text is empty" });
  }
  const raw: Raw = {
    author,
    guid: note.guid,
    created_at: wholeSecond(published),
    public: activity.audience === "public",
    provider_display_name: fitText(note.generator ?? "", MAX_TITLE),
    text,
    edited_at: wholeSecondOrNull(note.edited),
    photos,
    location: placeRaw(note.location),
    poll: note.question === undefined ? null : questionRaw(note.question),
    event: note.event === undefined ? null : eventRaw(note.event, author),
    embed: bookmarkRaw(note.bookmark),
  };
  return makeEntity("status_message", raw, published);
}

export function shareActivity(
  { properties }: EntityOf<"reshare">,
  { audience }: Reception,
): ShareActivity {
  const { guid, root_author: author, root_guid: rootGuid } = properties;
  // §3.1: both or none.
  const root = author === null || rootGuid === null ? null : { author, guid: rootGuid };
  return {
    verb: "share",
    actor: actorOf(properties.author),
    object: { type: "share", guid, root },
    audience,
    published: properties.created_at,
  };
}

export function shareEntity(activity: ShareActivity, author: DiasporaId): EntityOf<"reshare"> {
  const { object: share, published } = activity;
  const raw: Raw = {
    author,
    guid: share.guid,
    created_at: wholeSecond(published),
    root_author: share.root?.author ?? null,
    root_guid: share.root?.guid ?? null,
  };
  return makeEntity("reshare", raw, published);
}
