/** A note as it stands in the column `object`: what JSON has no form for is ISO 8601 there. */
import type { EventObject, Note } from "../activitystreams/activity.ts";

type StoredEvent = Omit<EventObject, "start" | "end" | "edited"> & {
  readonly start: string;
  readonly end?: string;
  readonly edited?: string;
};

export type StoredNote = Omit<Note, "edited" | "event"> & {
  readonly edited?: string;
  readonly event?: StoredEvent;
};

function eventOf({ start, end, edited, ...event }: StoredEvent): EventObject {
  return {
    ...event,
    start: new Date(start),
    ...(end === undefined ? {} : { end: new Date(end) }),
    ...(edited === undefined ? {} : { edited: new Date(edited) }),
  };
}

export function noteOf({ event, edited, ...note }: StoredNote): Note {
  return {
    ...note,
    ...(event === undefined ? {} : { event: eventOf(event) }),
    ...(edited === undefined ? {} : { edited: new Date(edited) }),
  };
}
