/** Which conversation a private message belongs to, and whom it reaches there. */
import { isAbout, type Conversation } from "../activitystreams/activity.ts";
import type { SendAct } from "../activitystreams/acts.ts";
import { parseGuid, type DiasporaId, type Guid } from "../activitystreams/ids.ts";
import { isDxError } from "../errors/error.ts";
import { findOpen } from "./contact.ts";
import { digestGuid } from "./guids.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownConversation,
  KnownPerson,
} from "./ports.ts";

/** Without a thread, what is said within this time belongs together. */
const WINDOW_MS = 12 * 60 * 60_000;
/** diaspora-protocol.md §3: more does no pod take. */
const MAX_SUBJECT = 255;

export interface Circle {
  readonly guid: Guid;
  /** With this message. */
  readonly begins: boolean;
  readonly remote: readonly KnownPerson[];
  readonly local: readonly Account[];
}

export async function circleOf(
  act: SendAct,
  account: Account,
  person: KnownPerson,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Circle> {
  const found = await store.transaction((tx) => findRunning(tx, act, account, person, effects));
  if (found === null) {
    const named = act.thread === null ? `message ${act.key}` : `thread ${act.thread}`;
    const guid = digestGuid(effects, "conversation", act.jid, act.to, named);
    return { guid, begins: true, remote: [person], local: [] };
  }
  const { guid, participants: members } = found.conversation;
  const local = members.flatMap((one) => ("jid" in one && one.key !== account.key ? [one] : []));
  const here = [account, ...local].map(({ diasporaId }) => diasporaId);
  const ids = found.participants.filter((id) => !here.includes(id));
  const remote = await Promise.all(ids.map((id) => findParticipant(id, store, effects)));
  return {
    guid,
    begins: false,
    remote: remote.filter((one) => one !== null),
    local,
  };
}

/** null for who is not there (any more): the others get it all the same. */
async function findParticipant(
  id: DiasporaId,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<KnownPerson | null> {
  try {
    return await findOpen(id, store, effects);
  } catch (error) {
    if (isDxError(error) && !error.retryable) return null;
    throw error;
  }
}

interface Running {
  readonly conversation: KnownConversation;
  readonly participants: readonly DiasporaId[];
}

async function findRunning(
  tx: BridgeTransaction,
  act: SendAct,
  account: Account,
  person: KnownPerson,
  effects: BridgeEffects,
): Promise<Running | null> {
  // A client that answers us takes the thread that we gave, which is the conversation's GUID.
  const guid = act.conversation ?? parseGuid(act.thread ?? "");
  const found = guid === null ? null : await tx.findConversation(guid);
  const named = found !== null && isIn(found, account) && isIn(found, person) ? found : null;
  const conversation = named ?? (await tx.conversationFor(account.key, person.key, act.thread));
  if (conversation === null) return null;
  const begun = await conversationActivity(tx, conversation.guid);
  if (begun === null) return null;
  const running = { conversation, participants: begun.participants };
  return named === null && isOver(running, act, effects) ? null : running;
}

function isIn(conversation: KnownConversation, one: { readonly key: string }): boolean {
  return conversation.participants.some(({ key }) => key === one.key);
}

/**
 * A thread has no end. Without one, another subject or a long silence is one; and who writes to
 * one person only does not mean a larger circle in which that person wrote last.
 */
function isOver(
  { conversation: { subject, touched }, participants }: Running,
  act: SendAct,
  effects: BridgeEffects,
): boolean {
  if (act.thread !== null) return false;
  if (participants.length > 2) return true;
  if (act.subject !== null && subjectOf(act.subject) !== subject) return true;
  return effects.now().getTime() - touched.getTime() > WINDOW_MS;
}

/** null when it is gone, or there is something else under this GUID. */
export async function conversationActivity(
  tx: BridgeTransaction,
  guid: Guid,
): Promise<Conversation | null> {
  const activity = (await tx.findActivity(guid))?.activity ?? null;
  return activity !== null && isAbout(activity, "conversation") ? activity.object : null;
}

export function subjectOf(text: string): string {
  return [...text.replace(/\s+/gu, " ").trim()].slice(0, MAX_SUBJECT).join("").trim();
}
