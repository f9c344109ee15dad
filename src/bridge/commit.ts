/** One transaction of the rules, and after it the workers that have something to do. */
import type { BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";

type Kind = Parameters<BridgeEffects["wake"]>[0];

export async function commit<T>(
  store: Pick<BridgeStore, "transaction">,
  effects: Pick<BridgeEffects, "wake">,
  work: (tx: BridgeTransaction) => Promise<T>,
): Promise<T> {
  const woken = new Set<Kind>();
  const result = await store.transaction((tx) => work(noting(tx, woken)));
  for (const kind of woken) effects.wake(kind);
  return result;
}

/** The transaction, with a note of what it has put where. */
function noting(tx: BridgeTransaction, woken: Set<Kind>): BridgeTransaction {
  return {
    ...tx,
    deliver(activityId, rootGuid, to) {
      if (to.addresses.length > 0) woken.add(to.kind);
      return tx.deliver(activityId, rootGuid, to);
    },
    async retryDeliveries(...post) {
      const places = await tx.retryDeliveries(...post);
      if (places !== null && places > 0) woken.add("pod").add("person");
      return places;
    },
    deliverToReaders(...news) {
      woken.add("stream");
      return tx.deliverToReaders(...news);
    },
    deliverToThread(...news) {
      woken.add("stream");
      return tx.deliverToThread(...news);
    },
    async arrived(guids) {
      const freed = await tx.arrived(guids);
      if (freed) woken.add("inbox");
      return freed;
    },
    tell(...words) {
      woken.add("jid");
      return tx.tell(...words);
    },
    signal(...signal) {
      woken.add("jid");
      return tx.signal(...signal);
    },
  };
}
