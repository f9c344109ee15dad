/**
 * Every entity of the protocol as a table (diaspora-protocol.md §3.1), in the gem's order,
 * which is the order on the wire. Property names are the wire's own.
 */
import * as p from "./property.ts";
import type { EntityDefinition, PropertyTable, RelayableTraits } from "./property.ts";
import * as rules from "./rules.ts";

function define<P extends PropertyTable>(definition: EntityDefinition<P>): EntityDefinition<P> {
  return definition;
}

const longText = p.string(rules.atMost(65_535));
const title = p.string(rules.atMost(255));
const url = p.string(rules.isUriWithHostAndPath);
const pictureUrl = p.string(rules.isUriWithPath);
const now = p.withDefault(p.timestamp, "now");
const no = p.withDefault(p.boolean, false);
const yes = p.withDefault(p.boolean, true);
const editedAt = p.optional(p.timestamp);
const authored = { author: p.diasporaId, guid: p.guid };

/** Whoever signs for the whole answers for its parts. */
function sameAuthor(author: string, parts: readonly { readonly author: string }[]): string | null {
  return parts.every((part) => part.author === author) ? null : "nested author";
}

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
    remote_photo_path: p.anyString,
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
    all_day: no,
    timezone: p.optional(p.string(rules.isTimezone)),
    location: p.optional(p.nested(location)),
  },
});

export const embed = define({
  name: "embed",
  properties: {
    url: p.optional(url),
    title: p.optional(title),
    description: p.optional(longText),
    image: p.optional(url),
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
    provider_display_name: p.optional(title),
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

export const profile = define({
  name: "profile",
  properties: {
    author: p.diasporaId,
    edited_at: editedAt,
    full_name: p.optional(p.string(rules.isName(70))),
    first_name: p.optional(p.string(rules.isName(32))),
    last_name: p.optional(p.string(rules.isName(32))),
    image_url: p.optional(pictureUrl),
    image_url_medium: p.optional(pictureUrl),
    image_url_small: p.optional(pictureUrl),
    bio: p.optional(longText),
    birthday: p.optional(p.string(rules.isBirthday)),
    gender: p.optional(title),
    location: p.optional(title),
    searchable: yes,
    public: no,
    nsfw: no,
    tag_string: p.optional(p.string(rules.isTagString)),
  },
});

export const person = define({
  name: "person",
  properties: {
    guid: p.guid,
    author: p.diasporaId,
    url: p.string(rules.isUri),
    profile: p.nested(profile),
    exported_key: p.string(rules.isPublicKeyPem),
  },
});

const relayed = { ...authored, parent_guid: p.guid, author_signature: p.optional(p.anyString) };

function relayable<P extends PropertyTable>(
  name: string,
  parentType: RelayableTraits["parentType"],
  own: P,
): EntityDefinition<typeof relayed & P> {
  return { name, relayable: { parentType }, properties: { ...relayed, ...own } };
}

export const comment = relayable("comment", "Post", {
  text: longText,
  created_at: now,
  edited_at: editedAt,
});

export const like = relayable("like", "parent_type", {
  parent_type: p.anyString,
  positive: p.boolean,
});

export const pollParticipation = relayable("poll_participation", "Poll", {
  poll_answer_guid: p.guid,
});

export const eventParticipation = relayable("event_participation", "Event", {
  status: p.oneOf("accepted", "declined", "tentative"),
  edited_at: editedAt,
});

export const participation = define({
  name: "participation",
  properties: { ...authored, parent_guid: p.guid, parent_type: p.oneOf("Post") },
});

export const message = define({
  name: "message",
  properties: {
    ...authored,
    text: longText,
    created_at: now,
    edited_at: editedAt,
    conversation_guid: p.guid,
  },
});

export const conversation = define({
  name: "conversation",
  properties: {
    ...authored,
    subject: title,
    created_at: now,
    participants: p.string(rules.isDiasporaIdList),
    messages: p.withDefault(p.list(message), "empty list"),
  },
  check: (values) => sameAuthor(values.author, values.messages),
});

export const contact = define({
  name: "contact",
  properties: {
    author: p.diasporaId,
    recipient: p.diasporaId,
    following: p.boolean,
    sharing: p.boolean,
    blocking: no,
  },
  check: (values) =>
    values.blocking && (values.following || values.sharing) ? "blocking" : null,
});

export const retraction = define({
  name: "retraction",
  properties: { author: p.diasporaId, target_guid: p.guid, target_type: p.anyString },
});

export const accountDeletion = define({
  name: "account_deletion",
  properties: { author: p.diasporaId },
});

export const accountMigration = define({
  name: "account_migration",
  properties: {
    author: p.diasporaId,
    profile: p.nested(profile),
    signature: p.optional(p.anyString),
    old_identity: p.optional(p.diasporaId),
    remote_photo_path: p.optional(p.anyString),
  },
});
