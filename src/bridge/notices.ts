/** What somebody is told one time and never again. */
import type { Jid } from "../activitystreams/ids.ts";
import { commit } from "./commit.ts";
import type { BridgeEffects, BridgeStore } from "./ports.ts";

/** `purpose`: what it is about; the first time counts. Nobody but those who have opted in is told. */
export async function tellOnce(
  notice: { readonly jid: Jid; readonly purpose: string; readonly text: string },
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<void> {
  const account = await store.accountByJid(notice.jid);
  if (account === null) return;
  await commit(store, effects, async (tx) => {
    if (await tx.claimNotice(account.key, notice.purpose)) await tx.tell(account.jid, notice.text);
  });
}
