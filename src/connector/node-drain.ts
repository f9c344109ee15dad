/**
 * Brings what waits for nodes of other services there: comments and likes of people from afar
 * into the nodes of local authors (XEP-0277 §Comments). One at a time for each service, in order;
 * a service that gives no answer is asked by one alone, or it would hold the places of all.
 * What a node refuses is readable in the component's own comments node all the same; its author is
 * told once.
 */
import {
  GIVE_UP_DAYS,
  parseNodeAddress,
  type ActivityContent,
  type DeliveryQueue,
  type Destination,
  type Drain,
  type PendingDelivery,
  type Release,
} from "../activitystreams/delivery.ts";
import type { Jid } from "../activitystreams/ids.ts";
import { describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { createKeyedOrder } from "./keyed-order.ts";
import { isRefusal } from "./node-answer.ts";
import { place, type PlaceOptions } from "./node-place.ts";
import { createSilence, type Silence } from "./silence.ts";

export interface NodeDrainOptions extends PlaceOptions {
  readonly queue: Pick<DeliveryQueue, "pending" | "finish" | "release">;
  readonly log: Log;
  /** Tells a local author so; the first time only. */
  readonly refused: (author: Jid, text: string) => Promise<void>;
  /** By a clock that never jumps. */
  readonly now?: () => number;
}

const MAX_BATCH = 20;
const FIRST_RETRY_MS = 5_000;
const SLOWEST_RETRY_MS = 3_600_000;
/** About a day. */
const MAX_ATTEMPTS = 32;
/** As long as an answer is waited for. */
const PROBE_MS = 30_000;

export function createNodeDrain(options: NodeDrainOptions): Drain {
  const order = createKeyedOrder();
  const silence = createSilence(options.now);
  const asked = new Set<string>();

  /** null: it is this one's turn. */
  const later = (service: string): Date | null => {
    const isProbed = silence.isDoubtful(service) && asked.has(service);
    return silence.until(service) ?? (isProbed ? new Date(Date.now() + PROBE_MS) : null);
  };
  const drainOne = async (destination: Destination, signal?: AbortSignal): Promise<void> => {
    const service = parseNodeAddress(destination.address)?.service ?? "";
    const first = later(service);
    if (first !== null) {
      await putOff(destination, first, options);
      return;
    }
    await order.run(service, async () => {
      // While this one waited, the one before may have found that nobody answers.
      const next = later(service);
      asked.add(service);
      try {
        if (next !== null) await putOff(destination, next, options);
        else await drain(destination, { ...options, silence }, signal);
      } finally {
        asked.delete(service);
      }
    });
  };
  return async (claimed, signal) => {
    await Promise.all(claimed.map((destination) => drainOne(destination, signal)));
  };
}

async function putOff(
  destination: Destination,
  next: Date,
  { queue }: Pick<NodeDrainOptions, "queue">,
): Promise<void> {
  await queue.release(destination, { state: "untouched", next });
}

interface Draining extends NodeDrainOptions {
  readonly silence: Silence;
}

async function drain(
  destination: Destination,
  options: Draining,
  signal?: AbortSignal,
): Promise<void> {
  const { queue } = options;
  const pending = await queue.pending([destination.id], MAX_BATCH);
  const { delivered, refused, trouble } = await bringAll(pending, destination, options, signal);
  // Cut off before anything was tried: its back-off stays as it was.
  const isCutOff = signal?.aborted === true && delivered.length + refused.length === 0;
  const state = isCutOff ? "untouched" : pending.length < MAX_BATCH ? "drained" : "more";
  const left = pending.filter((one) => !delivered.includes(one) && !refused.includes(one));
  const hopeless = trouble === null ? [] : left.filter((one) => isHopeless(one, destination));
  if (hopeless.length > 0) {
    options.log.warn({ node: destination.address }, "a node was not reached for long: given up");
  }
  await queue.finish({ delivered, refused: [...refused, ...hopeless] });
  const isOver = hopeless.length === left.length;
  await queue.release(destination, trouble === null || isOver ? { state } : trouble);
}

interface Done {
  readonly delivered: PendingDelivery[];
  readonly refused: PendingDelivery[];
  readonly trouble: Release | null;
}

/** In order, up to the first that may go another time. */
async function bringAll(
  pending: readonly PendingDelivery[],
  destination: Destination,
  options: Draining,
  signal?: AbortSignal,
): Promise<Done> {
  const delivered: PendingDelivery[] = [];
  const refused: PendingDelivery[] = [];
  for (const delivery of pending) {
    if (signal?.aborted === true) break;
    try {
      const isPlaced = await bring(delivery, destination, options);
      (isPlaced ? delivered : refused).push(delivery);
    } catch (error) {
      return { delivered, refused, trouble: backOff(destination, error) };
    }
  }
  return { delivered, refused, trouble: null };
}

/** Of many nodes of a silent service each has its turn seldom, and is never tried so often. */
function isHopeless({ waited = 0 }: PendingDelivery, { attempts }: Destination): boolean {
  return attempts >= MAX_ATTEMPTS || waited >= GIVE_UP_DAYS * 86_400;
}

/** False when it is refused for good. Throws what may pass. */
async function bring(
  { content }: PendingDelivery,
  destination: Destination,
  options: Draining,
): Promise<boolean> {
  const at = parseNodeAddress(destination.address);
  if (at === null || content.type !== "activity") return false;
  try {
    await options.silence.heed(at.service, () => place(content, at, options));
    return true;
  } catch (error) {
    if (mayPass(error)) throw error;
    const facts = { service: at.service, error: describeError(error) };
    options.log.info(facts, "a node took no comment");
    if (isRefusal(error)) await tellAuthor(content, at.service, options);
    return false;
  }
}

/** The service or our stream is away; anything else stays as it is, however often it is tried. */
function mayPass(error: unknown): boolean {
  if (isDxError(error, "DX_IQ_ERROR")) return !isRefusal(error);
  return !isDxError(error) || error.retryable;
}

async function tellAuthor(
  { above, activity }: ActivityContent,
  service: string,
  { refused, stream }: NodeDrainOptions,
): Promise<void> {
  if (above === null || !("jid" in above.author) || activity.verb === "delete") return;
  await refused(above.author.jid, noticeOf(service, stream.domain));
}

function backOff(destination: Destination, error: unknown): Release {
  const wait = Math.min(SLOWEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(destination.attempts, 20));
  const next = new Date(Date.now() + wait);
  return { state: "unreachable", next, error: describeError(error) };
}

function noticeOf(service: string, domain: string): string {
  return (
    "Somebody of the diaspora* federation commented on or liked a post of yours, and the place " +
    `where your client keeps its comments (on ${service}) does not take it. It can be read on ` +
    `${domain}, and here. For the next ones: let everybody publish in the comments node ` +
    "(publish model “open”), or publish posts with comments switched on. This is said once."
  );
}
