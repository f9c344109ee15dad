/** Errors of the store: the database, its queues, its keys. */
import type { ErrorEntry } from "./registry.ts";

export const STORE_ERRORS = {
  DX_STORE_UNAVAILABLE: {
    message: "the database does not answer",
    retry: true,
    stanza: ["wait", "internal-server-error"],
    http: 503,
  },
  DX_BACKLOG_FULL: {
    message: "too much waits to be worked on",
    retry: true,
    stanza: ["wait", "resource-constraint"],
    http: 503,
  },
  DX_KEY_MISMATCH: {
    message: "the configured key does not decrypt what is stored",
    retry: false,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
  DX_SCHEMA_OLD: {
    message: "the database's tables are older than this version",
    retry: false,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
  DX_SCHEMA_NEW: {
    message: "the database's tables are newer than this version can serve",
    retry: false,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
  DX_EMBEDDED_FAILED: {
    message: "the private PostgreSQL does not start",
    retry: false,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
  DX_NAME_TAKEN: {
    message: "this diaspora* ID belongs to somebody else",
    retry: false,
    stanza: ["cancel", "conflict"],
    http: 409,
  },
  DX_ACCOUNT_CLOSED: {
    message: "this account was closed and cannot come back by itself",
    retry: false,
    stanza: ["cancel", "not-allowed"],
    http: 410,
  },
} as const satisfies Record<string, ErrorEntry>;
