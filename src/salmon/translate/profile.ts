/**
 * profile ⇄ Profile, and person → the update of its profile; a person is never sent. Lost on
 * the way here: of a person its GUID, address and key, which discovery has; pictures that are
 * not at an http(s) address; diaspora*'s default picture, which means none; a birthday that
 * is no plain date; words of the tag string without `#`. Lost on the way there: the same, what
 * is over a limit, tags over five and `;` in names. Filled in on the way there: whichever of
 * the whole name and its parts is missing.
 */
import type { Profile, ProfileActivity } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { appendTags, tagsIn } from "../../activitystreams/tags.ts";
import { MAX_TEXT } from "../../activitystreams/words.ts";
import { DxError } from "../../errors/error.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { EntityOf, PropertiesOf } from "../entities/entity.ts";
import { fits } from "../entities/rules.ts";
import { actorOf, audienceOf, given, wholeSecondOrNull, type Reception } from "./common.ts";
import { fitName, fitText, MAX_TITLE, textOrNull } from "./text.ts";
import { webUrl } from "./web-url.ts";

type ProfileValues = PropertiesOf<"profile">;

const MAX_FULL_NAME = 70;
const MAX_NAME_PART = 32;
const MAX_TAGS = 5;

/** diaspora-peers.md §2: this is what pods send for people without a picture. */
const DEFAULT_PICTURE = /user\/default/;

function pictureFrom(url: string | null, podUrl: string | undefined): string | null {
  return url === null || DEFAULT_PICTURE.test(url) ? null : webUrl(url, podUrl);
}

/** All three sizes; the one that is there stands for those that are not. */
function picturesFrom(values: ProfileValues, podUrl: string | undefined): Profile["photo"] | null {
  const large = pictureFrom(values.image_url, podUrl);
  const medium = pictureFrom(values.image_url_medium, podUrl);
  const small = pictureFrom(values.image_url_small, podUrl);
  const any = large ?? medium ?? small;
  if (any === null) return null;
  return { large: large ?? any, medium: medium ?? any, small: small ?? any };
}

function isDate(text: string | null | undefined): text is string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text ?? "");
}

export function profileFrom(values: ProfileValues, podUrl?: string): Profile {
  const [firstName, lastName] = [textOrNull(values.first_name), textOrNull(values.last_name)];
  const parts = [firstName, lastName].filter((part) => part !== null).join(" ");
  return {
    type: "profile",
    tags: tagsIn(values.tag_string ?? "").slice(0, MAX_TAGS),
    // Default private: a setting that nobody can read is none that was given.
    searchable: values.searchable ?? false,
    nsfw: values.nsfw ?? false,
    ...given({
      name: textOrNull(values.full_name) ?? textOrNull(parts),
      firstName,
      lastName,
      photo: picturesFrom(values, podUrl),
      bio: textOrNull(values.bio),
      birthday: isDate(values.birthday) ? values.birthday : null,
      gender: textOrNull(values.gender),
      location: textOrNull(values.location),
      edited: values.edited_at,
    }),
  };
}

function updateOf(
  values: ProfileValues,
  author: DiasporaId,
  { podUrl, receivedAt }: Reception,
): ProfileActivity {
  return {
    verb: "update",
    actor: actorOf(author),
    object: profileFrom(values, podUrl),
    audience: audienceOf(values.public),
    published: values.edited_at ?? receivedAt,
  };
}

export function profileActivity(
  { properties }: EntityOf<"profile">,
  reception: Reception,
): ProfileActivity {
  return updateOf(properties, properties.author, reception);
}

/** Throws DX_ENTITY_INVALID: nobody says for others who they are. */
export function personActivity(
  { properties }: EntityOf<"person">,
  reception: Reception,
): ProfileActivity {
  if (properties.profile.author !== properties.author) {
    throw new DxError("DX_ENTITY_INVALID", { detail: "person.profile is somebody else's" });
  }
  return updateOf(properties.profile, properties.author, reception);
}

/** A name that is too long for one part goes on in the other, from a space on. */
function splitName(name: string): readonly string[] {
  const room = [...name].slice(0, MAX_NAME_PART + 1).join("");
  const space = room.lastIndexOf(" ");
  const cut = fits(name, MAX_NAME_PART) || space < 0 ? name.length : space;
  return [name.slice(0, cut), name.slice(cut)].map((part) => fitName(part, MAX_NAME_PART));
}

/**
 * diaspora* and Friendica show first and last name and ignore the whole one (§3.1), so that
 * somebody with a whole name only would have none there.
 */
function namesRaw({ name = "", firstName = "", lastName = "" }: Profile): Raw {
  const shown = fitName(name, MAX_FULL_NAME);
  const whole = shown === "" ? fitName(`${firstName} ${lastName}`, MAX_FULL_NAME) : shown;
  const parts = [firstName, lastName].map((part) => fitName(part, MAX_NAME_PART));
  const hasParts = parts.some((part) => part !== "");
  const [first, last] = hasParts ? parts : splitName(whole);
  return { full_name: whole, first_name: first, last_name: last };
}

/** Absolute, all three or none: a relative one would be looked for on the reader's own pod. */
function picturesRaw(photo: Profile["photo"]): Raw {
  const urls = [photo?.large, photo?.medium, photo?.small].map((url) => webUrl(url ?? ""));
  const any = urls.find((url) => url !== null) ?? null;
  const [large, medium, small] = urls.map((url) => url ?? any);
  return { image_url: large, image_url_medium: medium, image_url_small: small };
}

/** Only what a reader finds again. */
function tagString(tags: readonly string[]): string {
  return tagsIn(appendTags("", tags))
    .slice(0, MAX_TAGS)
    .map((tag) => `#${tag}`)
    .join(" ");
}

export function profileRaw(profile: Profile, author: DiasporaId, isPublic: boolean): Raw {
  return {
    author,
    edited_at: wholeSecondOrNull(profile.edited),
    ...namesRaw(profile),
    ...picturesRaw(profile.photo),
    bio: fitText(profile.bio ?? "", MAX_TEXT),
    birthday: isDate(profile.birthday) ? profile.birthday : null,
    gender: fitText(profile.gender ?? "", MAX_TITLE),
    location: fitText(profile.location ?? "", MAX_TITLE),
    searchable: profile.searchable,
    public: isPublic,
    nsfw: profile.nsfw,
    tag_string: tagString(profile.tags),
  };
}

export function profileEntity(activity: ProfileActivity, author: DiasporaId): EntityOf<"profile"> {
  const { object, audience, published } = activity;
  return makeEntity("profile", profileRaw(object, author, audience === "public"), published);
}
