/**
 * Brings what people say to those who read it on the XMPP side. Who that is, is asked when it
 * goes out: a follower of this morning gets it, somebody who was blocked meanwhile does not.
 * Each stanza is written once for all of its readers, and one barrier stands behind many; a
 * cut before it means that they go out again, under the same ids.
 */
import { setImmediate as immediate } from "node:timers/promises";
import type {
  DeliveryForm,
  DeliveryQueue,
  Destination,
  Drain,
  PendingDelivery,
  Reader,
} from "../activitystreams/delivery.ts";
import type { Jid } from "../activitystreams/ids.ts";
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

/** Deliveries that are read at once. */
const MAX_BATCH = 100;
/** Of one claim; then others have their turn. */
const BATCHES = 20;
const READERS_AT_ONCE = 500;
/** Behind so much a barrier stands. */
const BARRIER_STANZAS = 1_000;
const BARRIER_BYTES = 6 * 1024 * 1024;
/** That stand at the same time. */
const BARRIERS = 2;
/** Stanzas for few that are written together: one packet, one system call. */
const FEW = 16;
/** The stream is down: its return wakes the worker, this is the backstop. */
const RETRY_MS = 1_000;

export function createStreamDrain(options: StreamDrainOptions): Drain {
  return async (claimed, signal) => {
    await Promise.all(claimed.map((destination) => drain(destination, options, signal)));
  };
}

async function drain(
  destination: Destination,
  options: StreamDrainOptions,
  signal?: AbortSignal,
): Promise<void> {
  const { queue, log } = options;
  try {
    const run = newRun(destination, options, signal);
    const failed = await bringAll(run);
    // What did go out is done with, whatever became of the rest.
    await raise(run);
    await Promise.all(run.raised);
    if (failed !== null) throw failed.error;
    await queue.release(destination, { state: run.state });
  } catch (error) {
    const text = describeError(error);
    log.debug({ error: text }, "a batch was not confirmed; it goes out again");
    const next = new Date(Date.now() + RETRY_MS);
    await queue.release(destination, { state: "unreachable", next, error: text });
  }
}

interface Run {
  readonly destination: Destination;
  readonly options: StreamDrainOptions;
  readonly signal: AbortSignal | undefined;
  readonly epoch: number;
  /** Whether all of it was gone through. */
  state: "drained" | "more";
  /** First pages of readers by scope: the posts of one batch have the same. */
  readonly known: Map<string, readonly Reader[]>;
  /** Since the last barrier. */
  stanzas: number;
  bytes: number;
  /** Handed over, and perhaps not written yet. */
  sending: Promise<void>[];
  /** Without their content: nobody needs that any more. */
  done: Pick<PendingDelivery, "id">[];
  /** Barriers that have not been passed, with what is noted then; in order. */
  readonly raised: Promise<void>[];
}

function newRun(
  destination: Destination,
  options: StreamDrainOptions,
  signal: AbortSignal | undefined,
): Run {
  return {
    destination,
    options,
    signal,
    epoch: options.stream.epoch,
    state: "more",
    known: new Map(),
    stanzas: 0,
    bytes: 0,
    sending: [],
    done: [],
    raised: [],
  };
}

/** In order, up to the first that fails, or until it is to stop. */
async function bringAll(run: Run): Promise<{ readonly error: unknown } | null> {
  try {
    let next: Promise<PendingDelivery[]> | null = read(run);
    for (let batch = 1; next !== null; batch += 1) {
      const pending: PendingDelivery[] = await next;
      const last = pending.length < MAX_BATCH ? undefined : pending.at(-1);
      if (last === undefined) run.state = "drained";
      // Read while these go out: otherwise the server had nothing to do meanwhile.
      next = last === undefined || batch === BATCHES ? null : read(run, last);
      run.known.clear();
      for (const delivery of pending) {
        if (run.signal?.aborted === true) break;
        await bring(delivery, run);
      }
      if (run.signal?.aborted === true) break;
    }
    await written(run);
    return null;
  } catch (error) {
    return { error };
  }
}

function read({ destination, options }: Run, after?: PendingDelivery): Promise<PendingDelivery[]> {
  const reading = options.queue.pending([destination.id], MAX_BATCH, after);
  // Waited for when its turn comes, and that may be never.
  reading.catch(() => undefined);
  return reading;
}

/** Resolves when all is written. Of what failed it is not known what went out: it all goes again. */
async function written(run: Run): Promise<void> {
  const { sending } = run;
  run.sending = [];
  try {
    await Promise.all(sending);
  } catch (error) {
    run.done = [];
    run.stanzas = 0;
    throw error;
  }
}

/** To all of its readers. */
async function bring(delivery: PendingDelivery, run: Run): Promise<void> {
  let reached: Jid | null = null;
  for (;;) {
    const readers = await readersOf(delivery, reached ?? delivery.progress, run);
    if (run.signal?.aborted === true) {
      await halt(delivery, reached, run);
      return;
    }
    await say(delivery, readers, run);
    const last = readers.at(-1)?.jid;
    if (last === undefined || readers.length < READERS_AT_ONCE) break;
    reached = last;
    if (isMuch(run)) await raise(run, () => run.options.queue.progress(delivery, last));
  }
  run.done.push({ id: delivery.id });
  if (isMuch(run)) await raise(run);
}

/** It goes on behind those who have it. */
async function halt(delivery: PendingDelivery, reached: Jid | null, run: Run): Promise<void> {
  if (reached !== null) await raise(run, () => run.options.queue.progress(delivery, reached));
}

function isMuch({ stanzas, bytes }: Run): boolean {
  return stanzas >= BARRIER_STANZAS || bytes >= BARRIER_BYTES;
}

/**
 * A barrier behind what was sent. What follows is sent while the server works on this: only when
 * two stand is the first one waited for.
 */
async function raise(run: Run, then?: () => Promise<void>): Promise<void> {
  await written(run);
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
    const stanza = to.length === 0 ? null : stanzaOf(delivery, form, run);
    if (stanza === null) continue;
    const sent = send(stanza, to, run);
    // Waited for by written(), which comes too late for Node to call it handled.
    sent.catch(() => undefined);
    run.sending.push(sent);
    if (to.length > FEW || run.sending.length >= FEW) {
      await written(run);
      // What is written at once leaves no room for anything else, not even for the next batch.
      await immediate();
    }
  }
}

async function send(stanza: XmlElement, to: readonly Jid[], run: Run): Promise<void> {
  run.stanzas += to.length;
  try {
    run.bytes += await run.options.stream.sendToAll(stanza, to);
  } catch (error) {
    // What can never be sent must not hold what is behind it.
    if (!isDxError(error) || error.retryable) throw error;
    run.options.log.error({ error: describeError(error) }, "a stanza cannot be sent");
  }
}

/** null for what has no such form, and for what cannot be written: it would hold the others for ever. */
function stanzaOf(
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
