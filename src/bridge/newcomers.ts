/**
 * What somebody wrote before anybody here followed them: fetched once for each person, readable
 * in the node from then on, and the newest of it shown to whoever begins to follow, once.
 */
import { isDxError } from "../errors/error.ts";
import { commit } from "./commit.ts";
import { nameOf } from "./followers.ts";
import type { Newcomer } from "./people-ports.ts";
import type { BridgeEffects, BridgeStore, BridgeTransaction, KnownPerson } from "./ports.ts";

export interface NewcomerEffects extends BridgeEffects {
  /**
   * Asks the person's pod for their newest public posts, which then come like all others but that
   * what was written until `until` is not shown as news. Throws DxErrors.
   */
  readBack(person: KnownPerson, until: Date): Promise<void>;
  /** Nothing of what it brought waits any more. */
  isWorkedOn(person: KnownPerson): Promise<boolean>;
}

/** Old posts flood nobody: as events so many, in a chat, where each is a message, a handful. */
const MOST_EVENTS = 20;
const MOST_MESSAGES = 3;
/** When a pod that did not answer is asked again; then never. */
const AGAIN_SECONDS: readonly number[] = [30, 300, 1_800];
/** Clocks differ, and pods count in whole seconds: what is not older may come as news yet. */
const CLOCKS_MS = 300_000;
/** While what was fetched is worked on, and how often that is looked at. */
const SOON_SECONDS = 2;
const MOST_LOOKS = 30;

/** To be called now and then. Returns how many were looked after. */
export async function welcomeNewcomers(
  limit: number,
  store: BridgeStore,
  effects: NewcomerEffects,
): Promise<number> {
  const newcomers = await store.transaction((tx) => tx.takeNewcomers(limit));
  const byPerson = Map.groupBy(newcomers, ({ personGuid }) => personGuid);
  // The round lasts as long as its slowest pod, which has a minute (read-back.ts).
  await Promise.all([...byPerson.values()].map((group) => welcomeTo(group, store, effects)));
  return newcomers.length;
}

/** All of them follow the same person. */
async function welcomeTo(
  newcomers: readonly Newcomer[],
  store: BridgeStore,
  effects: NewcomerEffects,
): Promise<void> {
  let wasRead = false;
  // A pod that does not answer is asked once for all of them.
  let asked: Promise<void> | null = null;
  const once: NewcomerEffects = {
    ...effects,
    readBack: (person, until) => (asked ??= effects.readBack(person, until)),
  };
  for (const newcomer of newcomers) {
    const person = await store.remoteByGuid(newcomer.personGuid);
    const known: Newcomer = { ...newcomer, isRead: newcomer.isRead || wasRead };
    const wait: number | null = person === null ? null : await welcome(known, person, store, once);
    wasRead ||= wait === SOON_SECONDS;
    await store.transaction((tx) => tx.putOffNewcomer(newcomer, wait));
  }
}

/** Returns in how many seconds there is more to do; null when it is done. */
async function welcome(
  newcomer: Newcomer,
  person: KnownPerson,
  store: BridgeStore,
  effects: NewcomerEffects,
): Promise<number | null> {
  if (!newcomer.isRead) {
    const again = await readBack(newcomer, person, effects);
    if (again !== null) return again;
    await store.transaction((tx) => tx.markReadBack(person.key));
    return SOON_SECONDS;
  }
  if (newcomer.attempts < MOST_LOOKS && !(await effects.isWorkedOn(person))) return SOON_SECONDS;
  await commit(store, effects, (tx) => showNewest(tx, newcomer, person));
  return null;
}

/** null when the pod has answered, or is asked no more. */
async function readBack(
  { since, attempts }: Newcomer,
  person: KnownPerson,
  effects: NewcomerEffects,
): Promise<number | null> {
  try {
    await effects.readBack(person, new Date(since.getTime() - CLOCKS_MS));
    return null;
  } catch (error) {
    if (!isDxError(error) || error.code === "DX_STORE_UNAVAILABLE") throw error;
    return error.retryable ? (AGAIN_SECONDS[attempts - 1] ?? null) : null;
  }
}

/** Oldest first, to this reader alone, as they read at this moment. */
async function showNewest(
  tx: BridgeTransaction,
  { accountKey, jid, since }: Newcomer,
  person: KnownPerson,
): Promise<void> {
  const { following, blocked, blocking } = await tx.relationship(accountKey, person.key);
  if (!following || blocked || blocking) return;
  const newest = await tx.newestFor({ accountKey, personKey: person.key }, since, MOST_EVENTS);
  const wants = await tx.wantedForms(person.key, jid);
  if (newest.length === 0) return;
  if (wants.event) {
    for (const { id, guid } of newest.toReversed()) {
      await tx.deliver(id, guid, { kind: "jid", addresses: [jid], form: "event" });
    }
  }
  if (!wants.chat) return;
  const text = `The newest posts of ${nameOf(person)}, from before you followed them:`;
  await tx.signal(jid, person.diasporaId, { kind: "words", text });
  for (const { id, guid } of newest.slice(0, MOST_MESSAGES).reverse()) {
    await tx.deliver(id, guid, { kind: "jid", addresses: [jid], form: "chat" });
  }
}
