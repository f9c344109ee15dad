/**
 * Brings what waits for JIDs to the XMPP server. A batch for many readers goes out together
 * behind one barrier; only what the server has surely taken is done with. A cut in between
 * means that it all goes out again: the ids are the same, so a reader sees it once.
 */
import type { DeliveryQueue, Drain, PendingDelivery } from "../activitystreams/delivery.ts";
import { describeError, isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { OutgoingContext } from "./outgoing-context.ts";
import { stanzaFor } from "./outgoing.ts";
import type { ComponentStream } from "./stream.ts";

export interface JidDrainOptions extends OutgoingContext {
  readonly stream: ComponentStream;
  readonly queue: DeliveryQueue;
  readonly log: Log;
}

/** Stanzas of one batch: ejabberd kills a client that leaves thousands unacknowledged. */
const MAX_BATCH = 500;
/** The stream is down: its return wakes the worker, this is the backstop. */
const RETRY_MS = 1_000;

export function createJidDrain(options: JidDrainOptions): Drain {
  const { stream, queue, log } = options;

  async function sendAll(
    pending: readonly PendingDelivery[],
    addresses: ReadonlyMap<string, string>,
  ): Promise<{ delivered: PendingDelivery[]; refused: PendingDelivery[] }> {
    const { epoch } = stream;
    // Written in order; waiting for each write before the next would cost a turn a stanza.
    const sent = await Promise.all(
      pending.map((delivery) => {
        const to = addresses.get(delivery.destinationId);
        return to === undefined ? Promise.resolve(false) : sendOne(delivery, to);
      }),
    );
    const delivered = pending.filter((_, index) => sent[index] === true);
    const refused = pending.filter((_, index) => sent[index] !== true);
    if (delivered.length > 0) await stream.confirm(epoch);
    return { delivered, refused };
  }

  /** False when this one can never be sent; it must not hold what is behind it. */
  async function sendOne(delivery: PendingDelivery, to: string): Promise<boolean> {
    try {
      const stanza = stanzaFor(delivery, to, options);
      if (stanza === null) return false;
      await stream.send(stanza);
      return true;
    } catch (error) {
      if (!isDxError(error) || error.retryable) throw error;
      log.error({ error: describeError(error) }, "a stanza cannot be sent and is given up");
      return false;
    }
  }

  return async (claimed, signal) => {
    const addresses = new Map(claimed.map((one) => [one.id, one.address]));
    try {
      const pending = await queue.pending([...addresses.keys()], MAX_BATCH);
      if (signal?.aborted !== true) await queue.finish(await sendAll(pending, addresses));
      const state = pending.length < MAX_BATCH ? "drained" : "more";
      await Promise.all(claimed.map((one) => queue.release(one, { state })));
    } catch (error) {
      const next = new Date(Date.now() + RETRY_MS);
      log.debug({ error: describeError(error) }, "a batch was not confirmed; it goes out again");
      await Promise.all(
        claimed.map((one) =>
          queue.release(one, { state: "unreachable", next, error: describeError(error) }),
        ),
      );
    }
  };
}
