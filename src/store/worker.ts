/**
 * The loop that drains destinations of one kind: claims a batch, hands it to the handler,
 * and waits for the next wake-up. It never polls fast: a wake-up in this process or by
 * NOTIFY starts it, the due time of the earliest back-off or the slow sweep otherwise.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Destination, DestinationKind } from "../activitystreams/delivery.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { Database } from "./database.ts";
import { claimDestinations, dropLeases, LEASE_SECONDS, nextDue } from "./destinations.ts";
import { createLeases, type Leases } from "./leases.ts";
import { createPlaces, type Places } from "./places.ts";

/** The backstop for a wake-up that was lost. */
const SWEEP_MS = 10_000;
const LOOK_EVERY_MS = 1_000;
/** After a database error. */
const PAUSE_MS = 500;

/** Before a lease is given back, and between two tries of a database that is away. */
const GIVE_BACK_MS = 1_000;

export interface WorkerOptions {
  readonly db: Database;
  readonly worker: number;
  readonly kind: DestinationKind;
  /** Destinations handed over together. */
  readonly batch: number;
  /** Handlers at work at the same time. */
  readonly concurrency: number;
  /**
   * So many more for whoever is slow or could not be reached: they take no place of the others,
   * and wait when these are all at work. Default none.
   */
  readonly aside?: number;
  readonly log: Log;
  /** False while this kind cannot be worked on (the stream is down): nothing is claimed. */
  readonly ready: () => boolean;
  /**
   * Works on the claimed destinations and releases each; what it throws is logged. Once the signal
   * is aborted it sends nothing more: they are another's, or the daemon stops.
   */
  readonly handle: (claimed: readonly Destination[], signal: AbortSignal) => Promise<void>;
  readonly leaseSeconds?: number;
}

export interface Worker {
  wake(): void;
  /** After a break: looks whether what is worked on is still its own, and what else it holds. */
  recheck(): void;
  /** Claims no more, sends no more, and resolves when what runs has ended. */
  stop(): Promise<void>;
}

interface State {
  stopped: boolean;
  claiming: boolean;
  /** A wake-up came while nothing could be claimed: look again. */
  again: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Handlers and claims under way. */
  readonly running: Set<Promise<void>>;
  readonly places: Places;
  /** The way to the database broke since the last claim. */
  broke: boolean;
  /** Of the destinations that are being worked on. */
  readonly leases: Leases;
  /** When the earliest back-off was last looked up, by a clock that never jumps. */
  lookedAt: number;
}

export function startWorker(options: WorkerOptions): Worker {
  const { db, worker, log, leaseSeconds: seconds = LEASE_SECONDS } = options;
  const state: State = {
    stopped: false,
    claiming: false,
    again: false,
    timer: undefined,
    running: new Set(),
    places: createPlaces({
      concurrency: options.concurrency,
      aside: options.aside ?? 0,
      onFree: () => {
        wake(options, state);
      },
    }),
    broke: false,
    leases: createLeases({ db, worker, seconds, log }),
    lookedAt: Number.NEGATIVE_INFINITY,
  };
  wake(options, state);
  return {
    wake: () => {
      wake(options, state);
    },
    recheck() {
      state.broke = true;
      void state.leases.renew();
    },
    async stop() {
      state.stopped = true;
      state.leases.interrupt();
      clearTimeout(state.timer);
      while (state.running.size > 0) await Promise.all(state.running);
    },
  };
}

function wake(options: WorkerOptions, state: State): void {
  if (state.stopped) return;
  if (!options.ready()) {
    plan(options, state, SWEEP_MS);
    return;
  }
  if (state.claiming || state.places.free <= 0) {
    state.again = true;
    return;
  }
  state.claiming = true;
  state.again = false;
  track(state, claim(options, state));
}

function plan(options: WorkerOptions, state: State, delayMs: number): void {
  clearTimeout(state.timer);
  if (state.stopped) return;
  state.timer = setTimeout(() => {
    wake(options, state);
  }, delayMs);
}

function track(state: State, work: Promise<void>): void {
  state.running.add(work);
  void work.finally(() => state.running.delete(work));
}

async function claim(options: WorkerOptions, state: State): Promise<void> {
  const { db, kind, worker, batch, log, leaseSeconds = LEASE_SECONDS } = options;
  const limit = batch * state.places.free;
  let claimed: Destination[] = [];
  let pause = SWEEP_MS;
  try {
    const { broke, leases } = state;
    const { without } = state.places;
    const held = { working: leases.ids(), leaseSeconds, broke, without };
    claimed = await claimDestinations(db, kind, worker, limit, held);
    if (broke) state.broke = false;
    if (claimed.length === 0) pause = await untilNextDue(options, state);
  } catch (error) {
    pause = PAUSE_MS;
    log.warn({ kind, error: describeError(error) }, "no work could be claimed");
  }
  state.claiming = false;
  for (let from = 0; from < claimed.length; from += batch) {
    track(state, work(options, state, claimed.slice(from, from + batch)));
  }
  // A full claim leaves no handler free, unless some went aside; each wakes when it has done.
  const isMore = claimed.length === limit && state.places.free > 0;
  if (state.again || isMore) wake(options, state);
  else plan(options, state, pause);
}

/** Looked up once a second at most: back-offs are longer, and this runs after every message. */
async function untilNextDue({ db, kind }: WorkerOptions, state: State): Promise<number> {
  const wait = state.lookedAt + LOOK_EVERY_MS - performance.now();
  if (wait > 0) return wait;
  state.lookedAt = performance.now();
  const due = await nextDue(db, kind);
  return due === null ? SWEEP_MS : Math.min(SWEEP_MS, Math.max(10, due * 1_000));
}

async function work(
  options: WorkerOptions,
  state: State,
  claimed: readonly Destination[],
): Promise<void> {
  const held = state.leases.hold(claimed.map(({ id }) => id));
  const place = state.places.take(claimed);
  try {
    await options.handle(claimed, held.signal);
  } catch (error) {
    options.log.error(
      { kind: options.kind, error: describeError(error) },
      "work on a destination broke off; it is tried again",
    );
    track(state, giveBack(options, state, claimed));
  }
  held.end();
  place.leave();
  wake(options, state);
}

/**
 * Nobody works on these any more: not given back, they would wait for the end of the lease. Not at
 * once either, or a defect would turn round without a pause.
 */
async function giveBack(
  options: WorkerOptions,
  state: State,
  claimed: readonly Destination[],
): Promise<void> {
  const ids = claimed.map((destination) => destination.id);
  for (let attempt = 0; attempt < LEASE_SECONDS && !state.stopped; attempt += 1) {
    await sleep(GIVE_BACK_MS);
    try {
      // Claimed again meanwhile, it is worked on.
      const inUse = new Set(state.leases.ids());
      const idle = ids.filter((id) => !inUse.has(id));
      await dropLeases(options.db, options.worker, idle);
      wake(options, state);
      return;
    } catch {
      // The database is away still.
    }
  }
}
