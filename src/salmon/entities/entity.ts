/** An entity: one of the protocol's nouns with its properties, read and checked. */
import * as people from "./person-tables.ts";
import * as posts from "./post-tables.ts";
import type { EntityDefinition, ValuesOf } from "./property.ts";
import * as relayables from "./relayable-tables.ts";

export const DEFINITIONS = {
  account_deletion: people.accountDeletion,
  account_migration: people.accountMigration,
  comment: relayables.comment,
  contact: people.contact,
  conversation: people.conversation,
  embed: posts.embed,
  event: posts.event,
  event_participation: relayables.eventParticipation,
  like: relayables.like,
  location: posts.location,
  message: people.message,
  participation: people.participation,
  person: people.person,
  photo: posts.photo,
  poll: posts.poll,
  poll_answer: posts.pollAnswer,
  poll_participation: relayables.pollParticipation,
  profile: people.profile,
  reshare: posts.reshare,
  retraction: people.retraction,
  status_message: posts.statusMessage,
} as const;

/** Names as on the wire: `status_message`, `comment` … (§3.1). */
export type EntityName = keyof typeof DEFINITIONS;

/**
 * What an entity of this name holds, by the wire's own names (§3.1). A property that is not
 * there is `null`; times are `Date`, counts `number`, nested entities are their properties, and
 * lists are named in the plural: `photos`, `poll_answers`, `messages`.
 */
export type PropertiesOf<N extends EntityName> =
  (typeof DEFINITIONS)[N] extends EntityDefinition<infer P> ? ValuesOf<P> : never;

/**
 * What a relayable must keep beside its properties, since the author signed it all (§5): the
 * order of its elements and the elements that we do not know.
 */
export interface RelayParts {
  /** Element names in document order, without those that have `signature` in their name. */
  readonly order: readonly string[];
  readonly unknown: ReadonlyMap<string, string>;
}

/** An entity of this name, read and checked: made by `makeEntity` and `readEntity` only. */
export interface EntityOf<N extends EntityName> {
  readonly type: N;
  readonly properties: PropertiesOf<N>;
  /** Of relayables only. */
  readonly relay?: RelayParts;
}

/** Any entity of the protocol; `type` tells which. */
export type Entity = { [N in EntityName]: EntityOf<N> }[EntityName];
/** The members of Entity of this type: all of them where only the name's type is known. */
export type EntityNamed<N extends EntityName> = Extract<Entity, { readonly type: N }>;

/** True for the wire's name of an entity that can be received. */
export function isEntityName(name: string): name is EntityName {
  return Object.hasOwn(DEFINITIONS, name);
}
