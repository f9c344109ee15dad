/** Errors between people: who may write to whom, and who is not there any more. */
import type { ErrorEntry } from "./registry.ts";

export const PEOPLE_ERRORS = {
  DX_PERSON_GONE: {
    message: "this person has closed the account",
    retry: false,
    stanza: ["cancel", "gone"],
    http: 410,
  },
  DX_PERSON_MOVED: {
    message: "this person has moved to another account",
    retry: false,
    stanza: ["cancel", "gone"],
    http: 410,
  },
  DX_ACCOUNT_HELD: {
    message:
      "this address took part before, and it cannot be told that you are the same person: let everybody read the microblog with your posts and try again, or ask the operator",
    retry: false,
    stanza: ["cancel", "conflict"],
    http: 409,
  },
  DX_ACCOUNT_DOUBTED: {
    message: "your server took back that we see your presence: try again in a minute",
    retry: true,
    stanza: ["wait", "conflict"],
    http: 409,
  },
  DX_NOT_MOVED: {
    message: "the old account does not say that it has moved to this one",
    retry: false,
    stanza: ["cancel", "not-acceptable"],
    http: 409,
  },
  DX_NOT_CONTACT: {
    message: "pods take private messages from contacts only, so follow this person first",
    retry: false,
    stanza: ["auth", "subscription-required"],
    http: 403,
  },
} as const satisfies Record<string, ErrorEntry>;
