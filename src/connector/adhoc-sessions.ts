/**
 * Forms that were shown and not yet sent back (XEP-0050 §3.1): each belongs to one client
 * and one command, ends by itself, and there are only so many, of each person and altogether.
 */
import { randomBytes } from "node:crypto";
import type { FullJid, Jid } from "../activitystreams/ids.ts";

/** Who was shown a form. XEP-0050 §3.1: a session is of the full JID. */
export interface Caller {
  readonly bare: Jid;
  readonly full: FullJid;
}

export interface AdhocSessions {
  /** Where a person has too many, their own oldest is forgotten. */
  begin(caller: Caller, node: string): string;
  /** False when there is none such for this client and command. It is over either way. */
  end(id: string, caller: Caller, node: string): boolean;
}

export interface SessionLimits {
  readonly count: number;
  readonly perJid: number;
  readonly ms: number;
}

interface Session {
  readonly caller: Caller;
  readonly node: string;
  readonly until: number;
}

export function createAdhocSessions(limits: SessionLimits, now: () => number): AdhocSessions {
  // In order of their beginning.
  const sessions = new Map<string, Session>();

  function makeRoom(bare: Jid): void {
    for (const [id, { until }] of sessions) {
      if (until > now() && sessions.size < limits.count) break;
      sessions.delete(id);
    }
    const own = [...sessions].filter(([, { caller }]) => caller.bare === bare);
    for (const [id] of own.slice(0, Math.max(0, own.length - limits.perJid + 1))) {
      sessions.delete(id);
    }
  }

  return {
    begin: (caller, node) => {
      makeRoom(caller.bare);
      const id = randomBytes(16).toString("hex");
      sessions.set(id, { caller, node, until: now() + limits.ms });
      return id;
    },
    end: (id, { full }, node) => {
      const session = sessions.get(id);
      if (session?.caller.full !== full || session.node !== node) return false;
      sessions.delete(id);
      return session.until > now();
    },
  };
}
