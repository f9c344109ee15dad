/**
 * What "it" is in somebody's chats: what they answered last, or what came since. Only a help:
 * after a restart it begins with what came last.
 */
import { LRUCache } from "lru-cache";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import type { ChatPorts } from "./chat-ports.ts";
import { shortKey } from "./short-key.ts";

export interface ChatMemory {
  /** They read, answered or made it just now. */
  note(jid: Jid, guid: Guid): Promise<void>;
  it(jid: Jid): Promise<Guid | null>;
  /** Another daemon may have had the stream: what it answered is not known here. */
  forget(): void;
}

/** So many of the newest are remembered: some of them may be deleted. */
const REMEMBERED = 5;

export function createChatMemory(ports: Pick<ChatPorts, "recent">): ChatMemory {
  // By what had come, not by when it was written: the clocks of pods are not ours.
  const last = new LRUCache<string, { readonly guid: Guid; readonly newest: readonly Guid[] }>({
    max: 10_000,
  });
  const newestFor = async (jid: Jid): Promise<Guid[]> =>
    (await ports.recent(jid, null)).slice(0, REMEMBERED).map(({ guid }) => guid);
  return {
    async note(jid, guid) {
      last.set(shortKey(jid), { guid, newest: await newestFor(jid) });
    },
    async it(jid) {
      const known = last.get(shortKey(jid));
      const [newest = null] = await newestFor(jid);
      if (known === undefined) return newest;
      return newest === null || known.newest.includes(newest) ? known.guid : newest;
    },
    forget() {
      last.clear();
    },
  };
}
