/**
 * Works on what pods have sent. Claimed host by claimed host, so that a slow key lookup holds
 * only its own; opened side by side, believed in the order of arrival.
 */
import type { Destination, Drain, Release } from "../activitystreams/delivery.ts";
import { describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { MAX_ATTEMPTS, retryTime } from "./back-off.ts";
import { orderOf, type Ordered } from "./inbox-order.ts";
import type { IncomingResult } from "./incoming.ts";
import type { IncomingMessage, ReceivedActivity } from "./ports.ts";

export interface WaitingMessage extends IncomingMessage {
  readonly id: string;
  readonly attempts: number;
  readonly receivedAt: Date;
}

/** What became of a message: `orphan`: what it belongs to did not come in time. */
export type InboxOutcome = "kept" | "unsupported" | "put-off" | "refused" | "orphan";

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
  /**
   * False when too many wait for another try already. `waitsFor`: the GUID of what it belongs to:
   * when that comes, the next try is at once.
   */
  retry(inboxId: string, next: Date, error: string, waitsFor?: string): Promise<boolean>;
  /**
   * Its pod has sent more than is worked on in an hour (DX_POD_LIMIT): this one waits, and nothing
   * is lost. What else came the same way does not wait for it.
   */
  hold(message: WaitingMessage): Promise<void>;
  release(destination: Destination, release: Release): Promise<void>;
  readonly log: Log;
  readonly counted?: (outcome: InboxOutcome) => void;
}

const MAX_BATCH = 50;
/** Of one claim: what was opened and not come to is opened once, however often it is looked again. */
const MAX_LOOKS = 50;
/** How long something waits for the post or the comment that it belongs to. */
export const ORPHAN_MS = 24 * 3_600_000;
/** The database is away: it is asked again soon, by the lease and the sweep. */
const STORE_RETRY_MS = 1_000;

const NOT_BRIDGED = "a message of a kind that is not bridged";

type Opened =
  | { readonly message: WaitingMessage; readonly result: IncomingResult }
  | { readonly message: WaitingMessage; readonly error: unknown };

export function createInboxDrain(options: InboxDrainOptions): Drain {
  return async (claimed, signal) => {
    await Promise.all(claimed.map((destination) => drain(options, destination, signal)));
  };
}

async function drain(
  options: InboxDrainOptions,
  destination: Destination,
  signal?: AbortSignal,
): Promise<void> {
  let known: ReadonlyMap<string, Opened> = new Map();
  for (let look = 1; ; look += 1) {
    const pending = await options.pending(destination.id, MAX_BATCH);
    const opened = await Promise.all(
      pending.map((message) => open(options, message, known.get(message.id))),
    );
    const { runs, isCut } = orderOf(opened, orderedBy);
    try {
      for (const run of runs) {
        if (signal?.aborted === true) break;
        await settleAll(options, run);
      }
    } catch (error) {
      const next = new Date(Date.now() + STORE_RETRY_MS);
      const release = { state: "unreachable", next, error: describeError(error) } as const;
      await options.release(destination, release);
      return;
    }
    if (isCut && look < MAX_LOOKS && signal?.aborted !== true) {
      known = new Map(opened.map((one) => [one.message.id, one]));
      continue;
    }
    const state = pending.length < MAX_BATCH && !isCut ? "drained" : "more";
    await options.release(destination, { state });
    return;
  }
}

/** As it was opened before, but for what it was missing that may have come. */
async function open(
  options: InboxDrainOptions,
  message: WaitingMessage,
  before: Opened | undefined,
): Promise<Opened> {
  if (before !== undefined && orderedBy(before).parent === null) return { ...before, message };
  try {
    return { message, result: await options.open(message) };
  } catch (error) {
    return { message, error };
  }
}

function orderedBy(one: Opened): Ordered {
  if ("error" in one) return { received: null, parent: parentOf(one.error) };
  const { result } = one;
  return { received: result.kind === "activity" ? result.received : null, parent: null };
}

/** None goes on behind the end of the others. Throws as `settle`. */
async function settleAll(options: InboxDrainOptions, run: readonly Opened[]): Promise<void> {
  const ends = await Promise.allSettled(run.map((one) => settle(options, one)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Throws only when nothing was decided: the store is away. */
async function settle(options: InboxDrainOptions, opened: Opened): Promise<void> {
  try {
    if ("error" in opened) throw opened.error;
    await act(options, opened.message, opened.result);
  } catch (error) {
    if (isDxError(error, "DX_STORE_UNAVAILABLE")) throw error;
    if (isDxError(error, "DX_POD_LIMIT")) {
      await options.hold(opened.message);
      options.counted?.("put-off");
    } else await refuse(options, opened.message, error);
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
    options.counted?.(kept ? "kept" : "unsupported");
    return;
  }
  options.log.debug({ entity: result.entity }, NOT_BRIDGED);
  await options.drop(message.id);
  options.counted?.("unsupported");
}

async function refuse(
  options: InboxDrainOptions,
  message: WaitingMessage,
  error: unknown,
): Promise<void> {
  const attempts = message.attempts + 1;
  const wait = waitOf(message, attempts, error);
  const facts = {
    host: message.claimedHost,
    kind: message.kind,
    attempts,
    error: describeError(error),
    ...(isDxError(error) ? { evidence: error.evidence } : {}),
  };
  const isPutOff =
    wait.next !== null &&
    (await options.retry(message.id, wait.next, describeError(error), wait.waitsFor));
  if (isPutOff) {
    options.log.info(facts, "a received message waits for another try");
    options.counted?.("put-off");
    return;
  }
  const isOrphan = wait.next === null && wait.waitsFor !== undefined;
  options.log.info(
    facts,
    wait.next === null ? END_WORDS[isOrphan ? "orphan" : "refused"] : NO_ROOM,
  );
  await options.drop(message.id);
  options.counted?.(isOrphan ? "orphan" : "refused");
}

const END_WORDS = {
  orphan: "a received message was dropped: what it belongs to did not come",
  refused: "a received message was refused",
} as const;
const NO_ROOM = "a received message was dropped: too many wait already";

interface Wait {
  /** null: it is not tried again. */
  readonly next: Date | null;
  readonly waitsFor?: string;
}

function waitOf({ receivedAt }: WaitingMessage, attempts: number, error: unknown): Wait {
  const parent = parentOf(error);
  if (parent !== null) {
    const end = receivedAt.getTime() + ORPHAN_MS;
    const next = Math.min(retryTime(attempts).getTime(), end);
    return { next: Date.now() < end ? new Date(next) : null, waitsFor: parent };
  }
  // What is not of our own making is a fault here: it may be mended by the next version, so the
  // message waits as long as for an unreachable key.
  const retry = !isDxError(error) || error.retryable;
  return { next: retry && attempts < MAX_ATTEMPTS ? retryTime(attempts) : null };
}

/** The GUID of what a message belongs to, where it is that which is missing. */
function parentOf(error: unknown): string | null {
  if (!isDxError(error, "DX_PARENT_NOT_FOUND")) return null;
  const { parent } = error.evidence;
  return typeof parent === "string" ? parent : null;
}
