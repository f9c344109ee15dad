/** What, when and where an event is, for readers who see words only. */
import type { EventObject, Place } from "../activitystreams/activity.ts";
import { TIMEZONE } from "./calendar-event.ts";

/** Markdown. */
export function eventMarkdown(event: EventObject, escape: (words: string) => string): string {
  const lines = [
    `**${escape(event.summary)}**`,
    `When: ${whenOf(event)}`,
    ...(event.location === undefined ? [] : [`Where: ${escape(placeWords(event.location))}`]),
  ];
  const { description = "" } = event;
  return description === "" ? lines.join("\n") : `${lines.join("\n")}\n\n${description}`;
}

function placeWords({ address, latitude, longitude }: Place): string {
  return address.trim() === "" ? `${latitude}, ${longitude}` : address;
}

/** In the zone in which it is meant, which is named; both days where it ends on another one. */
function whenOf({ start, end, allDay, timezone }: EventObject): string {
  const zone = knownZone(timezone);
  // A whole day is the same day everywhere.
  const day = new Intl.DateTimeFormat("en-GB", {
    dateStyle: "full",
    timeZone: allDay ? "UTC" : zone,
  });
  const hour = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: zone });
  const first = day.format(start);
  const last = end === undefined ? first : day.format(end);
  if (allDay) return last === first ? first : `${first} – ${last}`;
  const from = `${first}, ${hour.format(start)}`;
  const to =
    end === undefined ? "" : last === first ? hour.format(end) : `${last}, ${hour.format(end)}`;
  return `${to === "" ? from : `${from} – ${to}`} (${zone})`;
}

function knownZone(timezone: string | undefined): string {
  if (timezone === undefined || !TIMEZONE.test(timezone)) return "UTC";
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: timezone });
    return timezone;
  } catch {
    return "UTC";
  }
}
