/**
 * Brings what waits for a pod or for a person's mailbox on it. A pod that cannot be reached
 * puts everything for it off; a message that it refuses concerns that message only.
 */
import { isAbout } from "../activitystreams/activity.ts";
import {
  GIVE_UP_DAYS,
  SILENT,
  type DeliveryQueue,
  type Destination,
  type Drain,
  type PendingDelivery,
} from "../activitystreams/delivery.ts";
import { retryTime } from "./back-off.ts";
import { askPod } from "./deliver.ts";
import {
  MAX_BATCH,
  podUrlOf,
  postAll,
  settle,
  type PodMessagesOptions,
  type Trouble,
} from "./pod-messages.ts";
import type { PodBreaker, PodWait } from "./pod-breaker.ts";
import { turnAway, TURNED_AWAY } from "./turned-away.ts";

export interface PodDrainOptions extends PodMessagesOptions {
  readonly queue: Pick<DeliveryQueue, "pending" | "finish" | "retry" | "release">;
  readonly breaker: PodBreaker;
  /** A pod that could not be reached answers: whatever else waits for it is due. */
  readonly returned: (podUrl: string) => Promise<void>;
  /** The operator has nothing to do with this pod or person, also where things wait for it. */
  readonly isClosed?: (destination: Destination) => Promise<boolean>;
}

export function createPodDrain(options: PodDrainOptions): Drain {
  return async (claimed, signal) => {
    await Promise.all(claimed.map((destination) => drain(destination, options, signal)));
  };
}

async function drain(
  claimed: Destination,
  options: PodDrainOptions,
  signal?: AbortSignal,
): Promise<void> {
  const pending = await options.queue.pending([claimed.id], MAX_BATCH);
  if ((await options.isClosed?.(claimed)) === true) {
    for (const delivery of await turnAway(pending, options.queue)) {
      await settle(delivery, "refused", TURNED_AWAY, options);
    }
    const state = pending.length < MAX_BATCH ? "drained" : "more";
    await options.queue.release(claimed, { state });
    return;
  }
  const destination = await ifReached(claimed, pending, options);
  if (destination === null) return;
  const done = await postAll(pending, destination, options, signal);
  const { delivered, refused, trouble, isAnswered } = done;
  await options.queue.finish({ delivered, refused });
  if (trouble !== null) {
    await backOff(destination, trouble, options);
    return;
  }
  if (isAnswered) {
    options.breaker.took(podUrlOf(destination));
    await reached(destination, options);
  }
  // Cut off before it answered anything: its back-off stays as it was.
  const isCutOff = signal?.aborted === true && !isAnswered;
  const state = isCutOff ? "untouched" : pending.length < MAX_BATCH ? "drained" : "more";
  await options.queue.release(destination, { state });
}

/**
 * null when the pod cannot be reached, which is seen to here. Where nothing is left to bring to a
 * pod that was away, and where a pod has been silent for long, it is asked whether it is there.
 */
async function ifReached(
  destination: Destination,
  pending: readonly PendingDelivery[],
  options: PodDrainOptions,
): Promise<Destination | null> {
  const podUrl = podUrlOf(destination);
  const wait = options.breaker.waitOf(podUrl);
  if (wait !== null) {
    await waitWithIt(destination, wait, options);
    return null;
  }
  const isGone = destination.silent === true;
  if (!isGone && (pending.length > 0 || destination.attempts === 0)) return destination;
  const answer = await askPod(podUrl, options.http);
  if (answer.kind === "unreachable") {
    await backOff(destination, answer, options);
    return null;
  }
  await reached(destination, options);
  // Whatever comes now is the first trouble of a pod that is there.
  return { ...destination, silent: false, attempts: 0 };
}

/** Something else for the same pod has met its trouble, or meets it just now. */
async function waitWithIt(
  destination: Destination,
  { isAsked, until, error }: PodWait,
  options: PodDrainOptions,
): Promise<void> {
  const { queue } = options;
  if (isAsked) {
    await queue.release(destination, { state: "untouched", next: until });
    return;
  }
  if (destination.silent === true) await giveUp(destination, options);
  const own = retryTime(destination.attempts + 1);
  const next = own < until ? until : own;
  await queue.release(destination, { state: "unreachable", next, error });
}

async function reached(destination: Destination, options: PodDrainOptions): Promise<void> {
  const podUrl = podUrlOf(destination);
  const wasAway = options.breaker.answered(podUrl);
  if (wasAway || destination.attempts > 0) await options.returned(podUrl);
}

async function backOff(
  destination: Destination,
  { detail, retryAfterSeconds }: Trouble,
  options: PodDrainOptions,
): Promise<void> {
  const next = retryTime(destination.attempts + 1, retryAfterSeconds);
  options.breaker.failed(podUrlOf(destination), next, detail, retryAfterSeconds);
  if (destination.silent === true) await giveUp(destination, options);
  await options.queue.release(destination, { state: "unreachable", next, error: detail });
}

/**
 * What waits for a pod that has not answered for so long waits no more. Only what has itself
 * waited so long: the pod may have answered since this was claimed.
 */
async function giveUp({ id }: Destination, options: PodDrainOptions): Promise<void> {
  let after: PendingDelivery | undefined;
  do {
    const waiting = await options.queue.pending([id], MAX_BATCH, after);
    const refused = waiting.filter(hasWaited);
    for (const delivery of refused) await settle(delivery, "refused", SILENT, options);
    if (refused.length > 0) await options.queue.finish({ delivered: [], refused });
    after = waiting.at(-1);
  } while (after !== undefined);
}

const GIVE_UP_SECONDS = GIVE_UP_DAYS * 86_400;

/** Somebody waits to hear of some: nobody loses these without a word, so their end is told soon. */
function hasWaited({ content, waited = 0 }: PendingDelivery): boolean {
  if (waited >= GIVE_UP_SECONDS || content.type !== "activity") return true;
  const { activity } = content;
  const isContact = activity.verb === "follow" || activity.verb === "unfollow";
  return isContact || isAbout(activity, "message") || isAbout(activity, "conversation");
}
