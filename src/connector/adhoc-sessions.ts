/**
 * Forms that were shown and not yet sent back (XEP-0050 §3.1): each belongs to one person
 * and one command, ends by itself, and there are only so many.
 */
import { randomBytes } from "node:crypto";
import type { Jid } from "../activitystreams/ids.ts";

export interface AdhocSessions {
  begin(caller: Jid, node: string): string;
  /** False when there is none such for this person and command. It is over either way. */
  end(id: string, caller: Jid, node: string): boolean;
}

export function createAdhocSessions(
  limits: { readonly count: number; readonly ms: number },
  now: () => number,
): AdhocSessions {
  const sessions = new Map<string, { owner: string; until: number }>();
  const ownerOf = (caller: Jid, node: string): string => `${caller} ${node}`;

  return {
    begin: (caller, node) => {
      for (const [id, { until }] of sessions) {
        // In order of their beginning, so the first that is alive ends the search.
        if (until > now() && sessions.size < limits.count) break;
        sessions.delete(id);
      }
      const id = randomBytes(16).toString("hex");
      sessions.set(id, { owner: ownerOf(caller, node), until: now() + limits.ms });
      return id;
    },
    end: (id, caller, node) => {
      const session = sessions.get(id);
      if (session?.owner !== ownerOf(caller, node)) return false;
      sessions.delete(id);
      return session.until > now();
    },
  };
}
