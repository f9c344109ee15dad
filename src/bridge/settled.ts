/**
 * What became of a private message, for the one who wrote it (XEP-0184); and that a pod never took
 * that somebody is followed.
 */
import { isAbout } from "../activitystreams/activity.ts";
import type { PendingDelivery } from "../activitystreams/delivery.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import { commit } from "./commit.ts";
import { conversationActivity } from "./circle.ts";
import type { BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";

/** To be called when a delivery has come to its end, by the pod's answer or by its last refusal. */
export async function settled(
  { content }: Pick<PendingDelivery, "content">,
  outcome: "delivered" | "refused",
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  if (content.type !== "activity" || !("jid" in content.author)) return;
  const { activity, author, itemId } = content;
  if (isAbout(activity, "person") && activity.verb === "follow" && outcome === "refused") {
    const text = `The pod of ${activity.object.id} did not take that you follow them.`;
    await commit(store, effects, (tx) => tx.tell(author.jid, text));
    return;
  }
  if (!isAbout(activity, "message") && !isAbout(activity, "conversation")) return;
  const { object } = activity;
  const guid = object.type === "message" ? object.conversation : object.guid;
  // Its name is the client's own where the client gave one.
  const messageId = itemId === object.guid ? null : itemId;
  await commit(store, effects, (tx) => report(tx, { guid, author, messageId }, outcome));
}

interface Letter {
  /** The conversation. */
  readonly guid: Guid;
  readonly author: LocalPerson;
  readonly messageId: string | null;
}

async function report(
  tx: BridgeTransaction,
  { guid, author, messageId }: Letter,
  outcome: "delivered" | "refused",
): Promise<void> {
  const participants = (await conversationActivity(tx, guid))?.participants ?? [];
  const others = participants.filter((id) => id !== author.diasporaId);
  const [to] = others;
  // In a larger circle a receipt would say that all have it.
  if (to === undefined || (outcome === "delivered" && others.length > 1)) return;
  if (outcome === "refused") await tellFailure(tx, author, to, messageId, others.length > 1);
  // XEP-0184: nobody is told who has not asked.
  else if (messageId !== null && (await tx.wantsReceipt(author.jid, messageId))) {
    await tx.signal(author.jid, to, { kind: "receipt", messageId });
  }
}

async function tellFailure(
  tx: BridgeTransaction,
  { jid }: LocalPerson,
  to: DiasporaId,
  messageId: string | null,
  isCircle: boolean,
): Promise<void> {
  if (isCircle) {
    await tx.tell(jid, "A private message of yours did not reach everybody in its conversation.");
    return;
  }
  const text = `The pod of ${to} did not take this private message.`;
  if (messageId === null) await tx.signal(jid, to, { kind: "words", text });
  else await tx.signal(jid, to, { kind: "failure", messageId, text });
}
