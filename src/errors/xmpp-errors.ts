/** Errors of the XMPP wing: the component stream, its IQs, opting in. */
import type { ErrorEntry } from "./registry.ts";

/** XEP-0050 §4.4: its own conditions are in its namespace. */
const NS_COMMANDS = "http://jabber.org/protocol/commands";

export const XMPP_ERRORS = {
  DX_IQ_TIMEOUT: {
    message: "no answer to an IQ in time",
    retry: true,
    stanza: ["wait", "remote-server-timeout"],
    http: 504,
  },
  DX_IQ_ERROR: {
    message: "an IQ was answered with an error",
    retry: false,
    stanza: ["cancel", "service-unavailable"],
    http: 502,
  },
  DX_STREAM_DOWN: {
    message: "the component stream is down",
    retry: true,
    stanza: ["wait", "service-unavailable"],
    http: 503,
  },
  DX_STANZA_TOO_BIG: {
    message: "a stanza is larger than the server may take",
    retry: false,
    stanza: ["modify", "policy-violation"],
    http: 413,
  },
  DX_OUTBOX_FULL: {
    message: "too many stanzas wait to be written",
    retry: true,
    stanza: ["wait", "resource-constraint"],
    http: 503,
  },
  DX_STANZA_ADDRESS: {
    message: "a stanza lacks an address that this component may send",
    retry: false,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
  DX_IQS_FULL: {
    message: "too many questions wait for an answer",
    retry: true,
    stanza: ["wait", "resource-constraint"],
    http: 503,
  },
  DX_COMPONENT_REFUSED: {
    message: "the XMPP server refuses this component",
    retry: false,
    stanza: ["auth", "not-authorized"],
    http: 500,
  },
  DX_BAD_REQUEST: {
    message: "the request is not understood",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_NOT_REGISTERED: {
    message: "you have not opted in to this gateway",
    retry: false,
    stanza: ["auth", "registration-required"],
    http: 403,
  },
  DX_REGISTRATION_REFUSED: {
    message: "this gateway does not take registrations from your server",
    retry: false,
    stanza: ["auth", "forbidden"],
    http: 403,
  },
  DX_JID_MALFORMED: {
    message: "this is no address of a diaspora* person",
    retry: false,
    stanza: ["modify", "jid-malformed"],
    http: 400,
  },
  DX_ITEM_NOT_FOUND: {
    message: "there is no such thing here",
    retry: false,
    stanza: ["cancel", "item-not-found"],
    http: 404,
  },
  DX_FORBIDDEN: {
    message: "you may not do this",
    retry: false,
    stanza: ["auth", "forbidden"],
    http: 403,
  },
  DX_NOT_IMPLEMENTED: {
    message: "this is not offered here",
    retry: false,
    stanza: ["cancel", "feature-not-implemented"],
    http: 501,
  },
  DX_COMMAND_SESSION: {
    message: "this form is no longer known, begin again",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["bad-sessionid", NS_COMMANDS],
    http: 410,
  },
  DX_COMMAND_ACTION: {
    message: "this is no step of a command",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["malformed-action", NS_COMMANDS],
    http: 400,
  },
  DX_COMMAND_STEP: {
    message: "a command begins with its form",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["bad-action", NS_COMMANDS],
    http: 400,
  },
  DX_COMMAND_PAYLOAD: {
    message: "the form is not filled in as it has to be",
    retry: false,
    stanza: ["modify", "bad-request"],
    application: ["bad-payload", NS_COMMANDS],
    http: 400,
  },
  DX_ENCRYPTED: {
    message: "encryption does not reach a pod: switch it off for this chat",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 406,
  },
  DX_TOO_FAST: {
    message: "too much in too short a time, wait a minute",
    retry: true,
    stanza: ["wait", "policy-violation"],
    http: 429,
  },
  DX_SERVICE_UNAVAILABLE: {
    message: "nobody here answers this",
    retry: false,
    stanza: ["cancel", "service-unavailable"],
    http: 404,
  },
  DX_INTERNAL: {
    message: "something went wrong here",
    retry: true,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
} as const satisfies Record<string, ErrorEntry>;
