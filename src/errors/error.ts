/**
 * The one error class. Its code is stable and documented (docs/errors.md); the
 * registry says for each code whether a retry can help, and what a stranger on
 * either network is answered.
 */
import { ERRORS, type ErrorCode, type ErrorEntry } from "./registry.ts";

/** What was seen when it happened: short, bounded, free of secrets and of other people's words. */
export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

/** What a {@link DxError} is made with, beside its code. */
export interface DxErrorOptions {
  /** Added to the registry's message, for the reader of a log. */
  readonly detail?: string;
  readonly evidence?: Evidence;
  readonly cause?: unknown;
}

/** The one error: see {@link ErrorCode} for what its code can be. */
export class DxError extends Error {
  readonly code: ErrorCode;
  readonly evidence: Evidence;

  constructor(code: ErrorCode, options: DxErrorOptions = {}) {
    const text = ERRORS[code].message;
    super(
      options.detail === undefined ? text : `${text}: ${options.detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "DxError";
    this.code = code;
    this.evidence = options.evidence ?? {};
  }

  /** What the registry says of its code. */
  get entry(): ErrorEntry {
    return ERRORS[this.code];
  }

  /** True when the same input may succeed later without anybody changing it. */
  get retryable(): boolean {
    return ERRORS[this.code].retry;
  }
}

/** True for a DxError, and for one with this code where a code is given. */
export function isDxError(error: unknown, code?: ErrorCode): error is DxError {
  return error instanceof DxError && (code === undefined || error.code === code);
}

/** One line about anything that was thrown, without a stack. */
export function describeError(error: unknown): string {
  if (error instanceof DxError) return `${error.code} ${error.message}`;
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  return String(error);
}
