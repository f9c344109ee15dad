/** An author asks for a post to be brought once more to where it has not arrived. */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { requireAccount } from "./actor.ts";
import { commit } from "./commit.ts";
import type { BridgeEffects, BridgeStore } from "./ports.ts";

/** Each is a request to every pod that did not take it. */
const MOST_A_DAY = 20;

/** To how many places. Throws DX_NOT_REGISTERED, DX_ITEM_NOT_FOUND, DX_DAILY_LIMIT. */
export async function retryPost(
  { jid, guid }: { readonly jid: Jid; readonly guid: Guid },
  store: BridgeStore,
  effects: Pick<BridgeEffects, "wake">,
): Promise<number> {
  const account = await requireAccount(jid, store);
  return await commit(store, effects, async (tx) => {
    const places = await tx.retryDeliveries(account.key, guid);
    if (places === null) throw new DxError("DX_ITEM_NOT_FOUND");
    if (places > 0 && !(await tx.countToday(account.key, "retry", MOST_A_DAY))) {
      throw new DxError("DX_DAILY_LIMIT");
    }
    return places;
  });
}
