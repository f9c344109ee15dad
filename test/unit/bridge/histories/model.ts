/**
 * Who may see what, by itself: a few rules in memory, told of everything that people do. It
 * knows nothing of the store, and the store nothing of it.
 */
import type { Guid } from "../../../../src/activitystreams/ids.ts";

export const LOCALS = ["bob", "dave", "eve"] as const;
export const REMOTES = ["alice", "adam", "carol", "dan"] as const;
export type Local = (typeof LOCALS)[number];
export type Remote = (typeof REMOTES)[number];
export type Name = Local | Remote;

/** Of a local and a remote person. */
export interface Tie {
  following: boolean;
  sharing: boolean;
  blocking: boolean;
  blocked: boolean;
  /** There was ever something between them. */
  met: boolean;
  /** Whether the local one lets the remote one see the presence. */
  presence: "none" | "asked" | "granted" | "refused";
  askedOnce: boolean;
}

export interface Thing {
  readonly guid: Guid;
  /** A word that stands in nothing else. */
  readonly token: string;
  readonly author: Name;
  /** Itself, of a post or share. */
  readonly root: Thing;
  readonly kind: "post" | "comment" | "share";
  /** null: everybody. Of a limited post. */
  readonly readers: Set<Name> | null;
  deleted: boolean;
}

export function isLocal(name: Name): name is Local {
  return LOCALS.some((local) => local === name);
}

export function createModel() {
  const ties = new Map<string, Tie>();
  const things: Thing[] = [];

  function tie(local: Local, remote: Remote): Tie {
    const key = `${local} ${remote}`;
    const known = ties.get(key) ?? {
      ...{ following: false, sharing: false, blocking: false, blocked: false },
      ...{ met: false, presence: "none", askedOnce: false },
    };
    ties.set(key, known);
    return known;
  }

  function isContact(local: Local, remote: Remote): boolean {
    const { blocked, blocking, presence, following, sharing } = tie(local, remote);
    if (blocked || blocking) return false;
    return presence === "granted" || (presence === "none" && following && sharing);
  }

  /** One of the two wants nothing of the other. */
  function areApart(one: Name, other: Name): boolean {
    if (isLocal(one) === isLocal(other)) return false;
    const [local, remote] = isLocal(one) ? [one, other as Remote] : [other as Local, one];
    const { blocked, blocking } = tie(local, remote);
    return blocked || blocking;
  }

  return {
    things,
    tie,
    isContact,
    areApart,
    contactsOf: (local: Local): Remote[] => REMOTES.filter((one) => isContact(local, one)),
    /** As it is now: to whom more of it may go. `null`: a stranger. */
    maySee({ root, author }: Thing, who: Name | null): boolean {
      if (root.readers === null) return true;
      if (who === null) return false;
      if (who === root.author || who === author) return true;
      if (!root.readers.has(who)) return false;
      return !isLocal(root.author) || isLocal(who) || isContact(root.author, who);
    },
    follow(local: Local, remote: Remote): boolean {
      const it = tie(local, remote);
      if (it.blocked) return false;
      Object.assign(it, { following: true, met: true });
      return true;
    },
    unfollow(local: Local, remote: Remote): void {
      tie(local, remote).following = false;
    },
    block(local: Local, remote: Remote): void {
      const it = tie(local, remote);
      if (!it.blocked) endPresence(it);
      Object.assign(it, { blocked: true, following: false, met: true });
    },
    unblock(local: Local, remote: Remote): void {
      tie(local, remote).blocked = false;
    },
    contact(local: Local, remote: Remote, verb: "follow" | "unfollow" | "block"): void {
      const it = tie(local, remote);
      const isNews = verb === "follow" && !it.sharing && !it.blocked;
      Object.assign(it, { sharing: verb === "follow", blocking: verb === "block", met: true });
      if (verb !== "follow") endPresence(it);
      else if (isNews && !it.askedOnce && it.presence !== "asked" && it.presence !== "granted") {
        Object.assign(it, { askedOnce: true, presence: "asked" });
      }
    },
    accept(local: Local, remote: Remote): void {
      const it = tie(local, remote);
      if (it.presence === "asked") it.presence = "granted";
    },
    withdraw(local: Local, remote: Remote): void {
      const it = tie(local, remote);
      if (it.met) it.presence = "refused";
    },
    /** What is said below a post goes with it. */
    remove(thing: Thing): void {
      for (const one of things) if (one === thing || one.root === thing) one.deleted = true;
    },
  };
}

function endPresence(it: Tie): void {
  if (it.presence === "asked" || it.presence === "granted") it.presence = "none";
}

export type Model = ReturnType<typeof createModel>;
