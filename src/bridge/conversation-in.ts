/**
 * Private conversations that come from the federation. Each copy is for the one local person to
 * whose mailbox it came, and only when they and its sender take part.
 */
import {
  isAbout,
  type ConversationActivity,
  type MessageActivity,
} from "../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { conversationActivity } from "./circle.ts";
import type { Account, BridgeTransaction, KnownPerson } from "./ports.ts";

/** More messages at once does nobody begin with. */
const MAX_MESSAGES = 100;
const MOST_NAMED = 20;
/** An answer goes to each of them, whoever they are. */
const MAX_PARTICIPANTS = 100;

export async function receiveConversation(
  tx: BridgeTransaction,
  activity: ConversationActivity,
  author: KnownPerson,
  addressed: Account | null,
): Promise<void> {
  if (addressed === null || activity.object.participants.length > MAX_PARTICIPANTS) return;
  if (!(await mayWrite(tx, author, addressed))) return;
  const { guid } = activity.object;
  const messages = activity.object.messages.slice(0, MAX_MESSAGES);
  const bounded = { ...activity, object: { ...activity.object, messages } };
  const known = await keep(tx, guid, author, bounded);
  const begun = known === null ? null : await conversationActivity(tx, guid);
  if (known === null || begun === null) return;
  if (!areIn(begun.participants, author, addressed)) return;
  if (!(await tx.addAudience(known, addressed.key))) return;
  for (const { published, ...object } of begun.messages) {
    // By itself it is no news then.
    const nested = await keep(tx, object.guid, author, { ...activity, object, published });
    if (nested !== null) await tx.addAudience(nested, addressed.key);
  }
  const participantKeys = [author.key, addressed.key];
  await tx.insertConversation({ guid, subject: begun.subject, participantKeys });
  await nameOthers(tx, begun.participants, guid, author, addressed);
  await show(tx, known, guid, addressed);
}

export async function receiveMessage(
  tx: BridgeTransaction,
  activity: MessageActivity,
  author: KnownPerson,
  addressed: Account | null,
): Promise<void> {
  if (addressed === null) return;
  const { guid, conversation } = activity.object;
  const above = await tx.findActivity(conversation);
  // It may be on the way still: they are sent one after the other, and arrive as they like.
  if (above === null) throw new DxError("DX_PARENT_NOT_FOUND");
  const begun = await conversationActivity(tx, conversation);
  if (begun === null || !areIn(begun.participants, author, addressed)) return;
  if ((await tx.relationship(addressed.key, author.key)).blocked) return;
  const known = await keep(tx, guid, author, activity);
  if (known === null || !(await tx.addAudience(known, addressed.key))) return;
  await show(tx, known, conversation, addressed);
}

/** As on a pod: who writes first must be a contact, in whichever direction. */
async function mayWrite(
  tx: BridgeTransaction,
  author: KnownPerson,
  addressed: Account,
): Promise<boolean> {
  const is = await tx.relationship(addressed.key, author.key);
  return !is.blocked && (is.following || (is.sharing && author.standing !== "silence"));
}

function areIn(
  participants: readonly DiasporaId[],
  author: KnownPerson,
  addressed: Account,
): boolean {
  return [author, addressed].every(({ diasporaId }) => participants.includes(diasporaId));
}

/** Its row, new or from another copy; null for what is somebody else's, something else, or gone. */
async function keep(
  tx: BridgeTransaction,
  guid: Guid,
  author: KnownPerson,
  activity: ConversationActivity | MessageActivity,
): Promise<string | null> {
  const facts = isAbout(activity, "message") ? { aboveGuid: activity.object.conversation } : {};
  const made = await tx.insertActivity(guid, author.key, activity, facts);
  if (made !== null) return made;
  const known = await tx.findActivity(guid);
  const there = known?.activity ?? null;
  if (known === null || there === null || known.authorKey !== author.key) return null;
  return sameThing(there, activity) ? known.id : null;
}

function sameThing(
  known: Parameters<typeof isAbout>[0],
  activity: ConversationActivity | MessageActivity,
): boolean {
  if (isAbout(activity, "conversation")) return isAbout(known, "conversation");
  return isAbout(known, "message") && known.object.conversation === activity.object.conversation;
}

/** A chat shows two; whoever else reads along is said once, before the first words. */
async function nameOthers(
  tx: BridgeTransaction,
  participants: readonly DiasporaId[],
  guid: Guid,
  author: KnownPerson,
  addressed: Account,
): Promise<void> {
  const others = participants.filter(
    (id) => id !== author.diasporaId && id !== addressed.diasporaId,
  );
  if (others.length === 0) return;
  const more = others.length - MOST_NAMED;
  const named = others.slice(0, MOST_NAMED).join(", ");
  const text = `Also in this conversation, and reading what is answered in its thread: ${named}${
    more > 0 ? `, and ${String(more)} more` : ""
  }.`;
  await tx.signal(addressed.jid, author.diasporaId, { kind: "words", text }, guid);
}

async function show(
  tx: BridgeTransaction,
  activityId: string,
  conversation: Guid,
  { jid, key }: Account,
): Promise<void> {
  await tx.touchConversation(conversation, key, null);
  await tx.deliver(activityId, conversation, { kind: "jid", addresses: [jid], form: "chat" });
}
