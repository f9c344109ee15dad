/**
 * Every error code: one table from which the stanza error (RFC 6120 §8.3) and the
 * HTTP status are derived. Each room keeps its own rows; docs/errors.md is made from
 * this table and a test compares the two.
 */
import { BRIDGE_ERRORS } from "./bridge-errors.ts";
import { CONFIG_ERRORS } from "./config-errors.ts";
import { FEDERATION_ERRORS } from "./federation-errors.ts";
import { MEDIA_ERRORS } from "./media-errors.ts";
import { PEOPLE_ERRORS } from "./people-errors.ts";
import { PUBSUB_ERRORS } from "./pubsub-errors.ts";
import { SALMON_ERRORS } from "./salmon-errors.ts";
import { STORE_ERRORS } from "./store-errors.ts";
import { XML_ERRORS } from "./xml-errors.ts";
import { XMPP_ERRORS } from "./xmpp-errors.ts";

/** RFC 6120 §8.3.2. */
export type StanzaErrorType = "auth" | "cancel" | "continue" | "modify" | "wait";

/** RFC 6120 §8.3.3, those that we use. */
export type StanzaErrorCondition =
  | "bad-request"
  | "conflict"
  | "feature-not-implemented"
  | "forbidden"
  | "gone"
  | "internal-server-error"
  | "item-not-found"
  | "jid-malformed"
  | "not-acceptable"
  | "not-allowed"
  | "not-authorized"
  | "policy-violation"
  | "recipient-unavailable"
  | "registration-required"
  | "remote-server-not-found"
  | "remote-server-timeout"
  | "resource-constraint"
  | "service-unavailable"
  | "subscription-required"
  | "unexpected-request";

/** What is known of a code beforehand. */
export interface ErrorEntry {
  /** Plain words, no full stop; may be shown to the person whose input it was. */
  readonly message: string;
  /** True when the same may succeed later without anybody changing it. */
  readonly retry: boolean;
  /** What a stranger on XMPP is answered (RFC 6120 §8.3). */
  readonly stanza: readonly [StanzaErrorType, StanzaErrorCondition];
  /** What a protocol adds to it (RFC 6120 §8.3.4): the element's name and namespace. */
  readonly application?: readonly [name: string, ns: string];
  /** The status that a stranger on HTTP is answered. */
  readonly http: number;
}

export const ERRORS = {
  ...XML_ERRORS,
  ...SALMON_ERRORS,
  ...FEDERATION_ERRORS,
  ...MEDIA_ERRORS,
  ...PEOPLE_ERRORS,
  ...XMPP_ERRORS,
  ...PUBSUB_ERRORS,
  ...BRIDGE_ERRORS,
  ...STORE_ERRORS,
  ...CONFIG_ERRORS,
} as const satisfies Record<string, ErrorEntry>;

/** `DX_` and the name of what went wrong; stable, listed in docs/errors.md. */
export type ErrorCode = keyof typeof ERRORS;
