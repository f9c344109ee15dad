/** An entity: one of the protocol's nouns with its properties, read and checked. */
import * as d from "./definitions.ts";
import type { EntityDefinition, ValuesOf } from "./property.ts";

export const DEFINITIONS = {
  account_deletion: d.accountDeletion,
  account_migration: d.accountMigration,
  comment: d.comment,
  contact: d.contact,
  conversation: d.conversation,
  embed: d.embed,
  event: d.event,
  event_participation: d.eventParticipation,
  like: d.like,
  location: d.location,
  message: d.message,
  participation: d.participation,
  person: d.person,
  photo: d.photo,
  poll: d.poll,
  poll_answer: d.pollAnswer,
  poll_participation: d.pollParticipation,
  profile: d.profile,
  reshare: d.reshare,
  retraction: d.retraction,
  status_message: d.statusMessage,
} as const;

export type EntityName = keyof typeof DEFINITIONS;

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

export interface EntityOf<N extends EntityName> {
  readonly type: N;
  readonly properties: PropertiesOf<N>;
  /** Of relayables only. */
  readonly relay?: RelayParts;
}

export type Entity = { [N in EntityName]: EntityOf<N> }[EntityName];

export function isEntityName(name: string): name is EntityName {
  return Object.hasOwn(DEFINITIONS, name);
}
