/**
 * Shares of what is being dealt with at once: for each sender, for each host that is not the
 * operator's, and for all of those together, so that there is always room for people of this
 * server. What the server itself and its services send has no share of its own.
 */
import { domainOf, type Jid } from "../activitystreams/ids.ts";

export interface CrowdLimits {
  readonly all: number;
  readonly strangers: number;
  readonly perHost: number;
  readonly perJid: number;
}

export interface Crowd {
  /** Returns what ends it; null when there is no room. */
  enter(from: Jid): (() => void) | null;
}

export function createCrowd(limits: CrowdLimits, isOurs: (host: string) => boolean): Crowd {
  // Only of those who are in: as many as `all` at most.
  const inside = new Map<string, number>();

  function sharesOf(from: Jid): (readonly [share: string, limit: number])[] {
    const host = domainOf(from);
    const shares: (readonly [string, number])[] = [["all", limits.all]];
    if (!isOurs(host)) shares.push(["strangers", limits.strangers], [`at ${host}`, limits.perHost]);
    if (!isOurs(from)) shares.push([`of ${from}`, limits.perJid]);
    return shares;
  }

  const change = (share: string, by: number): void => {
    const count = (inside.get(share) ?? 0) + by;
    if (count === 0) inside.delete(share);
    else inside.set(share, count);
  };

  return {
    enter: (from) => {
      const shares = sharesOf(from);
      if (shares.some(([share, limit]) => (inside.get(share) ?? 0) >= limit)) return null;
      for (const [share] of shares) change(share, 1);
      return () => {
        for (const [share] of shares) change(share, -1);
      };
    },
  };
}
