/** Errors of the HTTP side: outgoing requests, discovery, receiving. */
import type { ErrorEntry } from "./registry.ts";

export const FEDERATION_ERRORS = {
  DX_ADDRESS_FORBIDDEN: {
    message: "this address may not be contacted",
    retry: false,
    stanza: ["cancel", "remote-server-not-found"],
    http: 502,
  },
  DX_HTTP_UNREACHABLE: {
    message: "the other server cannot be reached",
    retry: true,
    stanza: ["wait", "remote-server-timeout"],
    http: 504,
  },
  DX_HTTP_TIMEOUT: {
    message: "the other server did not answer in time",
    retry: true,
    stanza: ["wait", "remote-server-timeout"],
    http: 504,
  },
  DX_HTTP_STATUS: {
    message: "the other server answered with an error",
    retry: true,
    stanza: ["cancel", "item-not-found"],
    http: 502,
  },
  DX_HTTP_TOO_BIG: {
    message: "the other server's answer is too big",
    retry: false,
    stanza: ["cancel", "remote-server-not-found"],
    http: 502,
  },
  DX_HTTP_REDIRECT: {
    message: "the other server redirects too often or where it may not",
    retry: false,
    stanza: ["cancel", "remote-server-not-found"],
    http: 502,
  },
  DX_FETCH_MISMATCH: {
    message: "what was fetched is not what was asked for",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 502,
  },
  DX_FETCH_LIMIT: {
    message: "too much would have to be fetched at once",
    retry: true,
    stanza: ["wait", "resource-constraint"],
    http: 503,
  },
  DX_PERSON_NOT_FOUND: {
    message: "there is no such person on the diaspora* federation",
    retry: false,
    stanza: ["cancel", "item-not-found"],
    http: 404,
  },
  DX_PERSON_CHANGED: {
    message: "a person's key or guid is not the one known before",
    retry: false,
    stanza: ["cancel", "not-acceptable"],
    http: 409,
  },
  DX_BODY_TOO_BIG: {
    message: "the body is larger than this server takes",
    retry: false,
    stanza: ["modify", "policy-violation"],
    http: 413,
  },
  DX_POD_LIMIT: {
    message: "more of this pod is worked on later",
    retry: true,
    stanza: ["wait", "resource-constraint"],
    http: 503,
  },
  DX_RATE_LIMITED: {
    message: "too many requests from this address",
    retry: true,
    stanza: ["wait", "resource-constraint"],
    http: 429,
  },
} as const satisfies Record<string, ErrorEntry>;
