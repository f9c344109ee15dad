/** Who wrote a private message to a pod that is away hears of it, once, while it is tried on. */
import { conversationActivity } from "./circle.ts";
import { commit } from "./commit.ts";
import type { BridgeEffects, BridgeStore, BridgeTransaction } from "./ports.ts";

/** A pod that is set up anew or moved is back by then. */
const OVERDUE_MS = 24 * 60 * 60_000;
const MOST_NAMED = 3;

/** To be called now and then. Returns how many were told. */
export async function tellOverdue(
  limit: number,
  store: BridgeStore,
  effects: Pick<BridgeEffects, "now" | "wake">,
): Promise<number> {
  for (let told = 0; told < limit; told += 1) {
    if (!(await commit(store, effects, (tx) => tellNext(tx, effects)))) return told;
  }
  return limit;
}

async function tellNext(
  tx: BridgeTransaction,
  { now }: Pick<BridgeEffects, "now">,
): Promise<boolean> {
  const letter = await tx.takeOverdueLetter(new Date(now().getTime() - OVERDUE_MS));
  if (letter === null) return false;
  const { account, conversation } = letter;
  const participants = (await conversationActivity(tx, conversation))?.participants ?? [];
  const others = participants.filter((id) => id !== account.diasporaId).slice(0, MOST_NAMED);
  await tx.tell(
    account.jid,
    `A private message of yours (to ${others.join(", ")}) still waits: a pod cannot be reached. It is tried on.`,
  );
  return true;
}
