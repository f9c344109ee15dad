/** Errors of the rules between the networks: what somebody wanted to do, and why it cannot be. */
import type { ErrorEntry } from "./registry.ts";

export const BRIDGE_ERRORS = {
  DX_BLOCKED: {
    message: "one of you has blocked the other",
    retry: false,
    stanza: ["auth", "forbidden"],
    http: 403,
  },
  DX_NOT_YOURS: {
    message: "only who said it can change it, and below a post its author can take it back",
    retry: false,
    stanza: ["auth", "forbidden"],
    http: 403,
  },
  DX_SUSPENDED: {
    message: "the operator of this gateway has nothing to do with this pod or person",
    retry: false,
    stanza: ["cancel", "not-allowed"],
    http: 403,
  },
  DX_DAILY_LIMIT: {
    message: "that is more than one may do in a day, go on tomorrow",
    retry: true,
    stanza: ["wait", "policy-violation"],
    http: 429,
  },
  DX_STANDING_INVALID: {
    message: "this names no pod, person or address that can be judged",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_NO_WORDS: {
    message: "there are no words in it",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 400,
  },
  DX_NO_SUCH_ANSWER: {
    message: "the post has no such question, answer or event",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 400,
  },
  DX_VOTED: {
    message: "you have voted already, and a vote cannot be changed",
    retry: false,
    stanza: ["cancel", "conflict"],
    http: 409,
  },
  DX_NOT_SHAREABLE: {
    message: "only a public post of somebody else can be reshared",
    retry: false,
    stanza: ["auth", "forbidden"],
    http: 403,
  },
  DX_NO_CONTACTS: {
    message: "nobody could read it: nobody follows you whose request you have accepted",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 409,
  },
} as const satisfies Record<string, ErrorEntry>;
