/**
 * What a post may have in it beside text and photos: location ⇄ Place, poll ⇄ Question,
 * event ⇄ EventObject, embed ⇄ Bookmark. Lost on the way there: a place without coordinates,
 * a time zone without a slash (`UTC`), a page or picture that is not at an http(s) address,
 * fractions of a second, and what is over a limit. Lost on the way here: such addresses too.
 */
import type { Bookmark, EventActivity, EventObject } from "../../activitystreams/activity.ts";
import type { Place, Question } from "../../activitystreams/activity.ts";
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { MAX_TEXT } from "../../activitystreams/words.ts";
import { makeEntity, type Raw } from "../entities/complete.ts";
import type { EntityOf, PropertiesOf } from "../entities/entity.ts";
import { isTimezone } from "../entities/rules.ts";
import { actorOf, given, wholeSecond, wholeSecondOrNull, type Reception } from "./common.ts";
import { fitText, MAX_TITLE, normalText, textOrNull } from "./text.ts";
import { webUrl } from "./web-url.ts";

export function placeFrom({ address, lat, lng }: PropertiesOf<"location">): Place {
  return { address: normalText(address ?? ""), latitude: lat, longitude: lng };
}

export function placeRaw(place: Place | undefined): Raw | null {
  const [lat, lng] = [normalText(place?.latitude ?? ""), normalText(place?.longitude ?? "")];
  // §3.1: no validator takes a place without coordinates.
  if (lat === "" || lng === "") return null;
  return { address: normalText(place?.address ?? ""), lat, lng };
}

export function questionFrom({ guid, question, poll_answers }: PropertiesOf<"poll">): Question {
  const answers = poll_answers.map(({ guid, answer }) => ({ guid, text: normalText(answer) }));
  return { guid, question: normalText(question), answers };
}

/** With fewer than two answers it is no poll, and the entity's rule refuses it. */
export function questionRaw({ guid, question, answers }: Question): Raw {
  const poll_answers = answers.map(({ guid, text }) => ({
    guid,
    answer: fitText(text, MAX_TITLE),
  }));
  return { guid, question: fitText(question, MAX_TITLE), poll_answers };
}

export function eventFrom(event: PropertiesOf<"event">): EventObject {
  const { description, end, timezone, location, edited_at: edited } = event;
  return {
    type: "event",
    guid: event.guid,
    summary: normalText(event.summary),
    start: event.start,
    allDay: event.all_day ?? false,
    ...given({
      description: textOrNull(description),
      end,
      timezone,
      location: location === null ? null : placeFrom(location),
      edited,
    }),
  };
}

export function eventRaw(event: EventObject, author: DiasporaId): Raw {
  const { timezone = "" } = event;
  return {
    author,
    guid: event.guid,
    edited_at: wholeSecondOrNull(event.edited),
    summary: fitText(event.summary, MAX_TITLE),
    description: fitText(event.description ?? "", MAX_TEXT),
    start: wholeSecond(event.start),
    end: wholeSecondOrNull(event.end),
    all_day: event.allDay,
    timezone: isTimezone(timezone) ? timezone : null,
    location: placeRaw(event.location),
  };
}

/** An event by itself has no time of its own but that of its last change. */
export function eventActivity(
  { properties }: EntityOf<"event">,
  { receivedAt, audience }: Reception,
): EventActivity {
  return {
    verb: "post",
    actor: actorOf(properties.author),
    object: eventFrom(properties),
    audience,
    published: properties.edited_at ?? receivedAt,
  };
}

export function eventEntity(activity: EventActivity, author: DiasporaId): EntityOf<"event"> {
  return makeEntity("event", eventRaw(activity.object, author), activity.published);
}

export function bookmarkFrom(embed: PropertiesOf<"embed">): Bookmark | null {
  if (embed.nothing === true) return { nothing: true };
  const url = webUrl(embed.url ?? "");
  if (url === null) return null;
  const image = webUrl(embed.image ?? "");
  const { title, description } = embed;
  return {
    url,
    ...given({
      title: textOrNull(title),
      description: textOrNull(description),
      image,
    }),
  };
}

export function bookmarkRaw(bookmark: Bookmark | undefined): Raw | null {
  if (bookmark === undefined) return null;
  if ("nothing" in bookmark) return { nothing: true };
  const url = webUrl(bookmark.url);
  if (url === null) return null;
  return {
    url,
    title: fitText(bookmark.title ?? "", MAX_TITLE),
    description: fitText(bookmark.description ?? "", MAX_TEXT),
    image: webUrl(bookmark.image ?? ""),
  };
}
