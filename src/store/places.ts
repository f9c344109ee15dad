/**
 * Who may be at work at the same time. Destinations that are slow or could not be reached have
 * places of their own, aside, so that the others never wait for them.
 */
import type { Destination } from "../activitystreams/delivery.ts";

export interface PlacesOptions {
  /** Handlers at work at the same time. */
  readonly concurrency: number;
  /** So many more for the slow; none: all count alike. */
  readonly aside: number;
  /** A place became free before its work has ended. */
  readonly onFree: () => void;
}

export interface Places {
  readonly free: number;
  /** Those for which there is no room now: all that could not be reached, and these. null: there is. */
  readonly without: readonly string[] | null;
  take(claimed: readonly Destination[]): { leave(): void };
}

/**
 * Who takes longer leaves the place to the next: 200 pods that never answer and are not known yet
 * take it no longer than this.
 */
const STEP_ASIDE_MS = 100;
/** Who takes so long is slow, and known as such until it is quicker: others are only far away. */
const SLOW_MS = 300;
const SLOW_KNOWN = 10_000;

interface State {
  readonly options: PlacesOptions;
  usual: number;
  aside: number;
  /** Destinations that were slow the last time. */
  readonly slow: Set<string>;
}

export function createPlaces(options: PlacesOptions): Places {
  const state: State = { options, usual: 0, aside: 0, slow: new Set() };
  const { aside, concurrency } = options;
  return {
    get free() {
      return concurrency - state.usual;
    },
    get without() {
      return aside > 0 && state.aside >= aside ? [...state.slow] : null;
    },
    take: (claimed) => take(state, claimed),
  };
}

/** Aside at once for whoever is known, for others when it lasts. */
function take(state: State, claimed: readonly Destination[]): { leave(): void } {
  const { aside, onFree } = state.options;
  const began = performance.now();
  const isTroubled = claimed.some(({ id, attempts }) => attempts > 0 || state.slow.has(id));
  let isAside = isTroubled && state.aside < aside;
  if (isAside) state.aside += 1;
  else state.usual += 1;
  let timer: NodeJS.Timeout | undefined;
  const stepAside = (): void => {
    if (state.aside >= aside) {
      timer = setTimeout(stepAside, STEP_ASIDE_MS);
      return;
    }
    isAside = true;
    state.aside += 1;
    state.usual -= 1;
    onFree();
  };
  if (!isAside && aside > 0) timer = setTimeout(stepAside, STEP_ASIDE_MS);
  return {
    leave() {
      clearTimeout(timer);
      if (isAside) state.aside -= 1;
      else state.usual -= 1;
      if (aside > 0) noteSpeed(state.slow, claimed, performance.now() - began);
    },
  };
}

function noteSpeed(slow: Set<string>, claimed: readonly Destination[], tookMs: number): void {
  for (const { id } of claimed) {
    slow.delete(id);
    if (tookMs >= SLOW_MS) slow.add(id);
  }
  const [oldest] = slow;
  if (slow.size > SLOW_KNOWN && oldest !== undefined) slow.delete(oldest);
}
