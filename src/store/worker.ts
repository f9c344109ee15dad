/**
 * The loop that drains destinations of one kind: claims a batch, hands it to the handler,
 * and waits for the next wake-up. It never polls fast: a wake-up in this process or by
 * NOTIFY starts it, the due time of the earliest back-off or the slow sweep otherwise.
 */
import type { Destination, DestinationKind } from "../activitystreams/delivery.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { Database } from "./database.ts";
import { claimDestinations, nextDue } from "./destinations.ts";

/** The backstop for a wake-up that was lost. */
const SWEEP_MS = 10_000;
/** After a database error. */
const PAUSE_MS = 500;

export interface WorkerOptions {
  readonly db: Database;
  readonly worker: number;
  readonly kind: DestinationKind;
  /** Destinations claimed at once and handed over together. */
  readonly batch: number;
  /** Handlers at work at the same time. */
  readonly concurrency: number;
  readonly log: Log;
  /** False while this kind cannot be worked on (the stream is down): nothing is claimed. */
  readonly ready: () => boolean;
  /** Works on the claimed destinations and releases each; what it throws is logged. */
  readonly handle: (claimed: readonly Destination[]) => Promise<void>;
}

export interface Worker {
  wake(): void;
  /** Claims no more, and resolves when what runs has ended. */
  stop(): Promise<void>;
}

export function startWorker(options: WorkerOptions): Worker {
  let stopped = false;
  let running = 0;
  let claiming = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let ended: (() => void) | undefined;

  function plan(delayMs: number): void {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(wake, delayMs);
  }

  function wake(): void {
    if (stopped || !options.ready()) {
      plan(SWEEP_MS);
      return;
    }
    if (claiming || running >= options.concurrency) {
      again = true;
      return;
    }
    claiming = true;
    again = false;
    void claim();
  }

  async function claim(): Promise<void> {
    let claimed: Destination[] = [];
    let pause = SWEEP_MS;
    try {
      claimed = await claimDestinations(
        options.db,
        options.kind,
        options.worker,
        options.batch,
      );
      if (claimed.length === 0) pause = await untilNextDue();
    } catch (error) {
      pause = PAUSE_MS;
      options.log.warn(
        { kind: options.kind, error: describeError(error) },
        "no work could be claimed",
      );
    }
    claiming = false;
    if (claimed.length > 0) {
      void work(claimed);
      again = true;
    }
    if (again) wake();
    else plan(pause);
  }

  async function untilNextDue(): Promise<number> {
    const due = await nextDue(options.db, options.kind);
    if (due === null) return SWEEP_MS;
    return Math.min(SWEEP_MS, Math.max(10, due.getTime() - Date.now()));
  }

  async function work(claimed: readonly Destination[]): Promise<void> {
    running += 1;
    try {
      await options.handle(claimed);
    } catch (error) {
      options.log.error(
        { kind: options.kind, error: describeError(error) },
        "work on a destination broke off; its lease runs out and it is tried again",
      );
    }
    running -= 1;
    if (stopped && running === 0) ended?.();
    wake();
  }

  wake();
  return {
    wake,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        ended = resolve;
      });
    },
  };
}
