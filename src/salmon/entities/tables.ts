/** What the entities' tables have in common: shared properties and rules (diaspora-protocol.md §3). */
import * as p from "./property.ts";
import type { EntityDefinition, PropertyTable } from "./property.ts";
import * as rules from "./rules.ts";

/** Ties the rule over several properties to the types of its own table. */
export function define<P extends PropertyTable>(
  definition: EntityDefinition<P>,
): EntityDefinition<P> {
  return definition;
}

export const longText = p.string(rules.atMost(65_535));
export const title = p.string(rules.atMost(255));
export const now = p.withDefault(p.timestamp, "now");
export const no = p.withDefault(p.boolean, false);
export const yes = p.withDefault(p.boolean, true);
export const editedAt = p.optional(p.timestamp);
export const authored = { author: p.diasporaId, guid: p.guid };

/** Whoever signs for the whole answers for its parts. */
export function sameAuthor(
  author: string,
  parts: readonly { readonly author: string }[],
): string | null {
  return parts.every((part) => part.author === author) ? null : "nested author";
}
