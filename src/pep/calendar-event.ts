/**
 * Events (XEP-0471, and Libervia's older form): the payload of a calendar node, and a child of
 * the entry that tells of it. XEP-0471 has neither whole days nor time zones, so they stand
 * beside its elements in a namespace of ours.
 */
import type { EventObject } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { markdownToText, markdownToXhtml, xhtmlToMarkdown } from "../activitystreams/markdown.ts";
import { cutWithSuffix, MAX_TEXT } from "../activitystreams/words.ts";
import { child, childrenNamed, childText, el, textOf, type XmlElement } from "../xml/element.ts";
import { stripIllegal } from "../xml/serialise.ts";
import { NS_XHTML } from "../activitystreams/xhtml.ts";
import {
  NS_CALENDAR,
  NS_DATA,
  NS_DIASPORA_X,
  NS_EVENTS_LIBERVIA,
  NS_GEOLOC,
} from "./namespaces.ts";
import { readDate } from "./dates.ts";
import { addressOf, geolocFromPlace, placeFromGeoloc } from "./profile/geoloc.ts";

/** diaspora-protocol.md §3: of a summary. */
const MAX_SUMMARY = 255;
/** diaspora-protocol.md §3: `Area/Place`; `UTC` by itself is none. */
export const TIMEZONE = /^[A-Za-z][A-Za-z_+-]{1,40}\/[A-Za-z0-9_+/-]{1,60}$/;
const NAMESPACES = new Set([NS_CALENDAR, NS_EVENTS_LIBERVIA]);
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const FORM_RSVP = "urn:xmpp:calendar-events:rsvp:0";

/** null when it is none, or has no name or no beginning. */
export function eventFromElement(
  payload: XmlElement | undefined,
  guidOf: (part: string) => Guid,
): EventObject | null {
  if (payload?.local !== "event" || !NAMESPACES.has(payload.ns)) return null;
  const summary = cutWithSuffix(oneLine(childText(payload, "name")), MAX_SUMMARY, "");
  const start = readMoment(childText(payload, "start"));
  if (summary === "" || start === null) return null;
  const end = readMoment(childText(payload, "end"));
  const allDay = start.isDay || child(payload, "all-day", NS_DIASPORA_X) !== undefined;
  return {
    type: "event",
    guid: guidOf("event"),
    summary,
    start: start.date,
    allDay,
    ...(end === null || end.date <= start.date ? {} : { end: end.date }),
    ...detailsOf(payload),
  };
}

function detailsOf(
  payload: XmlElement,
): Pick<EventObject, "description" | "location" | "timezone"> {
  const timezone = childText(payload, "timezone", NS_DIASPORA_X)?.trim() ?? "";
  const geoloc = child(child(payload, "location"), "geoloc", NS_GEOLOC);
  const location = placeFromGeoloc(geoloc);
  const description = descriptionOf(payload, location === null ? addressOf(geoloc) : "");
  return {
    ...(description === "" ? {} : { description }),
    ...(TIMEZONE.test(timezone) ? { timezone } : {}),
    ...(location === null ? {} : { location }),
  };
}

/** A place without coordinates has no other place than the words. */
function descriptionOf(payload: XmlElement, where: string): string {
  const all = childrenNamed(payload, "description");
  const rich = all.find(({ attrs }) => attrs["type"] === "xhtml");
  const plain = all.find(({ attrs }) => attrs["type"] !== "xhtml");
  const div = child(rich, "div", NS_XHTML);
  const words = div === undefined ? "" : xhtmlToMarkdown(div);
  const text = stripIllegal(words === "" ? textOf(plain) : words).replace(/\r\n?/g, "\n");
  return cutWithSuffix(
    [text.trim(), where].filter((part) => part !== "").join("\n\n"),
    MAX_TEXT,
    "",
  );
}

function readMoment(text: string | undefined): { date: Date; isDay: boolean } | null {
  const trimmed = text?.trim() ?? "";
  const isDay = DAY.test(trimmed);
  const date = readDate(isDay ? `${trimmed}T00:00:00Z` : trimmed);
  return date === null ? null : { date, isDay };
}

function oneLine(text: string | undefined): string {
  return stripIllegal(text ?? "")
    .replace(/\s+/gu, " ")
    .trim();
}

/** XEP-0471 §4: name, start and end must be there, so what has no end ends as it begins. */
export function eventElement(event: EventObject): XmlElement {
  const { description = "", location, timezone } = event;
  return el(
    "event",
    { xmlns: NS_CALENDAR },
    el("name", {}, event.summary),
    el("start", {}, event.start.toISOString()),
    el("end", {}, (event.end ?? event.start).toISOString()),
    description === ""
      ? null
      : [
          el("description", { type: "text" }, markdownToText(description)),
          el("description", { type: "xhtml" }, markdownToXhtml(description)),
        ],
    location === undefined ? null : el("location", {}, geolocFromPlace(location)),
    rsvpForm(),
    timezone === undefined ? null : el("timezone", { xmlns: NS_DIASPORA_X }, timezone),
    event.allDay ? el("all-day", { xmlns: NS_DIASPORA_X }) : null,
  );
}

function rsvpForm(): XmlElement {
  const answers = ["yes", "maybe", "no"];
  return el(
    "rsvp",
    {},
    el(
      "x",
      { xmlns: NS_DATA, type: "form" },
      el("field", { type: "hidden", var: "FORM_TYPE" }, el("value", {}, FORM_RSVP)),
      el(
        "field",
        { type: "list-single", var: "attending", label: "Attending" },
        el("required"),
        answers.map((answer) => el("option", { label: answer }, el("value", {}, answer))),
      ),
    ),
  );
}
