/**
 * XMPP accounts that may have been deleted, and given to somebody else: their server took back that
 * we see the presence. It does so too when somebody only removes the gateway from the contacts, so
 * nothing is erased for a doubt alone.
 */
import type { Jid } from "../activitystreams/ids.ts";
import { isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import type { Doubt } from "./account-ports.ts";
import { commit } from "./commit.ts";
import type { Account, BridgeEffects, BridgeStore } from "./ports.ts";
import { dayOf, type RegistrationRules, type Sameness } from "./registration.ts";

export type DoubtRules = Pick<RegistrationRules, "isSame" | "graceMs">;

export interface DoubtEffects extends Pick<BridgeEffects, "now" | "wake"> {
  /** Trusted again: to see their presence is asked for anew. */
  readonly onTrusted: (jid: Jid) => Promise<void>;
  /** So many at once are not deleted: a server has lost its rosters. */
  readonly onTooMany: (count: number) => void;
  readonly log: Log;
}

/** Looked at in one turn; of more nobody is closed. */
const MOST_DOUBTS = 20;

interface Look {
  readonly doubt: Doubt;
  readonly account: Account;
  /** null where nothing was found out: it is tried the next time. */
  readonly sameness: Sameness | null;
}

/**
 * To be called every few seconds: each look may be the one at which nothing is there yet that
 * somebody else could show later. Who is the same whenever it was looked, until the doubt is older
 * than `before`, is trusted. Who is not takes part no more.
 */
export async function settleDoubts(
  before: Date,
  rules: DoubtRules,
  store: BridgeStore,
  effects: DoubtEffects,
): Promise<void> {
  const doubts = await store.doubted(before, MOST_DOUBTS);
  const total = doubts[0]?.total ?? 0;
  if (total > MOST_DOUBTS) effects.onTooMany(total);
  const looks = await Promise.all(doubts.map((doubt) => look(doubt, rules, store)));
  for (const seen of looks) {
    if (seen === null) continue;
    if (seen.sameness === "other" && !seen.doubt.held) await store.holdLeaver(seen.account);
    if (seen.sameness === "same") await trust(seen, store, effects);
    else if (total <= MOST_DOUBTS) await close(seen, rules, store, effects);
  }
}

async function look(doubt: Doubt, rules: DoubtRules, store: BridgeStore): Promise<Look | null> {
  const account = await store.openAccount(doubt.jid);
  if (account === null) return null;
  if (doubt.held) return { doubt, account, sameness: "other" };
  const sameness = await rules.isSame(doubt.jid, account.key).catch((error: unknown) => {
    if (isDxError(error)) return null;
    throw error;
  });
  return { doubt, account, sameness };
}

async function trust(
  { doubt: { due, jid } }: Look,
  store: BridgeStore,
  effects: DoubtEffects,
): Promise<void> {
  // An account that is being deleted has its items for a moment still.
  if (!due) return;
  await store.trust(jid);
  await effects.onTrusted(jid);
}

async function close(
  { doubt: { due, jid }, account, sameness }: Look,
  { graceMs }: DoubtRules,
  store: BridgeStore,
  effects: DoubtEffects,
): Promise<void> {
  if (sameness === null || sameness === "same" || (sameness !== "other" && !due)) return;
  // Only who is surely somebody else has an end.
  const endsAt = sameness === "other" ? new Date(effects.now().getTime() + graceMs) : null;
  // By the operator alone: posts are public, and whoever has the address now could show copies.
  await store.closeAccount(account, { endsAt, returns: false });
  effects.log.warn({ jid, endsAt, sameness }, "a doubted account was closed: see `person doubted`");
  await commit(store, effects, (tx) => tx.tell(jid, doubtText(sameness, endsAt)));
}

const WITHDRAWN =
  "Your server no longer lets this gateway see your presence, as it is when an account is deleted " +
  "and when the gateway is removed from the contacts, and ";
const CLOSED = " So nothing is posted to the federation from this address any more. ";

function doubtText(sameness: Exclude<Sameness, "same">, endsAt: Date | null): string {
  const operator = "ask the operator to open your account again";
  switch (sameness) {
    case "other":
      return (
        `${WITHDRAWN}the last posts that are known here are not in your microblog as they were.` +
        `${CLOSED}If you are the same person, ${operator}` +
        (endsAt === null ? "." : ` before ${dayOf(endsAt)}: then it ends.`)
      );
    case "unknown":
      return (
        `${WITHDRAWN}this gateway may not read your microblog.${CLOSED}Nothing is erased. If you ` +
        `are the same person, ${operator}.`
      );
    case "nothing":
      return (
        `${WITHDRAWN}no post of yours is known here by which you could be recognized.${CLOSED}` +
        `Nothing is erased. If you are the same person, ${operator}.`
      );
  }
}
