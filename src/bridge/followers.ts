/**
 * Somebody on the federation follows an XMPP user, and stops. In XMPP's words that is asking to
 * see their presence; whom they let see it gets what they mean for contacts.
 *
 * Between the two stands a state, none → asked → granted or refused, and nothing is sent but at a change of
 * it: two sides that answer each other by themselves would never end.
 */
import type { RelationActivity } from "../activitystreams/activity.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import { commit } from "./commit.ts";
import { pairRoot } from "./contact.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
} from "./ports.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Nobody is asked again sooner, however often the other one stops and begins. */
const ASK_AGAIN_MS = 7 * DAY_MS;
/** One by one; the others of the day are named together. */
const MOST_A_DAY = 20;
const MOST_NAMED = 20;

/** `addressed`: null when it did not come to anybody's mailbox; then it is nobody's. */
export async function receiveRelation(
  tx: BridgeTransaction,
  activity: RelationActivity,
  author: KnownPerson,
  addressed: Account | null,
  effects: BridgeEffects,
): Promise<void> {
  if (addressed === null) return;
  const sharing = activity.verb === "follow";
  const before = await tx.changeRelationship(addressed.key, author.key, {
    sharing,
    blocking: activity.verb === "block",
  });
  if (!sharing) await endAsking(tx, addressed, author);
  // Who is silenced is found in the list of followers, and nobody is told.
  else if (!before.sharing && !before.blocked && author.standing !== "silence") {
    await announce(tx, addressed, author, effects);
  }
}

async function announce(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
  effects: BridgeEffects,
): Promise<void> {
  const now = effects.now();
  const notSince = new Date(now.getTime() - ASK_AGAIN_MS);
  const isNews = await tx.claimAsk(account.key, person.key, { now, notSince });
  if (isNews && (await tx.countToday(account.key, "follower", MOST_A_DAY))) {
    await tellOf(tx, account, person);
    return;
  }
  await tx.keepUntold(account.key, person.key, new Date(now.getTime() + DAY_MS));
}

async function tellOf(tx: BridgeTransaction, account: Account, person: KnownPerson): Promise<void> {
  if ((await tx.preferencesOf(account.key)).followers === "quiet") {
    await tx.tell(account.jid, `${nameOf(person)} follows you now.`);
    return;
  }
  const change = { from: ["none", "refused"], to: "asked" } as const;
  await tx.changePresence(account.key, person.key, change);
  const signal = { kind: "presence", presence: "subscribe", nick: person.name } as const;
  await tx.signal(account.jid, person.diasporaId, signal, pairRoot(account, person));
}

/** RFC 6121 §3.3: the roster then shows that nobody looks any more. */
export async function endAsking(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
): Promise<void> {
  const change = { from: ["asked", "granted"], to: "none" } as const;
  const before = await tx.changePresence(account.key, person.key, change);
  if (before !== "asked" && before !== "granted") return;
  const signal = { kind: "presence", presence: "unsubscribe" } as const;
  await tx.signal(account.jid, person.diasporaId, signal, pairRoot(account, person));
}

/** The user lets the person see their presence; unasked it means nothing. */
export async function acceptFollower(jid: Jid, id: DiasporaId, store: BridgeStore): Promise<void> {
  await between(jid, id, store, async (tx, account, person) => {
    await tx.changePresence(account.key, person.key, { from: ["asked"], to: "granted" });
  });
}

/** The user refuses that, or takes it back: nothing limited goes there any more. */
export async function withdrawFrom(jid: Jid, id: DiasporaId, store: BridgeStore): Promise<void> {
  await between(jid, id, store, async (tx, account, person) => {
    const from = ["none", "asked", "granted"] as const;
    await tx.changePresence(account.key, person.key, { from, to: "refused" });
  });
}

/** Of strangers nothing is done: presence is never answered with an error. */
async function between(
  jid: Jid,
  id: DiasporaId,
  store: BridgeStore,
  work: (tx: BridgeTransaction, account: Account, person: KnownPerson) => Promise<void>,
): Promise<void> {
  const account = await store.accountByJid(jid);
  const person = await store.remoteById(id);
  if (account === null || person === null) return;
  await store.transaction((tx) => work(tx, account, person));
}

/** To be called now and then. Returns how many people were told. */
export async function sendDueDigests(
  limit: number,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<number> {
  for (let sent = 0; sent < limit; sent += 1) {
    if (!(await commit(store, effects, (tx) => sendDigest(tx, effects)))) return sent;
  }
  return limit;
}

async function sendDigest(tx: BridgeTransaction, effects: BridgeEffects): Promise<boolean> {
  const digest = await tx.takeDigest(effects.now());
  if (digest === null) return false;
  const { account, sharers } = digest;
  if (sharers.length > 0) await tx.tell(account.jid, digestText(sharers));
  return true;
}

function digestText(sharers: readonly KnownPerson[]): string {
  const named = sharers.slice(0, MOST_NAMED).map(nameOf).join(", ");
  const more = sharers.length - MOST_NAMED;
  return more > 0
    ? `These people follow you now: ${named}, and ${String(more)} more.`
    : `These people follow you now: ${named}.`;
}

/** A name is the person's own choice; the ID cannot be chosen to look like somebody else's. */
export function nameOf({ name, diasporaId }: KnownPerson): string {
  const shown = name.replace(/\s+/gu, " ").trim().slice(0, 70);
  return shown === "" || shown === diasporaId ? diasporaId : `${shown} (${diasporaId})`;
}
