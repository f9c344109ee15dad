/**
 * Brings what waits for a pod or for a person's mailbox on it. A pod that cannot be reached
 * puts everything for it off; a message that it refuses concerns that message only.
 */
import {
  GIVE_UP_DAYS,
  parsePersonAddress,
  type DeliveryQueue,
  type Destination,
  type Drain,
  type PendingDelivery,
  type Release,
} from "../activitystreams/delivery.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { describeError } from "../errors/error.ts";
import type { GuardedHttp } from "../http/client.ts";
import type { Log } from "../log/log.ts";
import { encryptEnvelope } from "../salmon/encrypted-envelope.ts";
import { importPublicKey } from "../salmon/keys.ts";
import { MAX_ATTEMPTS, retryTime } from "./back-off.ts";
import { deliverPrivate, deliverPublic, deliverSlap, type DeliveryOutcome } from "./deliver.ts";
import type { Passing, Signer } from "./signer.ts";
import type { Slaps } from "./slaps.ts";
import { turnAway, TURNED_AWAY } from "./turned-away.ts";

export interface PodDrainOptions {
  readonly queue: Pick<DeliveryQueue, "pending" | "finish" | "retry" | "release">;
  readonly signer: Signer;
  readonly http: GuardedHttp;
  /** PEM of a remote person; null when unknown. */
  readonly publicKeyOf: (guid: Guid) => Promise<string | null>;
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
  /** The operator has nothing to do with this pod or person, also where things wait for it. */
  readonly isClosed?: (destination: Destination) => Promise<boolean>;
  /** COMPAT(diaspora* < 0.7): absent when nobody shall get any. */
  readonly slaps?: Slaps;
}

/** Rows of one claim, and how many of them are under way at once: two rounds of a slow pod's 30 s. */
const MAX_BATCH = 8;
const AT_ONCE = 4;

export function createPodDrain(options: PodDrainOptions): Drain {
  return async (claimed, signal) => {
    await Promise.all(claimed.map((destination) => drain(destination, options, signal)));
  };
}

async function drain(
  destination: Destination,
  options: PodDrainOptions,
  signal?: AbortSignal,
): Promise<void> {
  const pending = await options.queue.pending([destination.id], MAX_BATCH);
  if ((await options.isClosed?.(destination)) === true) {
    for (const delivery of await turnAway(pending, options.queue)) {
      await settle(delivery, "refused", TURNED_AWAY, options);
    }
    const state = pending.length < MAX_BATCH ? "drained" : "more";
    await options.queue.release(destination, { state });
    return;
  }
  const done = await postAll(pending, destination, options, signal);
  const { delivered, refused, trouble } = done;
  await options.queue.finish({ delivered, refused });
  if (trouble !== null) await giveUp(destination, options);
  // Cut off before it answered anything: its back-off stays as it was.
  const isCutOff = signal?.aborted === true && !isAnyAnswered(done);
  const state = isCutOff ? "untouched" : pending.length < MAX_BATCH ? "drained" : "more";
  await options.queue.release(destination, trouble ?? { state });
}

function isAnyAnswered({ delivered, refused, held }: Done): boolean {
  return delivered.length + refused.length + held.size > 0;
}

/** What became of one claim. */
interface Done {
  readonly delivered: PendingDelivery[];
  readonly refused: PendingDelivery[];
  /** Roots of which something was put off. */
  readonly held: Set<string>;
  trouble: Release | null;
}

async function postAll(
  pending: readonly PendingDelivery[],
  destination: Destination,
  options: PodDrainOptions,
  signal: AbortSignal | undefined,
): Promise<Done> {
  const isOver = (): boolean => signal?.aborted === true;
  const done: Done = { delivered: [], refused: [], held: new Set(), trouble: null };
  for (const group of byRoot(pending)) {
    if (isOver()) break;
    const free = group.filter((delivery) => !done.held.has(delivery.rootGuid));
    const outcomes = await Promise.all(
      free.map(async (delivery) => ({
        delivery,
        outcome: await post(delivery, destination, options),
      })),
    );
    for (const { delivery, outcome } of outcomes) {
      // Cut off by our own end: that says nothing of the pod.
      if (isOver() && !isAnswered(outcome)) continue;
      await note(delivery, outcome, destination, done, options);
    }
    if (done.trouble !== null) break;
  }
  return done;
}

function isAnswered(outcome: DeliveryOutcome): boolean {
  return outcome.kind !== "unreachable" && outcome.status !== 0;
}

async function note(
  delivery: PendingDelivery,
  outcome: DeliveryOutcome,
  destination: Destination,
  done: Done,
  options: PodDrainOptions,
): Promise<void> {
  if (outcome.kind === "delivered") {
    done.delivered.push(delivery);
    await settle(delivery, "delivered", "", options);
  } else if (outcome.kind === "unreachable") done.trouble ??= backOff(destination, outcome);
  // What follows on its root waits with it: a retract never overtakes its create.
  else if (await putOff(delivery, destination, outcome, options)) done.held.add(delivery.rootGuid);
  else {
    done.refused.push(delivery);
    await settle(delivery, "refused", outcome.detail, options);
  }
}

