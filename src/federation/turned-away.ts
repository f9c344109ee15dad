/**
 * What waits for a pod or a person with whom the operator has nothing to do any more: nothing of
 * it goes there. What takes back is kept: when the pod is opened again, it must not go on showing
 * what is gone.
 */
import { isAbout } from "../activitystreams/activity.ts";
import type { DeliveryQueue, PendingDelivery } from "../activitystreams/delivery.ts";
import { describeError, DxError } from "../errors/error.ts";

const DAY_MS = 24 * 60 * 60_000;
export const TURNED_AWAY = describeError(new DxError("DX_SUSPENDED"));

/** Returns what never goes there. */
export async function turnAway(
  pending: readonly PendingDelivery[],
  queue: Pick<DeliveryQueue, "retry" | "finish">,
): Promise<PendingDelivery[]> {
  const refused: PendingDelivery[] = [];
  for (const delivery of pending) {
    const isKept = takesBack(delivery);
    await queue.retry(delivery, new Date(Date.now() + (isKept ? DAY_MS : 0)), TURNED_AWAY);
    if (!isKept) refused.push(delivery);
  }
  await queue.finish({ delivered: [], refused });
  return refused;
}

function takesBack({ content }: PendingDelivery): boolean {
  if (content.type === "signal") return false;
  const { activity } = content;
  if (isAbout(activity, "person")) return activity.verb !== "follow";
  return isAbout(activity, "tombstone") || isAbout(activity, "account");
}
