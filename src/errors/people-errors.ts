/** Errors between people: who may write to whom, and who is not there any more. */
import type { ErrorEntry } from "./registry.ts";

export const PEOPLE_ERRORS = {
  DX_PERSON_GONE: {
    message: "this person has closed the account",
    retry: false,
    stanza: ["cancel", "gone"],
    http: 410,
  },
  DX_NOT_CONTACT: {
    message: "pods take private messages from contacts only, so follow this person first",
    retry: false,
    stanza: ["auth", "subscription-required"],
    http: 403,
  },
} as const satisfies Record<string, ErrorEntry>;
