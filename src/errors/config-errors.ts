/** Errors of the operator's side: configuration, start, the terminal. */
import type { ErrorEntry } from "./registry.ts";

export const CONFIG_ERRORS = {
  DX_CONFIG_INVALID: {
    message: "the configuration is not valid",
    retry: false,
    stanza: ["cancel", "internal-server-error"],
    http: 500,
  },
} as const satisfies Record<string, ErrorEntry>;
