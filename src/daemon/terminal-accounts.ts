/** What the operator does with accounts at the terminal, also while a daemon runs. */
import { randomBytes } from "node:crypto";
import { parseGuid, type Jid } from "../activitystreams/ids.ts";
import { exportLines, type ExportLine } from "../bridge/export.ts";
import { moveAccount, type MoveAct } from "../bridge/move.ts";
import { closeByOperator } from "../bridge/registration.ts";
import type { Account } from "../bridge/ports.ts";
import type { Config } from "../config.ts";
import { DxError } from "../errors/error.ts";
import { silentLog } from "../log/log.ts";
import { createStore } from "../store/adapter.ts";
import { guarded } from "../store/database.ts";
import { everyDoubted, type Doubted } from "../store/leaving.ts";
import type { PersonFacts } from "../activitystreams/person-facts.ts";
import { personFacts } from "../store/person-facts.ts";
import { createRemotePeople } from "../store/remote-cache.ts";
import { createVault, proveKey } from "../store/vault.ts";
import { signMoveWith } from "./accounts.ts";
import { openForTerminal } from "./terminal-database.ts";

export interface TerminalAccounts {
  /** By JID or diaspora* ID. */
  show(name: string): Promise<PersonFacts | null>;
  /** Whose XMPP account may have been deleted. */
  doubted(): Promise<readonly Doubted[]>;
  /** Returns until when it can be undone. Throws DX_NOT_REGISTERED. */
  close(jid: Jid, now: boolean): Promise<Date>;
  /** Throws DX_NOT_REGISTERED when there is nobody to come back. */
  reopen(jid: Jid): Promise<Account>;
  move(act: MoveAct): Promise<Account>;
  /** Throws DX_NOT_REGISTERED. */
  everything(jid: Jid): AsyncIterable<ExportLine>;
}

const DAY_MS = 24 * 60 * 60_000;

export async function withAccounts<T>(
  config: Config,
  work: (accounts: TerminalAccounts) => Promise<T>,
): Promise<T> {
  const database = await openForTerminal(config, silentLog);
  const { db } = database;
  try {
    const vault = createVault(config.security.key);
    await proveKey(db, vault);
    const store = createStore(db, vault, createRemotePeople(db));
    const effects = {
      now: () => new Date(),
      randomGuid: newGuid,
      // The database itself tells the daemon.
      wake: () => undefined,
      signMove: signMoveWith({ db, vault }),
    };
    return await work({
      show: (name) => guarded(() => personFacts(db, name)),
      doubted: () => guarded(() => everyDoubted(db)),
      close: (jid, now) =>
        closeByOperator(jid, now ? 0 : config.xmpp.leaveDays * DAY_MS, store, effects),
      async reopen(jid) {
        const account = await store.reopenAccount(jid);
        if (account === null) throw new DxError("DX_NOT_REGISTERED");
        return account;
      },
      move: (act) => moveAccount(act, store, effects),
      async *everything(jid) {
        const account = await store.accountByJid(jid);
        if (account === null) throw new DxError("DX_NOT_REGISTERED");
        yield* exportLines(account, 0, new Date(), store);
      },
    });
  } finally {
    await database.close();
  }
}

function newGuid() {
  const guid = parseGuid(randomBytes(16).toString("hex"));
  if (guid === null) throw new DxError("DX_INTERNAL");
  return guid;
}
