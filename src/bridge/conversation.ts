/**
 * A private message to somebody on the federation. Each belongs to a conversation, which stands
 * for the thread of a chat client; the first of a thread begins it.
 */
import type {
  ConversationActivity,
  Message,
  MessageActivity,
} from "../activitystreams/activity.ts";
import type { SendAct } from "../activitystreams/acts.ts";
import { personAddress } from "../activitystreams/delivery.ts";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { actorOf, requireAccount, wordsOf } from "./actor.ts";
import { circleOf, subjectOf, type Circle } from "./circle.ts";
import { commit } from "./commit.ts";
import { findOpen } from "./contact.ts";
import { digestGuid } from "./guids.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
} from "./ports.ts";

/**
 * Returns the message's GUID. Throws DX_NOT_REGISTERED, DX_NO_WORDS, DX_NOT_CONTACT, DX_BLOCKED,
 * DX_PERSON_GONE, and what discovery throws.
 */
export async function send(
  act: SendAct,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Guid> {
  const account = await requireAccount(act.jid, store);
  const markdown = wordsOf(act.markdown);
  const person = await findOpen(act.to, store, effects);
  const circle = await circleOf(act, account, person, store, effects);
  const message: Message & { readonly published: Date } = {
    type: "message",
    guid: digestGuid(effects, "message", act.jid, act.key),
    conversation: circle.guid,
    markdown,
    published: effects.now(),
  };
  await commit(store, effects, async (tx) => {
    // Said once already, perhaps when the conversation was not running yet.
    if ((await tx.findActivity(message.guid)) !== null) return;
    await requireContact(tx, account, person, circle);
    await put(tx, { act, account, person, circle, message }, effects);
  });
  return message.guid;
}

/** diaspora-peers.md §3: a pod drops what comes from nobody whom its person has to do with. */
async function requireContact(
  tx: BridgeTransaction,
  account: Account,
  person: KnownPerson,
  { begins }: Circle,
): Promise<void> {
  const is = await tx.relationship(account.key, person.key);
  if (is.blocked || is.blocking) throw new DxError("DX_BLOCKED");
  if (begins && !is.following && !is.sharing) throw new DxError("DX_NOT_CONTACT");
}

interface Sending {
  readonly act: SendAct;
  readonly account: Account;
  readonly person: KnownPerson;
  readonly circle: Circle;
  readonly message: Message & { readonly published: Date };
}

async function put(tx: BridgeTransaction, sending: Sending, effects: BridgeEffects): Promise<void> {
  const { act, account, circle, message } = sending;
  const { published, ...object } = message;
  const said: MessageActivity = {
    verb: "send",
    actor: actorOf(account),
    object,
    audience: "limited",
    published,
  };
  // The client's own name for it: its receipt says it.
  const facts = act.messageId === null ? {} : { itemId: act.messageId };
  const above = { ...facts, aboveGuid: circle.guid };
  const saidId = await tx.insertActivity(message.guid, account.key, said, above);
  if (saidId === null) return;
  const begun = circle.begins ? await begin(tx, sending, facts, effects) : null;
  await deliverToRemote(tx, begun ?? saidId, account, circle);
  const jids = await localReaders(tx, saidId, circle);
  await tx.deliver(saidId, circle.guid, { kind: "jid", addresses: jids, form: "chat" });
  if (act.messageId !== null) {
    await tx.rememberSaid(account.key, act.messageId, message.guid, act.receipt === true);
  }
  // What answers a message keeps that one's thread, wherever the client was.
  const thread = act.conversation === circle.guid ? null : act.thread;
  await tx.touchConversation(circle.guid, account.key, thread);
}

/** null when somebody else, who wrote in the same thread at the same moment, has begun it. */
async function begin(
  tx: BridgeTransaction,
  { act, account, person, circle, message }: Sending,
  facts: { readonly itemId?: string },
  effects: BridgeEffects,
): Promise<string | null> {
  const subject = subjectOf(act.subject ?? "");
  const activity: ConversationActivity = {
    verb: "send",
    actor: actorOf(account),
    object: {
      type: "conversation",
      guid: circle.guid,
      // None may be empty (diaspora-protocol.md §3).
      subject: subject === "" ? subjectOf(`Message from ${account.name}`) : subject,
      participants: [account.diasporaId, person.diasporaId],
      messages: [message],
    },
    audience: "limited",
    published: message.published,
  };
  const activityId = await tx.insertActivity(circle.guid, account.key, activity, facts);
  if (activityId === null) return null;
  await tx.insertConversation({
    guid: circle.guid,
    subject: activity.object.subject,
    participantKeys: [account.key, person.key],
  });
  effects.prepare(activity, account);
  return activityId;
}

async function deliverToRemote(
  tx: BridgeTransaction,
  activityId: string,
  account: Account,
  { guid, remote }: Circle,
): Promise<void> {
  const addresses: string[] = [];
  for (const person of remote) {
    const is = await tx.relationship(account.key, person.key);
    if (!is.blocked && !is.blocking) addresses.push(personAddress(person));
  }
  await tx.deliver(activityId, guid, { kind: "person", addresses });
}

/** People of this component in a conversation that somebody on the federation began. */
async function localReaders(
  tx: BridgeTransaction,
  activityId: string,
  { local }: Circle,
): Promise<Jid[]> {
  const jids: Jid[] = [];
  for (const reader of local) {
    if (await tx.addAudience(activityId, reader.key)) jids.push(reader.jid);
  }
  return jids;
}
