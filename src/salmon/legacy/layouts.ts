/**
 * COMPAT(diaspora* < 0.7): how gem v0.1.9 wrote each entity (diaspora-protocol.md §3.1, the
 * column of legacy names): property → element, in the order of the wire. For what was a
 * relayable then, that is the order in which its author signed it, too (§7).
 */

const SIGNATURES = {
  author_signature: "author_signature",
  parent_author_signature: "parent_author_signature",
};

const POST = {
  author: "diaspora_handle",
  guid: "guid",
  created_at: "created_at",
  provider_display_name: "provider_display_name",
};

/** By the name of the element; three of them are no entities any more. */
export const LAYOUTS = {
  account_deletion: { author: "diaspora_handle" },
  comment: {
    guid: "guid",
    parent_guid: "parent_guid",
    text: "text",
    author: "diaspora_handle",
    ...SIGNATURES,
  },
  contact: {
    author: "author",
    recipient: "recipient",
    following: "following",
    sharing: "sharing",
  },
  conversation: {
    author: "diaspora_handle",
    guid: "guid",
    subject: "subject",
    created_at: "created_at",
    participants: "participant_handles",
    messages: "message",
  },
  event: {
    author: "author",
    guid: "guid",
    summary: "summary",
    description: "description",
    start: "start",
    end: "end",
    all_day: "all_day",
    timezone: "timezone",
    location: "location",
  },
  like: {
    positive: "positive",
    guid: "guid",
    parent_type: "target_type",
    parent_guid: "parent_guid",
    author: "diaspora_handle",
    ...SIGNATURES,
  },
  location: { address: "address", lat: "lat", lng: "lng" },
  message: {
    guid: "guid",
    parent_guid: "parent_guid",
    text: "text",
    created_at: "created_at",
    author: "diaspora_handle",
    conversation_guid: "conversation_guid",
    ...SIGNATURES,
  },
  participation: {
    guid: "guid",
    parent_type: "target_type",
    parent_guid: "parent_guid",
    author: "diaspora_handle",
    ...SIGNATURES,
  },
  person: {
    guid: "guid",
    author: "diaspora_handle",
    url: "url",
    profile: "profile",
    exported_key: "exported_key",
  },
  photo: {
    guid: "guid",
    author: "diaspora_handle",
    public: "public",
    created_at: "created_at",
    remote_photo_path: "remote_photo_path",
    remote_photo_name: "remote_photo_name",
    text: "text",
    status_message_guid: "status_message_guid",
    height: "height",
    width: "width",
  },
  poll: { guid: "guid", question: "question", poll_answers: "poll_answer" },
  poll_answer: { guid: "guid", answer: "answer" },
  poll_participation: {
    guid: "guid",
    parent_guid: "parent_guid",
    author: "diaspora_handle",
    poll_answer_guid: "poll_answer_guid",
    ...SIGNATURES,
  },
  profile: {
    author: "diaspora_handle",
    first_name: "first_name",
    last_name: "last_name",
    image_url: "image_url",
    image_url_medium: "image_url_medium",
    image_url_small: "image_url_small",
    birthday: "birthday",
    gender: "gender",
    bio: "bio",
    location: "location",
    searchable: "searchable",
    nsfw: "nsfw",
    tag_string: "tag_string",
  },
  relayable_retraction: {
    parent_author_signature: "parent_author_signature",
    target_guid: "target_guid",
    target_type: "target_type",
    author: "sender_handle",
    target_author_signature: "target_author_signature",
  },
  request: { author: "sender_handle", recipient: "recipient_handle" },
  reshare: { ...POST, root_author: "root_diaspora_id", root_guid: "root_guid", public: "public" },
  retraction: { author: "diaspora_handle", target_guid: "post_guid", target_type: "type" },
  signed_retraction: {
    target_guid: "target_guid",
    target_type: "target_type",
    author: "sender_handle",
    target_author_signature: "target_author_signature",
  },
  status_message: {
    ...POST,
    text: "raw_message",
    photos: "photo",
    location: "location",
    poll: "poll",
    event: "event",
    public: "public",
  },
} as const;

export type LegacyName = keyof typeof LAYOUTS;
export type Layout = Readonly<Record<string, string>>;

export function isLegacyName(name: string): name is LegacyName {
  return Object.hasOwn(LAYOUTS, name);
}

/** The elements that a relayable's author signed have no such word in their names (§5). */
export function isSignature(name: string): boolean {
  return name.includes("signature");
}
