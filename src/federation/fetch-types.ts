/**
 * What can be fetched (diaspora-protocol.md §13): the names in `/fetch/:type/:guid`. Only
 * posts and what lies inside them: profiles, comments and the rest come by themselves.
 */
import type { Entity } from "../salmon/entities/entity.ts";
import type { PostKey } from "./ports.ts";

/** Type → by which GUID the post is found: its own, or that of something inside it. */
const KEYS = {
  post: "post",
  status_message: "post",
  reshare: "post",
  poll: "question",
  event: "event",
} as const satisfies Record<string, PostKey>;

export type FetchType = keyof typeof KEYS;

export function isFetchType(name: string): name is FetchType {
  return Object.hasOwn(KEYS, name);
}

export function keyOfType(type: FetchType): PostKey {
  return KEYS[type];
}

/** The federation's name of what a relayable belongs to → what is asked for. */
const RELATED: ReadonlyMap<string, FetchType> = new Map([
  ["Post", "post"],
  ["StatusMessage", "status_message"],
  ["Reshare", "reshare"],
  ["Poll", "poll"],
  ["Event", "event"],
]);

export function typeOfRelated(name: string): FetchType | null {
  return RELATED.get(name) ?? null;
}

/** The GUID by which this entity answers to a question of this type; null when it does not. */
export function answeredGuid(type: FetchType, entity: Entity): string | null {
  if (entity.type === "reshare") {
    return type === "post" || type === "reshare" ? entity.properties.guid : null;
  }
  if (entity.type !== "status_message" || type === "reshare") return null;
  const { guid, poll, event } = entity.properties;
  if (type === "poll") return poll?.guid ?? null;
  if (type === "event") return event?.guid ?? null;
  return guid;
}
