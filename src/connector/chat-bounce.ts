/**
 * Messages that came back (pitfall 68): who has blocked somebody gets nothing of them any more,
 * at once; an account that is not there gets nothing when it was away for days. Counted in
 * memory: after a restart it only takes longer.
 */
import { LRUCache } from "lru-cache";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import type { XmlElement } from "../xml/element.ts";
import { shortKey } from "./short-key.ts";
import { errorFacts } from "./stanza.ts";

export interface BounceOptions {
  /** This person wants nothing of that one; of the bridge itself where it is null. */
  blocked(jid: Jid, person: DiasporaId | null): Promise<void>;
  /** Nobody is there any more: nothing is delivered. */
  gone(jid: Jid): Promise<void>;
  readonly now?: () => number;
}

export interface Bounces {
  /** An error came back for what `person` had said to them. */
  bounced(jid: Jid, person: DiasporaId | null, stanza: XmlElement): Promise<void>;
  /** They are there. */
  heard(jid: Jid): void;
}

const DAY_MS = 24 * 3_600_000;

interface Patience {
  /** On so many days … */
  readonly strikes: number;
  /** … and so long from the first to the last. */
  readonly ms: number;
}

const GONE: Patience = { strikes: 3, ms: 3 * DAY_MS };
// RFC 6121 §8.5.2 and XEP-0191 §3.3: who is offline where nothing is kept, and who has blocked
// the sender, look the same. A holiday is shorter.
const UNAVAILABLE: Patience = { strikes: 5, ms: 30 * DAY_MS };

const NOBODY_THERE = new Set(["gone", "item-not-found", "remote-server-not-found"]);

interface Strikes {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

const MOST_JIDS = 10_000;
/** Of one JID. */
const MOST_PEOPLE = 100;

export function createBounces(options: BounceOptions): Bounces {
  const now = options.now ?? Date.now;
  /** By what is counted: a person who wrote, or that nobody is there. */
  const known = new LRUCache<string, Map<string, Strikes>>({ max: MOST_JIDS });

  /** True when that was once too often. One day's bounces are one: a server may be down for it. */
  function struck(jid: Jid, what: string, patience: Patience): boolean {
    const key = shortKey(jid);
    const counted = known.get(key) ?? new Map<string, Strikes>();
    if (counted.size >= MOST_PEOPLE && !counted.has(what)) return false;
    known.set(key, counted);
    const before = counted.get(what) ?? { first: now(), last: now() - DAY_MS, count: 0 };
    if (now() - before.last < DAY_MS) return false;
    const strike = { ...before, last: now(), count: before.count + 1 };
    counted.set(what, strike);
    if (strike.count < patience.strikes || now() - strike.first < patience.ms) return false;
    counted.delete(what);
    return true;
  }

  return {
    bounced: async (jid, person, stanza) => {
      const { condition, application } = errorFacts(stanza);
      if (application === "blocked") await options.blocked(jid, person);
      else if (NOBODY_THERE.has(condition)) {
        if (struck(jid, "gone", GONE)) await options.gone(jid);
      } else if (condition === "service-unavailable") {
        if (struck(jid, shortKey(person ?? ""), UNAVAILABLE)) await options.blocked(jid, person);
      }
    },
    heard: (jid) => {
      known.delete(shortKey(jid));
    },
  };
}
