import type { ErrorEntry } from "./registry.ts";

export const XML_ERRORS = {
} as const satisfies Record<string, ErrorEntry>;
