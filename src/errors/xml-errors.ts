/** Errors of reading a foreign XML document. */
import type { ErrorEntry } from "./registry.ts";

export const XML_ERRORS = {
  DX_XML_MALFORMED: {
    message: "the document is not well-formed XML",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_XML_FORBIDDEN: {
    message: "the document has a DTD, which is not taken",
    retry: false,
    stanza: ["modify", "policy-violation"],
    http: 400,
  },
  DX_XML_ENCODING: {
    message: "the document's character encoding is not taken, or its bytes do not fit it",
    retry: false,
    stanza: ["modify", "bad-request"],
    http: 400,
  },
  DX_XML_TOO_BIG: {
    message: "the document is too big, too deep or has too many parts",
    retry: false,
    stanza: ["modify", "policy-violation"],
    http: 413,
  },
} as const satisfies Record<string, ErrorEntry>;
