/** Relayables as tables (diaspora-protocol.md §3.1, §5): what is said below somebody's post. */
import * as p from "./property.ts";
import type { EntityDefinition, PropertyTable, RelayableTraits } from "./property.ts";
import { authored, editedAt, longText, now } from "./tables.ts";

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
