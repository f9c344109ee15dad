/**
 * The column `object`: what an activity is about, as JSON. Times are the only thing that JSON
 * has no form for; they stand there as ISO 8601.
 */
import type { Activity, Verb } from "../activitystreams/activity.ts";
import { parseGuid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";

type ObjectType = Activity["object"]["type"];

/** What can be said of each type of object. */
const VERBS: Readonly<Record<ObjectType, readonly Verb[]>> = {
  note: ["post", "update"],
  share: ["share"],
  image: ["post", "update"],
  event: ["post", "update"],
  comment: ["post", "update"],
  opinion: ["like", "dislike"],
  vote: ["vote"],
  attendance: ["rsvp-yes", "rsvp-no", "rsvp-maybe"],
  participation: ["join"],
  conversation: ["send"],
  message: ["send"],
  profile: ["update"],
  person: ["follow", "unfollow", "block"],
  account: ["terminate"],
  migration: ["replace"],
  tombstone: ["delete"],
};

/** Everywhere in the shared language these four are times, and nothing else is. */
const TIMES: ReadonlySet<string> = new Set(["edited", "start", "end", "published"]);

function revived(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      TIMES.has(key) && typeof inner === "string" ? new Date(inner) : revived(inner),
    ]),
  );
}

export interface StoredActivity extends Pick<Activity, "actor" | "audience" | "published"> {
  readonly verb: Verb;
  readonly type: string;
  readonly object: unknown;
}

/**
 * The one place where a row becomes an Activity again. Its object was written from a typed one;
 * its type, its verb and its GUID are looked at. Throws DX_ITEM_NOT_FOUND for a tombstone's.
 */
export function activityFrom({ type, object, ...rest }: StoredActivity): Activity {
  if (object === null) throw new DxError("DX_ITEM_NOT_FOUND");
  if (!isStored(object, type, rest.verb)) {
    throw new DxError("DX_INTERNAL", { detail: "a stored activity is not readable" });
  }
  // The border: see above.
  return { ...rest, object: revived(object) } as Activity;
}

function isStored(object: unknown, type: string, verb: Verb): boolean {
  if (typeof object !== "object" || object === null) return false;
  if (!("type" in object) || object.type !== type || !isObjectType(type)) return false;
  if (!VERBS[type].includes(verb)) return false;
  return (
    !("guid" in object) || (typeof object.guid === "string" && parseGuid(object.guid) !== null)
  );
}

function isObjectType(type: string): type is ObjectType {
  return Object.hasOwn(VERBS, type);
}

/** When it was last changed: of what never was, when it was said. */
export function changedAt(activity: Activity): Date {
  const { object, published } = activity;
  return ("edited" in object ? object.edited : undefined) ?? published;
}
