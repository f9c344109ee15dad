/**
 * Brings what waits for a pod or for a person's mailbox on it. A pod that cannot be reached
 * puts everything for it off; a message that it refuses concerns that message only.
 */
import {
  parsePersonAddress,
  type DeliveryQueue,
  type Destination,
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
import { deliverPrivate, deliverPublic, type DeliveryOutcome } from "./deliver.ts";
import type { Signer } from "./signer.ts";

export interface PodDrainOptions {
  readonly queue: DeliveryQueue;
  readonly signer: Signer;
  readonly http: GuardedHttp;
  /** PEM of a remote person; null when unknown. */
  readonly publicKeyOf: (guid: Guid) => Promise<string | null>;
  readonly log: Log;
}

/** Rows of one claim, and how many of them are under way at once: two rounds of a slow pod's 30 s. */
const MAX_BATCH = 8;
const AT_ONCE = 4;

export function createPodDrain(
  options: PodDrainOptions,
): (claimed: readonly Destination[]) => Promise<void> {
  return async (claimed) => {
    await Promise.all(claimed.map((destination) => drain(destination, options)));
  };
}

async function drain(destination: Destination, options: PodDrainOptions): Promise<void> {
  const pending = await options.queue.pending([destination.id], MAX_BATCH);
  const delivered: PendingDelivery[] = [];
  const refused: PendingDelivery[] = [];
  const held = new Set<string>();
  let trouble: Release | null = null;
  for (const group of byRoot(pending)) {
    const free = group.filter((delivery) => !held.has(delivery.rootGuid));
    const outcomes = await Promise.all(
      free.map(async (delivery) => ({
        delivery,
        outcome: await post(delivery, destination, options),
      })),
    );
    for (const { delivery, outcome } of outcomes) {
      if (outcome.kind === "delivered") delivered.push(delivery);
      else if (outcome.kind === "unreachable") trouble ??= backOff(destination, outcome);
      // What follows on its root waits with it: a retract never overtakes its create.
      else if (await putOff(delivery, destination, outcome, options)) held.add(delivery.rootGuid);
      else refused.push(delivery);
    }
    if (trouble !== null) break;
  }
  await options.queue.finish({ delivered, refused });
  const state = pending.length < MAX_BATCH ? "drained" : "more";
  await options.queue.release(destination, trouble ?? { state });
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
  const { content } = delivery;
  if (content.type === "notice" || !("jid" in content.author)) {
    return { kind: "refused", status: 0, detail: "this has no form on the federation" };
  }
  try {
    const envelope = await options.signer.envelopeOf(content.activity, content.author);
    if (destination.kind === "pod") {
      return await deliverPublic(destination.address, envelope, options.http);
    }
    return await postToPerson(destination.address, envelope, options);
  } catch (error) {
    // Our own trouble (no key, nothing to sign): it must not hold what is behind it.
    return { kind: "refused", status: 0, detail: describeError(error) };
  }
}

async function postToPerson(
  address: string,
  envelope: string,
  options: PodDrainOptions,
): Promise<DeliveryOutcome> {
  const mailbox = parsePersonAddress(address);
  const pem = mailbox === null ? null : await options.publicKeyOf(mailbox.guid);
  if (mailbox === null || pem === null) {
    return { kind: "refused", status: 0, detail: "this person is not known" };
  }
  const body = encryptEnvelope(envelope, importPublicKey(pem));
  return await deliverPrivate(mailbox.podUrl, mailbox.guid, body, options.http);
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
