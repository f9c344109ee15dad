/** How an account stands, for the eyes of those who run the gateway. */
import type { PersonFacts } from "../activitystreams/person-facts.ts";

/** Somebody whose XMPP account may have been deleted. */
export interface DoubtFacts {
  readonly jid: string;
  readonly doubtedAt: Date;
  readonly closedAt: Date | null;
  readonly endsAt: Date | null;
}

export function doubtLine({ jid, doubtedAt, closedAt, endsAt }: DoubtFacts): string {
  const since = `${jid} is doubted since ${dateOf(doubtedAt)}`;
  if (closedAt === null) return `${since}; nothing goes out or in meanwhile`;
  return endsAt === null
    ? `${since}, and closed until it is settled`
    : `${since}, and closed; ends for good on ${dateOf(endsAt)}`;
}

export function personLines(facts: PersonFacts): string[] {
  const { diasporaId, jid, guid, pod, since } = facts;
  return [
    facts.network === "xmpp" ? `${diasporaId}, ${jid ?? ""}` : `${diasporaId}, on ${pod ?? ""}`,
    `  GUID ${guid}, known since ${dateOf(since)}`,
    `  ${stateOf(facts)}`,
    ...(facts.doubtedAt === null ? [] : [`  doubted since ${dateOf(facts.doubtedAt)}`]),
    `  follows ${String(facts.follows)}, followed by ${String(facts.followers)} across the networks`,
    `  ${String(facts.posts)} ${facts.posts === 1 ? "post" : "posts"} here`,
    ...(facts.standing === null ? [] : [`  moderation: ${facts.standing}`]),
  ];
}

function stateOf({ network, closedAt, endsAt, endedAt, returns, movedTo }: PersonFacts): string {
  if (movedTo !== null) return `has moved to ${movedTo}`;
  if (closedAt === null) return network === "xmpp" ? "takes part" : "is there";
  if (endedAt !== null || network === "diaspora") return "has closed the account for good";
  const how = returns ? "has left" : "is closed, and only `person reopen` brings them back";
  return endsAt === null ? how : `${how}; ends for good on ${dateOf(endsAt)}`;
}

export function dateOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
