/**
 * What waits for one pod or mailbox, message by message: what may go at the same time, and what
 * the pod's answer means for a message and for those that follow on it.
 */
import { isAbout } from "../activitystreams/activity.ts";
import {
  parsePersonAddress,
  type DeliveryQueue,
  type Destination,
  type PendingDelivery,
} from "../activitystreams/delivery.ts";
import { describeError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { FEW_ATTEMPTS, MAX_ATTEMPTS, MAX_CONTACT_ATTEMPTS, messageTime } from "./back-off.ts";
import type { DeliveryOutcome } from "./deliver.ts";
import type { PodBreaker } from "./pod-breaker.ts";
import { post, type PodPostOptions } from "./pod-post.ts";

export interface PodMessagesOptions extends PodPostOptions {
  readonly queue: Pick<DeliveryQueue, "retry">;
  readonly breaker: Pick<PodBreaker, "tookLately">;
  readonly log: Log;
  /**
   * What became of it, once that is sure. Called again where a crash comes between, so done
   * again it must change nothing.
   */
  readonly settled?: (
    delivery: PendingDelivery,
    outcome: "delivered" | "refused",
    detail: string,
  ) => Promise<void>;
}

type Refusal = Extract<DeliveryOutcome, { kind: "refused" }>;
export type Trouble = Extract<DeliveryOutcome, { kind: "unreachable" }>;

/** Rows of one claim, and how many of them are under way at once: two rounds of a slow pod's 30 s. */
export const MAX_BATCH = 8;
const AT_ONCE = 4;

/** What became of one claim. */
export interface Done {
  readonly delivered: PendingDelivery[];
  readonly refused: PendingDelivery[];
  /** Roots of which something was put off. */
  readonly held: Set<string>;
  trouble: Trouble | null;
  /** By whatever: the pod is there. */
  isAnswered: boolean;
}

export async function postAll(
  pending: readonly PendingDelivery[],
  destination: Destination,
  options: PodMessagesOptions,
  signal: AbortSignal | undefined,
): Promise<Done> {
  const isOver = (): boolean => signal?.aborted === true;
  const done: Done = {
    delivered: [],
    refused: [],
    held: new Set(),
    trouble: null,
    isAnswered: false,
  };
  for (const group of byRoot(pending)) {
    if (isOver()) break;
    const free = group.filter((delivery) => !done.held.has(delivery.rootGuid));
    const outcomes = await Promise.all(
      free.map(async (delivery) => ({
        delivery,
        outcome: await post(delivery, destination, options),
      })),
    );
    const isThere = options.breaker.tookLately(podUrlOf(destination));
    for (const { delivery, outcome } of alone(outcomes, isThere)) {
      // Cut off by our own end: that says nothing of the pod.
      if (isOver() && !isAnswered(outcome)) continue;
      await note(delivery, outcome, destination, done, options);
    }
    if (done.trouble !== null) break;
  }
  return done;
}

interface Posted {
  readonly delivery: PendingDelivery;
  readonly outcome: DeliveryOutcome;
}

export function podUrlOf({ kind, address }: Destination): string {
  return kind === "pod" ? address : (parsePersonAddress(address)?.podUrl ?? address);
}

/**
 * A message on which the pod breaks down, while it takes others at the same time or took some a
 * moment ago, is the trouble, not the pod.
 */
function alone(outcomes: readonly Posted[], isThere: boolean): readonly Posted[] {
  const isDoubtful = ({ outcome }: Posted): boolean =>
    outcome.kind === "unreachable" && outcome.isDoubtful;
  const passed = outcomes.filter(({ outcome }) => outcome.kind === "delivered").length;
  const failed = outcomes.filter(({ outcome }) => outcome.kind === "unreachable").length;
  if ((passed < failed && !isThere) || !outcomes.some(isDoubtful)) return outcomes;
  return outcomes.map((one): Posted => {
    if (one.outcome.kind !== "unreachable" || !one.outcome.isDoubtful) return one;
    const { detail } = one.outcome;
    return { ...one, outcome: { kind: "refused", status: 0, detail, ends: "late" } };
  });
}

function isAnswered(outcome: DeliveryOutcome): boolean {
  return outcome.kind !== "unreachable" && outcome.status !== 0;
}

async function note(
  delivery: PendingDelivery,
  outcome: DeliveryOutcome,
  destination: Destination,
  done: Done,
  options: PodMessagesOptions,
): Promise<void> {
  if (isAnswered(outcome)) done.isAnswered = true;
  if (outcome.kind === "delivered") {
    done.delivered.push(delivery);
    await settle(delivery, "delivered", "", options);
  } else if (outcome.kind === "unreachable") done.trouble ??= outcome;
  // What follows on its root waits with it: a retract never overtakes its create.
  else if (await putOff(delivery, destination, outcome, options)) done.held.add(delivery.rootGuid);
  else {
    done.refused.push(delivery);
    await settle(delivery, "refused", outcome.detail, options);
  }
}

/** Whoever is told of it must not hold the queue. */
export async function settle(
  delivery: PendingDelivery,
  outcome: "delivered" | "refused",
  detail: string,
  { settled, log }: PodMessagesOptions,
): Promise<void> {
  try {
    await settled?.(delivery, outcome, detail);
  } catch (error) {
    log.warn({ error: describeError(error) }, "what became of a message could not be told");
  }
}

/**
 * Groups that may go at once: no two of one root, so a retract never overtakes its create. Each
 * goes as early as it may: beside others it shows whether the trouble is the pod or the message.
 */
function byRoot(pending: readonly PendingDelivery[]): PendingDelivery[][] {
  const groups: PendingDelivery[][] = [];
  for (const delivery of pending) {
    const isSameRoot = ({ rootGuid }: PendingDelivery): boolean => rootGuid === delivery.rootGuid;
    let at = groups.findLastIndex((group) => group.some(isSameRoot)) + 1;
    while ((groups[at]?.length ?? 0) >= AT_ONCE) at += 1;
    (groups[at] ??= []).push(delivery);
  }
  return groups;
}

/** False when it will not be tried again. */
async function putOff(
  delivery: PendingDelivery,
  destination: Destination,
  outcome: Refusal,
  options: PodMessagesOptions,
): Promise<boolean> {
  const attempts = delivery.attempts + 1;
  const facts = { destination: destination.address, status: outcome.status, attempts };
  if (attempts >= triesOf(delivery, outcome)) {
    options.log.warn({ ...facts, detail: outcome.detail }, "a pod refused a message for good");
    return false;
  }
  options.log.info({ ...facts, detail: outcome.detail }, "a pod refused a message");
  await options.queue.retry(delivery, messageTime(attempts), outcome.detail);
  return true;
}

function triesOf({ content }: PendingDelivery, { ends }: Refusal): number {
  if (ends !== "late") return ends === "now" ? 1 : FEW_ATTEMPTS;
  const isContact = content.type === "activity" && isAbout(content.activity, "person");
  return isContact ? MAX_CONTACT_ATTEMPTS : MAX_ATTEMPTS;
}
