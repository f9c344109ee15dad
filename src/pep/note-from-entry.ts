/** An entry of a person's node as a Note of the shared language: XMPP → federation. */
import type { EventObject, Note } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { escapeMarkdown } from "../activitystreams/markdown.ts";
import { tagsIn } from "../activitystreams/tags.ts";
import { NOBODY, type KnownPeople } from "../activitystreams/typed-mentions.ts";
import { cutText } from "../activitystreams/words.ts";
import type { XmlElement } from "../xml/element.ts";
import { eventFromElement } from "./calendar-event.ts";
import { fitMarkdown, wordsOf } from "./entry-words.ts";
import type { Entry } from "./entry.ts";
import { takePhotos } from "./entry-photos.ts";
import { eventMarkdown } from "./event-words.ts";
import { pollMarkdown, questionFromForm } from "./poll-form.ts";

/** The GUID of a part of the entry: a picture by its address, the others by a name. */
export type PartGuid = (part: string) => Guid;

/** null when the entry says nothing. Photos stand at the addresses that the entry names. */
export function noteFromEntry(
  entry: Entry,
  guid: Guid,
  partGuid: PartGuid,
  known: KnownPeople = NOBODY,
): Note | null {
  const { words, photos } = illustratedWords(entry, partGuid, known);
  const question = entry.poll === null ? null : questionFromForm(entry.poll, partGuid);
  const event = entry.event === null ? null : eventFromElement(entry.event, partGuid);
  const markdown = words === "" ? wordsOfParts(question, event) : words;
  if (markdown === "" && photos.length === 0) return null;
  return {
    type: "note",
    guid,
    markdown,
    tags: tagsIn(markdown),
    photos,
    generator: entry.generator === null ? "XMPP" : cutText(entry.generator, 255),
    ...(entry.place === null ? {} : { location: entry.place }),
    ...(entry.related === null ? {} : { bookmark: entry.related }),
    ...(question === null ? {} : { question }),
    ...(event === null ? {} : { event }),
  };
}

/** An item of a calendar's node (XEP-0471): a post that tells of the event, with the event. */
export function noteFromEvent(
  payload: XmlElement | undefined,
  guid: Guid,
  partGuid: PartGuid,
): Note | null {
  const event = eventFromElement(payload, partGuid);
  if (event === null) return null;
  const markdown = wordsOfParts(null, event);
  return {
    type: "note",
    guid,
    markdown,
    tags: tagsIn(markdown),
    photos: [],
    generator: "XMPP",
    event,
  };
}

function illustratedWords(
  entry: Entry,
  partGuid: PartGuid,
  known: KnownPeople,
): { readonly words: string; readonly photos: Note["photos"] } {
  let photos: Note["photos"] = [];
  const words = wordsOf(entry, known, (body) => {
    const taken = takePhotos(body, entry.enclosures, partGuid);
    ({ photos } = taken);
    return { text: taken.text, others: taken.others };
  });
  return { words, photos };
}

/** A poll or an event by itself: pods show nothing of it but the words. */
function wordsOfParts(question: Note["question"] | null, event: EventObject | null): string {
  if (event !== null) return fitMarkdown(eventMarkdown(event, escapeMarkdown));
  if (question !== null && question !== undefined) {
    return fitMarkdown(pollMarkdown(question, escapeMarkdown));
  }
  return "";
}
