/**
 * How much one person may say: each act costs work here and on pods. Also whether a message
 * came before, because clients and servers repeat themselves after a cut (pitfall 12: by sender,
 * id and words, never by id alone).
 */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Jid } from "../activitystreams/ids.ts";
import { shortKey } from "./short-key.ts";

export interface ChatPace {
  /** `last`: over the limit for the first time in this minute, so they can be told. */
  take(jid: Jid): "ok" | "last" | "over";
  /** Whether it was dealt with before. */
  isKnown(key: string): boolean;
  /** It is dealt with. What failed is not, so that it can be sent again. */
  done(key: string): void;
}

const PER_MINUTE = 30;
const MINUTE_MS = 60_000;
const KEYS = 10_000;
const REPEAT_MS = 3_600_000;

export function createChatPace(now: () => number = Date.now): ChatPace {
  const minutes = new LRUCache<string, { since: number; count: number }>({ max: KEYS });
  // A repeat after a cut comes soon.
  const seen = new LRUCache<string, true>({ max: KEYS, ttl: REPEAT_MS });
  return {
    take: (jid) => {
      const key = shortKey(jid);
      const known = minutes.get(key);
      const isOver = known === undefined || now() - known.since >= MINUTE_MS;
      const minute = isOver ? { since: now(), count: 0 } : known;
      minute.count += 1;
      if (isOver) minutes.set(key, minute);
      if (minute.count <= PER_MINUTE) return "ok";
      return minute.count === PER_MINUTE + 1 ? "last" : "over";
    },
    isKnown: (key) => seen.has(key),
    done: (key) => {
      seen.set(key, true);
    },
  };
}

/** Of a message: the same for the same words under the same id. */
export function keyOf(jid: Jid, id: string, words: string): string {
  return createHash("sha256").update([jid, id, words].join("\0")).digest("hex");
}
