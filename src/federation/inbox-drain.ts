/**
 * Works on what pods have sent. Claimed host by claimed host, so that a slow key lookup holds
 * only its own; opened side by side, believed in the order of arrival.
 */
import type { Destination, Release } from "../activitystreams/delivery.ts";
import { describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { MAX_ATTEMPTS, retryTime } from "./back-off.ts";
import type { IncomingResult } from "./incoming.ts";
import type { IncomingMessage, ReceivedActivity } from "./ports.ts";

export interface WaitingMessage extends IncomingMessage {
  readonly id: string;
  readonly attempts: number;
}

export interface InboxDrainOptions {
  pending(destinationId: string, limit: number): Promise<WaitingMessage[]>;
  /** Opens, verifies, translates. Throws DxErrors. */
  open(message: IncomingMessage): Promise<IncomingResult>;
  /**
   * Believes it: one transaction, in which the inbox row goes too. False when it is of a kind
   * that is not kept.
   */
  receive(received: ReceivedActivity, inboxId: string): Promise<boolean>;
  drop(inboxId: string): Promise<void>;
  /** False when too many wait for another try already. */
  retry(inboxId: string, next: Date, error: string): Promise<boolean>;
  release(destination: Destination, release: Release): Promise<void>;
  readonly log: Log;
}

const MAX_BATCH = 20;
/** The database is away: it is asked again soon, by the lease and the sweep. */
const STORE_RETRY_MS = 1_000;

const NOT_BRIDGED = "a message of a kind that is not bridged";

type Opened =
  | { readonly message: WaitingMessage; readonly result: IncomingResult }
  | { readonly message: WaitingMessage; readonly error: unknown };

export function createInboxDrain(
  options: InboxDrainOptions,
): (claimed: readonly Destination[]) => Promise<void> {
  return async (claimed) => {
    await Promise.all(claimed.map((destination) => drain(options, destination)));
  };
}

async function drain(options: InboxDrainOptions, destination: Destination): Promise<void> {
  const pending = await options.pending(destination.id, MAX_BATCH);
  const opened = await Promise.all(pending.map((message) => open(options, message)));
  try {
    for (const one of opened) await settle(options, one);
  } catch (error) {
    const next = new Date(Date.now() + STORE_RETRY_MS);
    const release = { state: "unreachable", next, error: describeError(error) } as const;
    await options.release(destination, release);
    return;
  }
  const state = pending.length < MAX_BATCH ? "drained" : "more";
  await options.release(destination, { state });
}

async function open(options: InboxDrainOptions, message: WaitingMessage): Promise<Opened> {
  try {
    return { message, result: await options.open(message) };
  } catch (error) {
    return { message, error };
  }
}

/** Throws only when the store is away: then nothing was decided. */
async function settle(options: InboxDrainOptions, opened: Opened): Promise<void> {
  try {
    if ("error" in opened) throw opened.error;
    await act(options, opened.message, opened.result);
  } catch (error) {
    if (isDxError(error, "DX_STORE_UNAVAILABLE")) throw error;
    await refuse(options, opened.message, error);
  }
}

async function act(
  options: InboxDrainOptions,
  message: WaitingMessage,
  result: IncomingResult,
): Promise<void> {
  if (result.kind === "activity") {
    const { verb, object } = result.received.activity;
    const kept = await options.receive(result.received, message.id);
    if (!kept) options.log.debug({ verb, object: object.type }, NOT_BRIDGED);
    return;
  }
  options.log.debug({ entity: result.entity }, NOT_BRIDGED);
  await options.drop(message.id);
}

async function refuse(
  options: InboxDrainOptions,
  message: WaitingMessage,
  error: unknown,
): Promise<void> {
  // What is not of our own making is a fault here: it may be mended by the next version, so the
  // message waits as long as for an unreachable key.
  const retry = !isDxError(error) || error.retryable;
  const attempts = message.attempts + 1;
  const facts = {
    host: message.claimedHost,
    kind: message.kind,
    attempts,
    error: describeError(error),
    ...(isDxError(error) ? { evidence: error.evidence } : {}),
  };
  const isPutOff =
    retry &&
    attempts < MAX_ATTEMPTS &&
    (await options.retry(message.id, retryTime(attempts), describeError(error)));
  if (isPutOff) {
    options.log.info(facts, "a received message waits for another try");
    return;
  }
  options.log.info(facts, "a received message was refused");
  await options.drop(message.id);
}
