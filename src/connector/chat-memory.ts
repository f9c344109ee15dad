/**
 * What "it" is in somebody's chats: what they answered last, or what came since. Only a help:
 * after a restart it begins with what came last.
 */
import { LRUCache } from "lru-cache";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import type { ChatPorts } from "./chat-ports.ts";

export interface ChatMemory {
  /** They read, answered or made it just now. */
  note(jid: Jid, guid: Guid): void;
  it(jid: Jid): Promise<Guid | null>;
}

export function createChatMemory(
  ports: Pick<ChatPorts, "recent">,
  now: () => number = Date.now,
): ChatMemory {
  const last = new LRUCache<Jid, { guid: Guid; at: number }>({ max: 10_000 });
  return {
    note: (jid, guid) => last.set(jid, { guid, at: now() }),
    it: async (jid) => {
      const known = last.get(jid);
      const [newest] = await ports.recent(jid, null);
      if (known === undefined) return newest?.guid ?? null;
      const isNewer = newest !== undefined && newest.published.getTime() > known.at;
      return isNewer ? newest.guid : known.guid;
    },
  };
}
