/** Errors of the pubsub services that we are, each with its own condition of XEP-0060. */
import type { ErrorEntry } from "./registry.ts";

const NS = "http://jabber.org/protocol/pubsub#errors";

export const PUBSUB_ERRORS = {
  DX_PUBSUB_UNSUPPORTED: {
    message: "this pubsub service does not offer that",
    retry: false,
    stanza: ["cancel", "feature-not-implemented"],
    application: ["unsupported", NS],
    http: 501,
  },
  DX_PUBSUB_NODE_REQUIRED: {
    message: "the request names no node",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["nodeid-required", NS],
    http: 400,
  },
  DX_PUBSUB_JID: {
    message: "one can subscribe oneself only",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["invalid-jid", NS],
    http: 400,
  },
  DX_PUBSUB_NOT_SUBSCRIBED: {
    message: "there is no such subscription",
    retry: false,
    stanza: ["cancel", "unexpected-request"],
    application: ["not-subscribed", NS],
    http: 409,
  },
  DX_PUBSUB_ITEM_REQUIRED: {
    message: "the request names no item",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["item-required", NS],
    http: 400,
  },
  DX_PUBSUB_ITEMS_TOO_MANY: {
    message: "one item is published or retracted at a time",
    retry: false,
    stanza: ["cancel", "not-allowed"],
    application: ["max-items-exceeded", NS],
    http: 400,
  },
  DX_PUBSUB_PAYLOAD_REQUIRED: {
    message: "the item is empty",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["payload-required", NS],
    http: 400,
  },
  DX_PUBSUB_PAYLOAD_INVALID: {
    message: "this is not what the node holds",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["invalid-payload", NS],
    http: 400,
  },
  DX_PUBSUB_PAYLOAD_TOO_BIG: {
    message: "the item is too big",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    application: ["payload-too-big", NS],
    http: 413,
  },
  DX_PUBSUB_PRECONDITION: {
    message: "the node is not configured as the publisher wants it",
    retry: false,
    stanza: ["cancel", "conflict"],
    application: ["precondition-not-met", NS],
    http: 412,
  },
  DX_PUBSUB_NODE_RESERVED: {
    message: "nodes of this kind make themselves",
    retry: false,
    stanza: ["cancel", "not-allowed"],
    http: 405,
  },
} as const satisfies Record<string, ErrorEntry>;
