/**
 * How much one sender, and one host that is not the operator's, may do in a time: a bucket that
 * holds some and fills up slowly. Who is forgotten begins with a full one, so that a flood under
 * many names takes nothing from anybody else; and its host has a bucket too.
 */
import { LRUCache } from "lru-cache";
import { domainOf, type Jid } from "../activitystreams/ids.ts";
import { shortKey } from "./short-key.ts";

/** IQs, those that change something, presence subscriptions, pubsub events and presence, other messages. */
export type Paced = "question" | "change" | "subscription" | "news" | "message";

interface Bucket {
  readonly holds: number;
  readonly perSecond: number;
}

/** More than a client does when somebody with hundreds of contacts begins. */
const PACES: Readonly<Record<Paced, Bucket>> = {
  question: { holds: 500, perSecond: 5 },
  change: { holds: 200, perSecond: 2 },
  subscription: { holds: 200, perSecond: 1 },
  news: { holds: 500, perSecond: 5 },
  message: { holds: 100, perSecond: 2 },
};
/** How many of its people a foreign host may have at their limit. */
const PER_HOST = 10;

const JIDS = 10_000;
const HOSTS = 1_000;

export interface Pace {
  /** False when it is too much for now. */
  allows(from: Jid, what: Paced): boolean;
}

interface Level {
  tokens: number;
  at: number;
}

export function createPace(isOurs: (host: string) => boolean, now: () => number): Pace {
  const jids = new LRUCache<string, Level>({ max: JIDS });
  const hosts = new LRUCache<string, Level>({ max: HOSTS });

  function levelOf(levels: LRUCache<string, Level>, key: string, bucket: Bucket): Level {
    const short = shortKey(key);
    const before = levels.get(short);
    const level = before ?? { tokens: bucket.holds, at: now() };
    // The clock may be set back.
    const passed = Math.max(0, now() - level.at) / 1000;
    level.tokens = Math.min(bucket.holds, level.tokens + passed * bucket.perSecond);
    level.at = now();
    if (before === undefined) levels.set(short, level);
    return level;
  }

  return {
    allows: (from, what) => {
      const host = domainOf(from);
      const { holds, perSecond } = PACES[what];
      const levels: Level[] = [];
      if (!isOurs(host)) {
        const bucket = { holds: holds * PER_HOST, perSecond: perSecond * PER_HOST };
        levels.push(levelOf(hosts, `${what} ${host}`, bucket));
      }
      if (!isOurs(from)) levels.push(levelOf(jids, `${what} ${from}`, PACES[what]));
      if (levels.some(({ tokens }) => tokens < 1)) return false;
      for (const level of levels) level.tokens -= 1;
      return true;
    },
  };
}
