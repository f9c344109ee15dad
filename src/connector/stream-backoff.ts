/**
 * When to connect again, and when to stop trying. Pure. A refusal that can pass while a
 * server restarts is believed only when repeated (RFC 6120 §4.9.3 names the conditions).
 */
export interface RetryState {
  /** Attempts since the last good session. */
  readonly failures: number;
  readonly refusal: Refusal | null;
  /** How often in a row the server said the same refusal. */
  readonly refusals: number;
}

export type Refusal = "not-authorized" | "host-unknown" | "conflict";

const FATAL_AFTER: Readonly<Record<Refusal, number>> = {
  "not-authorized": 2,
  "host-unknown": 3,
  // Half a minute: so long holds a daemon the name that has just lost it (store/presence.ts).
  conflict: 8,
};

export const FRESH: RetryState = { failures: 0, refusal: null, refusals: 0 };

export interface SessionOutcome {
  /** The stream error's condition, null where there was none. */
  readonly condition: string | null;
  readonly lastedMs: number;
}

export interface BackoffLimits {
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  readonly stableMs: number;
}

export type Retry =
  | { readonly fatal: Refusal }
  | { readonly fatal: null; readonly delayMs: number; readonly state: RetryState };

/** `random` in [0, 1). Half of the pause is jitter, so that many components do not come back as one. */
export function nextRetry(
  before: RetryState,
  outcome: SessionOutcome,
  limits: BackoffLimits,
  random: number,
): Retry {
  const state = outcome.lastedMs >= limits.stableMs ? FRESH : before;
  const refusal = asRefusal(outcome.condition);
  const refusals = refusal === null ? 0 : refusal === state.refusal ? state.refusals + 1 : 1;
  if (refusal !== null && refusals >= FATAL_AFTER[refusal]) return { fatal: refusal };
  const failures = state.failures + 1;
  const ceiling = Math.min(limits.backoffMaxMs, limits.backoffMinMs * 2 ** (failures - 1));
  const delayMs = Math.round(ceiling / 2 + (ceiling / 2) * random);
  return { fatal: null, delayMs, state: { failures, refusal, refusals } };
}

function asRefusal(condition: string | null): Refusal | null {
  return condition === "not-authorized" || condition === "host-unknown" || condition === "conflict"
    ? condition
    : null;
}

/** For the person who has to mend it. */
export const REFUSAL_WORDS: Readonly<Record<Refusal, string>> = {
  "not-authorized":
    "the shared secret is wrong, or the server does not expect a component of this name",
  "host-unknown": "the server does not expect a component of this name",
  conflict:
    "another connection serves this name already, or it is a domain of the server's own accounts",
};
