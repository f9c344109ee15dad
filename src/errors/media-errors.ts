/** Errors of serving pictures. */
import type { ErrorEntry } from "./registry.ts";

export const MEDIA_ERRORS = {
  DX_PICTURE_REFUSED: {
    message: "this is no picture that can be shown",
    retry: false,
    stanza: ["modify", "not-acceptable"],
    http: 502,
  },
  DX_MEDIA_BUSY: {
    message: "too many pictures are being worked on",
    retry: true,
    stanza: ["wait", "resource-constraint"],
    http: 503,
  },
} as const satisfies Record<string, ErrorEntry>;
