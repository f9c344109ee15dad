/** The operations of leaving.ts, erase.ts and moves.ts as the bridge's ports want them. */
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { guarded, type Database, type Queryable } from "./database.ts";
import { eraseAccount, wipeAccount } from "./erase.ts";
import * as leaving from "./leaving.ts";
import * as moves from "./moves.ts";
import { tellNews } from "./news.ts";
import {
  closeLocal,
  openByJid,
  reopenLocal,
  useOfName,
  type Leave,
  type StoredLocal,
  type StoredRemote,
} from "./people.ts";
import type { RemotePeopleStore } from "./remote-cache.ts";
import type { Vault } from "./vault.ts";

/** Those of a transaction, on its connection. */
export function accountsOf(tx: Queryable, remotes: Pick<RemotePeopleStore, "forget">) {
  return {
    takeEnding: (now: Date) => leaving.takeEnding(tx, now),
    everyPod: (localKey: string) => leaving.everyPod(tx, localKey),
    endAccount: (account: StoredLocal) => eraseAccount(tx, account),
    takeTold: (givenUpBefore: Date) => leaving.takeTold(tx, givenUpBefore),
    wipeAccount: (localKey: string, digestOfId: string) => wipeAccount(tx, localKey, digestOfId),
    moveRemote: async (from: StoredRemote, to: StoredRemote) => {
      const moved = await moves.moveRemote(tx, { from: from.key, to: to.key });
      await tellNews(tx, { what: "person", id: from.diasporaId });
      remotes.forget(from.diasporaId);
      return moved;
    },
    moveLocal: (from: StoredLocal, to: StoredLocal, hosted: moves.Move) =>
      moves.moveLocal(tx, from, to, hosted),
    localFollowers: (remoteKey: string) => moves.localFollowers(tx, remoteKey),
  };
}

/** Those that need no other transaction than their own. */
export function accountOperations(db: Database, vault: Pick<Vault, "digest">) {
  return {
    nameUse: (id: DiasporaId) =>
      guarded(() => useOfName(db, id, leaving.departed(vault.digest("departed", id)))),
    closeAccount: (account: StoredLocal, leave?: Leave) =>
      guarded(() => db.transaction((tx) => closeLocal(tx, account, leave))),
    openAccount: (jid: Jid) => guarded(() => openByJid(db, jid)),
    reopenAccount: (jid: Jid) => guarded(() => db.transaction((tx) => reopen(tx, jid))),
    leaverOf: (jid: Jid) => guarded(() => leaving.leaverByJid(db, jid)),
    holdLeaver: (leaver: { readonly key: string }, endsAt?: Date) =>
      guarded(() => leaving.holdLeaver(db, leaver, endsAt)),
    isDoubted: (jid: Jid) => guarded(() => leaving.isDoubted(db, jid)),
    doubted: (before: Date, limit: number) =>
      guarded(() => leaving.doubtedAccounts(db, before, limit)),
    trust: (jid: Jid) => guarded(() => leaving.trustAccount(db, jid)),
    movedTo: (id: DiasporaId) => guarded(() => moves.movedTo(db, id)),
  };
}

async function reopen(tx: Queryable, jid: Jid): Promise<StoredLocal | null> {
  const account = await reopenLocal(tx, jid);
  await leaving.trustAccount(tx, jid);
  return account;
}
