/**
 * Posts and their parts as tables (diaspora-protocol.md §3.1), in the gem's order, which is
 * the order on the wire. Property names are the wire's own.
 */
import * as p from "./property.ts";
import * as rules from "./rules.ts";
import { authored, define, editedAt, longText, no, now, sameAuthor, title } from "./tables.ts";

export const location = define({
  name: "location",
  properties: { address: p.nillable(p.anyString), lat: p.anyString, lng: p.anyString },
});

export const photo = define({
  name: "photo",
  properties: {
    guid: p.guid,
    author: p.diasporaId,
    public: no,
    created_at: now,
    edited_at: editedAt,
    remote_photo_path: p.string(rules.isUriWithPath),
    remote_photo_name: p.anyString,
    text: p.optional(longText),
    status_message_guid: p.optional(p.guid),
    height: p.optional(p.integer),
    width: p.optional(p.integer),
  },
});

export const pollAnswer = define({
  name: "poll_answer",
  properties: { guid: p.guid, answer: title },
});

export const poll = define({
  name: "poll",
  properties: { guid: p.guid, question: title, poll_answers: p.list(pollAnswer, 2) },
});

export const event = define({
  name: "event",
  properties: {
    ...authored,
    edited_at: editedAt,
    summary: title,
    description: p.optional(longText),
    start: p.timestamp,
    end: p.optional(p.timestamp),
    all_day: p.optional(no),
    timezone: p.optional(p.string(rules.isTimezone)),
    location: p.optional(p.nested(location)),
  },
});

export const embed = define({
  name: "embed",
  properties: {
    url: p.optional(p.string(rules.isUriWithHost)),
    title: p.optional(title),
    description: p.optional(longText),
    image: p.optional(p.string(rules.isUriWithHostAndPath)),
    nothing: p.optional(p.boolean),
  },
  check: (values) => ((values.url !== null) === (values.nothing === true) ? "url, nothing" : null),
});

export const statusMessage = define({
  name: "status_message",
  properties: {
    ...authored,
    created_at: now,
    public: no,
    provider_display_name: p.optional(p.anyString),
    text: p.nillable(longText),
    edited_at: editedAt,
    photos: p.withDefault(p.list(photo), "empty list"),
    location: p.optional(p.nested(location)),
    poll: p.optional(p.nested(poll)),
    event: p.optional(p.nested(event)),
    embed: p.optional(p.nested(embed)),
  },
  check: (values) => sameAuthor(values.author, values.photos),
});

export const reshare = define({
  name: "reshare",
  properties: {
    ...authored,
    created_at: now,
    root_author: p.optional(p.diasporaId),
    root_guid: p.optional(p.guid),
  },
  check: (values) =>
    (values.root_author === null) === (values.root_guid === null) ? null : "root_author, root_guid",
});
