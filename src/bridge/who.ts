/**
 * Who can see this? Asked of what is there, or of what somebody would write now; answered by
 * what sends it (audience.ts, node-readers.ts).
 */
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type { DraftReach, Reach } from "../activitystreams/reach.ts";
import { requireAccount } from "./actor.ts";
import { recipientsOfMore, recipientsOfNew } from "./audience.ts";
import { contactsShown } from "./node-readers.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
} from "./ports.ts";
import { requireTarget, type Top } from "./thread.ts";

/** How a person's server shows the newest item of their microblog. */
export interface MicroblogView {
  readonly stranger: boolean;
  readonly shows: (id: DiasporaId) => Promise<boolean>;
}

/** Throws what requireTarget throws. */
export async function whoSees(
  jid: Jid,
  guid: Guid,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Reach> {
  const account = await requireAccount(jid, store);
  return await store.transaction(async (tx) => {
    const { top } = await requireTarget(tx, account, guid, effects);
    return await reachOf(tx, top, account);
  });
}

export async function whoWouldSee(
  jid: Jid,
  view: MicroblogView,
  store: BridgeStore,
): Promise<DraftReach> {
  const account = await requireAccount(jid, store);
  const shown = view.stranger ? null : await contactsShown(account, view.shows, store);
  return await store.transaction(async (tx) => ({
    microblog: shown === null ? await everybody(tx, account) : limitedTo(shown, true),
    contacts: limitedTo(await tx.limitedReaders(account.key), false),
  }));
}

async function reachOf(tx: BridgeTransaction, top: Top, account: Account): Promise<Reach> {
  const { author, audience, authorKey } = top;
  if (authorKey !== account.key) {
    return { audience: "others", author: author.diasporaId, public: audience === "public" };
  }
  if (audience === "public") {
    return { audience, pods: sorted((await recipientsOfMore(tx, top)).addresses) };
  }
  const readers = await tx.limitedAudience(top.id);
  const those = (wanted: boolean): KnownPerson[] =>
    readers.flatMap(({ person, still }) => (still === wanted ? [person] : []));
  // What a command wrote has no name but its GUID.
  const ownNode = top.itemId !== top.guid;
  return { audience, people: those(true), former: those(false), ownNode };
}

async function everybody(tx: BridgeTransaction, account: Account): Promise<Reach> {
  const readers = { only: null, mentioned: [] };
  const { addresses } = await recipientsOfNew(tx, account.key, readers);
  return { audience: "public", pods: sorted(addresses) };
}

function limitedTo(people: readonly KnownPerson[], ownNode: boolean): Reach {
  return { audience: "limited", people, former: [], ownNode };
}

function sorted(addresses: readonly string[]): string[] {
  return [...addresses].sort();
}
