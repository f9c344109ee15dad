/** People, accounts and what passes between two of them, as tables (diaspora-protocol.md §3.1). */
import * as p from "./property.ts";
import * as rules from "./rules.ts";
import { authored, define, editedAt, longText, no, now, sameAuthor, title, yes } from "./tables.ts";

const pictureUrl = p.string(rules.isUriWithPath);

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
    searchable: p.optional(yes),
    public: p.optional(no),
    nsfw: p.optional(no),
    tag_string: p.optional(p.string(rules.isTagString)),
  },
});

export const person = define({
  name: "person",
  properties: {
    guid: p.guid,
    author: p.diasporaId,
    url: p.string(rules.isUriWithHost),
    profile: p.nested(profile),
    exported_key: p.string(rules.isPublicKeyPem),
  },
});

export const contact = define({
  name: "contact",
  properties: {
    author: p.diasporaId,
    recipient: p.diasporaId,
    following: yes,
    sharing: yes,
    blocking: p.optional(no),
  },
  check: (values) => (values.blocking && (values.following || values.sharing) ? "blocking" : null),
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

export const retraction = define({
  name: "retraction",
  properties: { author: p.diasporaId, target_guid: p.guid, target_type: p.anyString },
});

export const participation = define({
  name: "participation",
  properties: { ...authored, parent_guid: p.guid, parent_type: p.oneOf("Post") },
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
    old_identity: p.withDefault(p.optional(p.diasporaId), "author"),
    remote_photo_path: p.optional(p.string(rules.isUriWithPath)),
  },
  // §8: the new identity has to say who it was; the old one can only name itself.
  check: ({ author, profile: moved, old_identity: old }) =>
    (old === null || old === author) === (author !== moved.author) ? null : "old_identity, author",
});