/** What has waited so long for a pod that does not answer waits no more; what is younger does. */
async function giveUp(destination: Destination, options: PodDrainOptions): Promise<void> {
  // Nothing is so old before.
  if (destination.attempts < MAX_ATTEMPTS) return;
  for (;;) {
    const oldest = await options.queue.pending([destination.id], MAX_BATCH);
    const refused = oldest.filter(({ waited = 0 }) => waited >= GIVE_UP_DAYS * 86_400);
    if (refused.length === 0) return;
    for (const delivery of refused) {
      await settle(delivery, "refused", "the pod did not answer", options);
    }
    await options.queue.finish({ delivered: [], refused });
  }
}

/** Whoever is told of it must not hold the queue. */
async function settle(
  delivery: PendingDelivery,
  outcome: "delivered" | "refused",
  detail: string,
  { settled, log }: PodDrainOptions,
): Promise<void> {
  try {
    await settled?.(delivery, outcome, detail);
  } catch (error) {
    log.warn({ error: describeError(error) }, "what became of a message could not be told");
  }
}

/** Groups that may go at once: no two of one root, so a retract never overtakes its create. */
function byRoot(pending: readonly PendingDelivery[]): PendingDelivery[][] {
  const groups: PendingDelivery[][] = [];
  let group: PendingDelivery[] = [];
  for (const delivery of pending) {
    const sameRoot = group.some((other) => other.rootGuid === delivery.rootGuid);
    if (sameRoot || group.length >= AT_ONCE) {
      groups.push(group);
      group = [];
    }
    group.push(delivery);
  }
  if (group.length > 0) groups.push(group);
  return groups;
}

async function post(
  delivery: PendingDelivery,
  destination: Destination,
  options: PodDrainOptions,
): Promise<DeliveryOutcome> {
  const said = passingOf(delivery);
  if (said === null) {
    return { kind: "refused", status: 0, detail: "this has no form on the federation" };
  }
  try {
    const { kind, address } = destination;
    return kind === "pod"
      ? await postToPod(address, said, options)
      : await postToPerson(address, said, options);
  } catch (error) {
    // Our own trouble (no key, nothing to sign): it must not hold what is behind it.
    return { kind: "refused", status: 0, detail: describeError(error) };
  }
}

/** Its author sends it, or the author of the post above passes it on (diaspora-protocol.md §5). */
function passingOf({ content }: PendingDelivery): Passing | null {
  if (content.type === "signal") return null;
  const { activity, author, relay } = content;
  const sealer = content.sealer ?? ("jid" in author ? author : null);
  return sealer === null ? null : { activity, author, sealer, relay };
}

async function postToPod(
  podUrl: string,
  said: Passing,
  { http, signer, slaps }: PodDrainOptions,
): Promise<DeliveryOutcome> {
  if (slaps !== undefined && (await slaps.wantedAt(podUrl))) {
    return deliverSlap(podUrl, null, await slaps.publicSlap(said), http);
  }
  return deliverPublic(podUrl, await signer.passOn(said), http);
}

async function postToPerson(
  address: string,
  said: Passing,
  options: PodDrainOptions,
): Promise<DeliveryOutcome> {
  const mailbox = parsePersonAddress(address);
  const pem = mailbox === null ? null : await options.publicKeyOf(mailbox.guid);
  if (mailbox === null || pem === null) {
    return { kind: "refused", status: 0, detail: "this person is not known" };
  }
  const { http, signer, slaps } = options;
  const { podUrl, guid } = mailbox;
  const key = importPublicKey(pem);
  if (slaps !== undefined && (await slaps.wantedAt(podUrl))) {
    return deliverSlap(podUrl, guid, await slaps.privateSlap(said, key), http);
  }
  const envelope = await signer.passOn(said);
  return await deliverPrivate(podUrl, guid, encryptEnvelope(envelope, key), http);
}

function backOff(
  destination: Destination,
  outcome: Extract<DeliveryOutcome, { kind: "unreachable" }>,
): Release {
  return {
    state: "unreachable",
    next: retryTime(destination.attempts + 1, outcome.retryAfterSeconds),
    error: outcome.detail,
  };
}

/** False when it will not be tried again. */
async function putOff(
  delivery: PendingDelivery,
  destination: Destination,
  outcome: Extract<DeliveryOutcome, { kind: "refused" }>,
  options: PodDrainOptions,
): Promise<boolean> {
  const attempts = delivery.attempts + 1;
  const facts = { destination: destination.address, status: outcome.status, attempts };
  if (attempts >= MAX_ATTEMPTS) {
    options.log.warn({ ...facts, detail: outcome.detail }, "a pod refused a message for good");
    return false;
  }
  options.log.info({ ...facts, detail: outcome.detail }, "a pod refused a message");
  await options.queue.retry(delivery, retryTime(attempts), outcome.detail);
  return true;
}
