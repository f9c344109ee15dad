/**
 * The leases of what is being worked on. They are renewed as long as the work lasts, however slow
 * the other side is. Who has lost one has to stop before the next send: another process may have
 * begun the same.
 */
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { Database } from "./database.ts";
import { renewLeases } from "./destinations.ts";

export interface LeasesOptions {
  readonly db: Database;
  readonly worker: number;
  readonly seconds: number;
  readonly log: Log;
}

export interface Held {
  /** Aborted when it is another's, or when all shall end: nothing more may be sent. */
  readonly signal: AbortSignal;
  end(): void;
}

export interface Leases {
  /** Destinations of which somebody has not said that the work has ended. */
  ids(): string[];
  hold(ids: readonly string[]): Held;
  /** At once, not at the next third. */
  renew(): Promise<void>;
  /** Whoever works shall stop at the next occasion, of what is held and of what will be. */
  interrupt(): void;
}

/** Others take somebody for dead of whom they have seen nothing for so long (daemon/storage.ts). */
const DOUBT_MS = 5_000;
const AGAIN_MS = 1_000;

interface Batch {
  readonly ids: readonly string[];
  readonly abort: AbortController;
}

interface State {
  readonly options: LeasesOptions;
  readonly held: Set<Batch>;
  timer: NodeJS.Timeout | undefined;
  renewing: boolean;
  interrupted: boolean;
  /** Since when the database has answered no renewal. */
  failingSince: number | null;
}

export function createLeases(options: LeasesOptions): Leases {
  const state: State = {
    options,
    held: new Set(),
    timer: undefined,
    renewing: false,
    interrupted: false,
    failingSince: null,
  };
  return {
    ids: () => [...state.held].flatMap(({ ids }) => ids),
    hold: (ids) => hold(state, ids),
    renew: () => renew(state),
    interrupt() {
      state.interrupted = true;
      for (const { abort } of state.held) abort.abort();
    },
  };
}

function hold(state: State, ids: readonly string[]): Held {
  const batch = { ids, abort: new AbortController() };
  if (state.interrupted) batch.abort.abort();
  state.held.add(batch);
  if (state.timer === undefined) plan(state);
  return {
    signal: batch.abort.signal,
    end() {
      state.held.delete(batch);
    },
  };
}

/** Goes on by itself while anything is held. */
function plan(state: State): void {
  clearTimeout(state.timer);
  state.timer = undefined;
  if (state.held.size === 0) return;
  const third = (state.options.seconds * 1000) / 3;
  const wait = state.failingSince === null ? third : Math.min(third, AGAIN_MS);
  state.timer = setTimeout(() => void renew(state), wait);
  state.timer.unref();
}

async function renew(state: State): Promise<void> {
  if (state.renewing) return;
  state.renewing = true;
  const { db, worker, seconds, log } = state.options;
  const batches = [...state.held];
  const began = performance.now();
  try {
    const ids = batches.flatMap((batch) => batch.ids);
    const ours = ids.length === 0 ? new Set<string>() : await renewLeases(db, worker, ids, seconds);
    state.failingSince = null;
    lose(
      state,
      batches.filter((batch) => !batch.ids.every((id) => ours.has(id))),
    );
  } catch (error) {
    state.failingSince ??= began;
    log.debug({ error: describeError(error) }, "leases could not be renewed");
    const doubt = Math.min(DOUBT_MS, seconds * 1000);
    if (performance.now() - state.failingSince >= doubt) lose(state, batches);
  }
  state.renewing = false;
  plan(state);
}

/** Who has ended meanwhile has given it back, and lost nothing. */
function lose({ held, options }: State, batches: readonly Batch[]): void {
  for (const batch of batches) {
    if (!held.has(batch)) continue;
    options.log.debug({ worker: options.worker }, "a lease is lost: the work on it stops");
    batch.abort.abort();
  }
}
