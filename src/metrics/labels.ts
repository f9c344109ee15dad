/**
 * The values that labels can have. They are closed, so that nobody outside can make new series;
 * where anything else may come, the last stands for it.
 */
import { ERRORS } from "../errors/registry.ts";

/** Of HTTP requests. */
export const DOORS = [
  "receive-public",
  "receive-user",
  "discovery",
  "nodeinfo",
  "people",
  "fetch",
  "media",
  "front",
  "other",
] as const;

/** To HTTP requests: all that mean the same to whoever asked count together. */
export const ANSWERS = ["200", "202", "2xx", "3xx", "404", "429", "4xx", "503", "5xx"] as const;

/** Of pods to what is posted to them. */
export const POST_ANSWERS = [
  "2xx",
  "3xx",
  "404",
  "410",
  "422",
  "429",
  "4xx",
  "500",
  "502",
  "503",
  "504",
  "5xx",
  "timeout",
  "unreachable",
  "forbidden",
  "other",
] as const;

/** Of stanzas (RFC 6120 §8.2). */
export const STANZAS = ["iq", "message", "presence", "other"] as const;

/** What goes out, by where it goes (src/activitystreams/delivery.ts). */
export const DELIVERIES = ["pod", "person", "jid", "stream", "node", "other"] as const;

/** A message of a pod: for everybody, or encrypted for one. */
export const MESSAGES = ["public", "private", "other"] as const;

/** Why a stanza was not believed. */
export const DROPPED = [
  "no-event",
  "other-node",
  "stranger",
  "full-jid",
  "wrapped",
  "unverified",
  "overwritten",
  "too-many",
  "address",
  "nobody",
  "refused",
  "crowded",
  "too-fast",
  "unasked",
  "too-big",
  "suspended",
  "other",
] as const;

/** Those that this daemon answers with. */
export const CONDITIONS = [
  ...new Set(Object.values(ERRORS).map(({ stanza: [, condition] }): string => condition)),
  "other",
];

/** docs/errors.md. */
export const CODES: readonly string[] = [...Object.keys(ERRORS), "other"];

/** Those that a pod is asked to come back for. */
export const PUT_OFF_CODES: readonly string[] = [
  ...Object.entries(ERRORS).flatMap(([code, { http }]) => (http === 503 ? [code] : [])),
  "other",
];

/** Everything that waits in a room with walls. */
export const QUEUES = ["inbox", "inserts", "outbox", "questions", "other"] as const;

/** What `/ready` names. */
export const PARTS = ["database", "migrations", "stream", "inbox", "draining", "other"] as const;
