/** How much one person, and all of one foreign XMPP domain, may send out: each act costs pods work. */
import type { Acts } from "../activitystreams/acts.ts";
import type { Allowance } from "../activitystreams/allowance.ts";
import { domainOf, type Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { BridgeStore } from "./ports.ts";

export interface Limits {
  /** Of one person, in a day. */
  readonly posts: number;
  readonly comments: number;
  readonly messages: number;
  /** Domains whose people are the operator's own. */
  readonly ownDomains: readonly string[];
  /** Of all others, by their domains. */
  readonly domains: Allowance;
}

/** Where the operator says nothing. */
export const DAILY = { posts: 500, follows: 300 };

type Kind = "posts" | "comments" | "messages";

/** Throws DX_DAILY_LIMIT and DX_TOO_FAST. */
export type Take = (jid: Jid, kind: Kind) => Promise<void>;

export function createTake(limits: Limits, store: BridgeStore): Take {
  return async (jid, kind) => {
    const domain = domainOf(jid);
    if (!limits.ownDomains.includes(domain) && !limits.domains.take(domain)) {
      throw new DxError("DX_TOO_FAST", { detail: "so much comes from your server" });
    }
    const account = await store.accountByJid(jid);
    // The act itself says that only people who take part can do this.
    if (account === null) return;
    const isFree = await store.transaction((tx) => tx.countToday(account.key, kind, limits[kind]));
    if (!isFree) throw new DxError("DX_DAILY_LIMIT");
  };
}

/** What takes something back is never too much. */
export function limitedActs(acts: Acts, take: Take): Acts {
  const after =
    <A extends { readonly jid: Jid }, R>(kind: Kind, act: (one: A) => Promise<R>) =>
    async (one: A): Promise<R> => {
      await take(one.jid, kind);
      return await act(one);
    };
  return {
    ...acts,
    comment: after("comments", acts.comment),
    like: after("comments", acts.like),
    vote: after("comments", acts.vote),
    attend: after("comments", acts.attend),
    edit: after("comments", acts.edit),
    share: after("posts", acts.share),
    post: after("posts", acts.post),
    send: after("messages", acts.send),
  };
}
