/**
 * Every error code: one table from which the stanza error (RFC 6120 §8.3) and the
 * HTTP status are derived. Each room keeps its own rows; docs/errors.md is made from
 * this table and a test compares the two.
 */
import { CONFIG_ERRORS } from "./config-errors.ts";
import { FEDERATION_ERRORS } from "./federation-errors.ts";
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
  | "unexpected-request";

export interface ErrorEntry {
  /** Plain words, no full stop; may be shown to the person whose input it was. */
  readonly message: string;
  readonly retry: boolean;
  readonly stanza: readonly [StanzaErrorType, StanzaErrorCondition];
  readonly http: number;
}

export const ERRORS = {
  ...XML_ERRORS,
  ...SALMON_ERRORS,
  ...FEDERATION_ERRORS,
  ...XMPP_ERRORS,
  ...STORE_ERRORS,
  ...CONFIG_ERRORS,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
