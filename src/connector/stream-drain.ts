/**
 * Brings what people say to those who read it on the XMPP side. Who that is, is asked when it
 * goes out: a follower of this morning gets it, somebody who was blocked meanwhile does not.
 * Each stanza is written once for all of its readers, and one barrier stands behind many; a
 * cut before it means that they go out again, under the same ids.
 */
import type {
  DeliveryForm,
  DeliveryQueue,
  Destination,
  PendingDelivery,
  Reader,
} from "../activitystreams/delivery.ts";
import { describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { XmlElement } from "../xml/element.ts";
import type { ComponentStream } from "./stream.ts";

export interface StreamDrainOptions {
  readonly stream: Pick<ComponentStream, "confirm" | "epoch" | "sendToAll">;
  readonly queue: DeliveryQueue;
  readonly log: Log;
  /** Without `to`; null for what has no such form. */
  readonly stanza: (delivery: PendingDelivery, form: DeliveryForm) => XmlElement | null;
}

/** Deliveries of one claim. */
const MAX_BATCH = 100;
const READERS_AT_ONCE = 500;
/** Behind so much a barrier stands. */
const BARRIER_STANZAS = 1_000;
const BARRIER_BYTES = 6 * 1024 * 1024;
/** That stand at the same time. */
const BARRIERS = 2;
/** The stream is down: its return wakes the worker, this is the backstop. */
const RETRY_MS = 1_000;

export function createStreamDrain(
  options: StreamDrainOptions,
): (claimed: readonly Destination[]) => Promise<void> {
  return async (claimed) => {
    await Promise.all(claimed.map((destination) => drain(destination, options)));
  };
}

async function drain(destination: Destination, options: StreamDrainOptions): Promise<void> {
  const { queue, log } = options;
  try {
    const pending = await queue.pending([destination.id], MAX_BATCH);
    const { epoch } = options.stream;
    const run: Run = {
      options,
      epoch,
      known: new Map(),
      stanzas: 0,
      bytes: 0,
      done: [],
      raised: [],
    };
    const failed = await bringAll(pending, run);
    // What did go out is done with, whatever became of the rest.
    await raise(run);
    await Promise.all(run.raised);
    if (failed !== null) throw failed.error;
    const state = pending.length < MAX_BATCH ? "drained" : "more";
    await queue.release(destination, { state });
  } catch (error) {
    const text = describeError(error);
    log.debug({ error: text }, "a batch was not confirmed; it goes out again");
    const next = new Date(Date.now() + RETRY_MS);
    await queue.release(destination, { state: "unreachable", next, error: text });
  }
}

interface Run {
  readonly options: StreamDrainOptions;
  readonly epoch: number;
  /** First pages of readers by scope: the posts of one batch have the same. */
  readonly known: Map<string, readonly Reader[]>;
  /** Since the last barrier. */
  stanzas: number;
  bytes: number;
  done: PendingDelivery[];
  /** Barriers that have not been passed, with what is noted then; in order. */
  readonly raised: Promise<void>[];
}

/** In order, up to the first that fails. */
async function bringAll(
  pending: readonly PendingDelivery[],
  run: Run,
): Promise<{ readonly error: unknown } | null> {
  for (const delivery of pending) {
    try {
      await bring(delivery, run);
    } catch (error) {
      return { error };
    }
  }
  return null;
}

/** To all of its readers. */
async function bring(delivery: PendingDelivery, run: Run): Promise<void> {
  let after = delivery.progress;
  for (;;) {
    const readers = await readersOf(delivery, after, run);
    await say(delivery, readers, run);
    const last = readers.at(-1)?.jid;
    if (last === undefined || readers.length < READERS_AT_ONCE) break;
    after = last;
    if (isMuch(run)) await raise(run, () => run.options.queue.progress(delivery, last));
  }
  run.done.push(delivery);
  if (isMuch(run)) await raise(run);
}

function isMuch({ stanzas, bytes }: Run): boolean {
  return stanzas >= BARRIER_STANZAS || bytes >= BARRIER_BYTES;
}

/**
 * A barrier behind what was sent. What follows is sent while the server works on this: only when
 * two stand is the first one waited for.
 */
async function raise(run: Run, then?: () => Promise<void>): Promise<void> {
  const { stream, queue } = run.options;
  const { done } = run;
  const passed = run.stanzas > 0 ? stream.confirm(run.epoch) : Promise.resolve();
  const before = run.raised.at(-1) ?? Promise.resolve();
  const noted = Promise.all([passed, before]).then(async () => {
    if (done.length > 0) await queue.finish({ delivered: done, refused: [] });
    await then?.();
  });
  // Waited for below, or by whoever ends the run.
  noted.catch(() => undefined);
  run.raised.push(noted);
  run.stanzas = 0;
  run.bytes = 0;
  run.done = [];
  if (run.raised.length >= BARRIERS) await run.raised.shift();
}

async function readersOf(
  delivery: PendingDelivery,
  after: string | null,
  { known, options }: Run,
): Promise<readonly Reader[]> {
  const first = after === null ? known.get(delivery.scope) : undefined;
  if (first !== undefined) return first;
  const readers = await options.queue.readers(delivery, after, READERS_AT_ONCE);
  if (after === null) known.set(delivery.scope, readers);
  return readers;
}

async function say(delivery: PendingDelivery, readers: readonly Reader[], run: Run): Promise<void> {
  for (const form of ["event", "chat"] as const) {
    const to = readers.filter(({ forms }) => forms.includes(form)).map(({ jid }) => jid);
    const stanza = to.length === 0 ? null : written(delivery, form, run);
    if (stanza === null) continue;
    try {
      run.bytes += await run.options.stream.sendToAll(stanza, to);
      run.stanzas += to.length;
    } catch (error) {
      // What can never be sent must not hold what is behind it.
      if (!isDxError(error) || error.retryable) throw error;
      run.options.log.error({ error: describeError(error) }, "a stanza cannot be sent");
    }
  }
}

/** null for what has no such form, and for what cannot be written: it would hold the others for ever. */
function written(
  delivery: PendingDelivery,
  form: DeliveryForm,
  { options }: Run,
): XmlElement | null {
  try {
    return options.stanza(delivery, form);
  } catch (error) {
    options.log.error({ error: describeError(error) }, "a stanza cannot be written");
    return null;
  }
}
