/**
 * What one of each costs, as measured: docs/scaling.md and `npm run simulate` count with these and
 * with nothing else. Statements are those that test/unit/store/plans.test.ts counts on the real
 * daemon, and that test fails when one of these is too low; bytes are pg_relation_size and
 * pg_indexes_size by rows of a database that was seeded with a million activities.
 */

/**
 * `base` for the thing itself, one at a time; under load several share a transaction, and it is less.
 * `pod` for each pod that it goes to: what goes to many is claimed, read and finished together.
 */
export interface StatementCost {
  readonly base: number;
  readonly pod: number;
}

/** By the name of the way in test/support/statement-story.ts. */
export const STATEMENTS = {
  "a public post comes": { base: 34, pod: 0 },
  "a limited post comes": { base: 31, pod: 0 },
  "a share comes": { base: 42, pod: 0 },
  "a comment comes, below a post of a pod": { base: 32, pod: 0 },
  "a like comes, of a post of a pod": { base: 30, pod: 0 },
  "a comment comes, below a post of here": { base: 48, pod: 0.5 },
  "a like comes, of a post of here": { base: 50, pod: 0.5 },
  "somebody here posts": { base: 20, pod: 0.5 },
  "somebody here comments": { base: 33, pod: 0.5 },
  "somebody reads a stream": { base: 2, pod: 0 },
} as const satisfies Record<string, StatementCost>;

export type Way = keyof typeof STATEMENTS;

/** Of a row, with its part of the indexes of the table. */
export const ROW_BYTES = {
  people: { row: 1_024, indexes: 164 },
  profiles: { row: 341, indexes: 45 },
  relationships: { row: 77, indexes: 42 },
  subscriptions: { row: 101, indexes: 86 },
  destinations: { row: 107, indexes: 80 },
  activities: { row: 524, indexes: 225 },
  audiences: { row: 52, indexes: 41 },
  ledger: { row: 77, indexes: 32 },
  items: { row: 200, indexes: 113 },
  photos: { row: 158, indexes: 61 },
} as const;

export type Table = keyof typeof ROW_BYTES;

/** Pages of people's readers that are asked for with one statement (src/connector/stream-drain.ts). */
export const READERS_OF_PAGE = 500;

/** Bodies of HTTP requests, 4,096-bit keys, words of usual length. */
export const WIRE_BYTES = { post: 1_532, limited: 2_776, comment: 2_348, like: 2_176 } as const;

/** An event with an entry, and the chat message that some have instead. */
export const STANZA_BYTES = 1_900;

/** RSA operations in a second of one core, 4,096 bits (`npm run bench -- salmon`). */
export const RSA_PER_CORE = { sign: 490, verify: 7_500, decrypt: 315, encrypt: 6_200 } as const;

export type Rsa = keyof typeof RSA_PER_CORE;
