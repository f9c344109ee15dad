import type { ErrorEntry } from "./registry.ts";

export const SALMON_ERRORS = {
} as const satisfies Record<string, ErrorEntry>;
