/** Errors of the operator's side: configuration, start, the terminal and its client. */
import type { ErrorEntry } from "./registry.ts";

export const CONFIG_ERRORS = {
  DX_CONFIG_INVALID: {
    message: "the configuration is not valid",
    retry: false,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
  DX_USAGE: {
    message: "the command is not understood",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_CLIENT_UNREACHABLE: {
    message: "the XMPP server cannot be reached",
    retry: true,
    stanza: ["wait", "remote-server-timeout"],
    http: 504,
  },
  DX_CLIENT_TLS: {
    message: "there is no secure connection to the XMPP server",
    retry: false,
    stanza: ["cancel", "remote-server-not-found"],
    http: 502,
  },
  DX_CLIENT_LOGIN: {
    message: "the XMPP server refuses the log-in",
    retry: false,
    stanza: ["auth", "not-authorized"],
    http: 401,
  },
  DX_CLIENT_ACCOUNT: {
    message: "the XMPP server refuses to make this account",
    retry: false,
    stanza: ["cancel", "not-allowed"],
    http: 403,
  },
  DX_CLIENT_CLOSED: {
    message: "the connection to the XMPP server ended",
    retry: true,
    stanza: ["wait", "service-unavailable"],
    http: 503,
  },
} as const satisfies Record<string, ErrorEntry>;
