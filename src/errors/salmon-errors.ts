/** Errors of the wire protocol's meaning: keys, envelopes, entities, discovery documents. */
import type { ErrorEntry } from "./registry.ts";

export const SALMON_ERRORS = {
  DX_KEY_INVALID: {
    message: "this is no RSA key of 1024 to 8192 bits",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 422,
  },
  DX_ENVELOPE_INVALID: {
    message: "this is no complete magic envelope",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_ENVELOPE_TYPE: {
    message: "the magic envelope does not say that its data is application/xml",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_ENVELOPE_ENCODING: {
    message: "the magic envelope's encoding is not base64url",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_ENVELOPE_ALGORITHM: {
    message: "the magic envelope's algorithm is not RSA-SHA256",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_SENDER_KEY_NOT_FOUND: {
    message: "the sender's key cannot be found",
    retry: false,
    stanza: ["cancel", "item-not-found"],
    http: 422,
  },
  DX_SIGNATURE_INVALID: {
    message: "the magic envelope is not signed with its sender's key",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 403,
  },
  DX_DECRYPT_FAILED: {
    message: "the private message cannot be decrypted",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 400,
  },
  DX_ENTITY_NAME_INVALID: {
    message: "the payload's root element is not the name of an entity",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_ENTITY_UNKNOWN: {
    message: "there is no such entity in the protocol",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_ENTITY_UNSUPPORTED: {
    message: "this kind of entity is not handled here",
    retry: false,
    stanza: ["cancel", "feature-not-implemented"],
    http: 501,
  },
  DX_ENTITY_INVALID: {
    message: "an entity misses a property or breaks a rule",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 422,
  },
  DX_AUTHOR_KEY_NOT_FOUND: {
    message: "the author's key cannot be found",
    retry: false,
    stanza: ["cancel", "item-not-found"],
    http: 422,
  },
  DX_AUTHOR_SIGNATURE_INVALID: {
    message: "the entity is not signed by its author",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 403,
  },
  DX_PARENT_NOT_FOUND: {
    message: "what the entity belongs to is unknown and cannot be fetched",
    retry: true,
    stanza: ["wait", "item-not-found"],
    http: 404,
  },
  DX_PARENT_NOT_LOCAL: {
    message: "what the entity belongs to is not from here",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 422,
  },
  DX_TARGET_NOT_FOUND: {
    message: "what is to be retracted is unknown",
    retry: true,
    stanza: ["wait", "item-not-found"],
    http: 404,
  },
  DX_SENDER_FORBIDDEN: {
    message: "the sender may not send this for its author",
    retry: false,
    stanza: ["cancel", "not-allowed"],
    http: 403,
  },
  DX_NOT_PUBLIC: {
    message: "an entity that is not public came to the public end point",
    retry: false,
    stanza: ["cancel", "not-allowed"],
    http: 403,
  },
  DX_RECIPIENT_MISMATCH: {
    message: "a private entity names somebody else than it was delivered to",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 422,
  },
  DX_DISCOVERY_DOCUMENT: {
    message: "a discovery document is not of the form that it should have",
    retry: false,
    stanza: ["cancel", "remote-server-not-found"],
    http: 502,
  },
  DX_DISCOVERY_INCOMPLETE: {
    message: "a discovery document misses what the federation needs",
    retry: false,
    stanza: ["cancel", "item-not-found"],
    http: 502,
  },
  DX_DISCOVERY_INVALID: {
    message: "a discovery document has a value that breaks a rule",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 502,
  },
  DX_DISCOVERY_MISMATCH: {
    message: "a discovery document is about somebody else",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 502,
  },
} as const satisfies Record<string, ErrorEntry>;
