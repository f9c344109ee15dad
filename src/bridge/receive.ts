/**
 * Federation → XMPP: what becomes of a verified activity. Everything is keyed by GUID, so a
 * message may come any number of times, in any order.
 */
import { isAbout, type Activity } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { receiveTerminate } from "./account-end.ts";
import { commit } from "./commit.ts";
import { receiveConversation, receiveMessage } from "./conversation-in.ts";
import { receiveRelation } from "./followers.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownPerson,
} from "./ports.ts";
import { receiveMigration } from "./migration.ts";
import { receiveProfile } from "./profile-in.ts";
import { receiveDelete } from "./receive-delete.ts";
import { receivePost, receiveShare } from "./receive-post.ts";
import { isReply, receiveReply } from "./receive-reply.ts";

export interface VerifiedActivity {
  readonly activity: Activity;
  /** Whose envelope it came in. */
  readonly sender: DiasporaId;
  /** null when it came to everybody. */
  readonly recipient: Guid | null;
  /** Of what is said below a post: as its author signed it, to be passed on. */
  readonly relay?: string;
  /** It was asked for: what was written before is not shown as news. */
  readonly quietBefore?: Date;
}

/** It, with the people that it concerns. */
export interface Received {
  readonly activity: Activity;
  readonly sender: KnownPerson;
  /** Another one than the sender where the author of a post passes on what was said below it. */
  readonly author: KnownPerson;
  readonly addressed: Account | null;
  readonly relay: string | null;
  /** See VerifiedActivity. */
  readonly quietBefore: Date | null;
}

/**
 * Stores and passes on in one transaction, with the inbox row it came from. False for what is
 * not kept (yet): then only the row is gone. Throws DxErrors that say whether another try can
 * help.
 */
export async function receiveActivity(
  verified: VerifiedActivity,
  inboxId: string,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<boolean> {
  if (isAbout(verified.activity, "migration")) {
    await receiveMigration(verified.activity, inboxId, store, effects);
    return true;
  }
  if (!isBridged(verified.activity) || (await isOurs(verified.activity, store))) {
    await store.transaction((tx) => tx.finishInbox(inboxId));
    return isBridged(verified.activity);
  }
  const received = await peopleOf(verified, store, effects);
  // Posts to everybody come in crowds, and nothing is asked of them that is seldom there.
  const isPost = isAbout(received.activity, "note") && received.addressed === null;
  const transaction = isPost ? store.together : store.transaction;
  await commit({ transaction }, effects, async (tx) => {
    await receive(tx, received, effects);
    await tx.finishInbox(inboxId);
    const here = placesIn(received.activity);
    if (here.length > 0) await tx.arrived(here);
  });
  return true;
}

const BRIDGED: ReadonlySet<Activity["object"]["type"]> = new Set([
  "note",
  "share",
  "comment",
  "opinion",
  "vote",
  "attendance",
  "participation",
  "tombstone",
  "person",
  "profile",
  "account",
  "conversation",
  "message",
]);

function isBridged({ object }: Activity): boolean {
  return BRIDGED.has(object.type);
}

/** What others say something below, or about: they name it by one of these. */
function placesIn(activity: Activity): Guid[] {
  if (isAbout(activity, "note")) {
    const { guid, question, event } = activity.object;
    return [guid, question?.guid, event?.guid].filter((one) => one !== undefined);
  }
  const isPlace = isAbout(activity, "share") || isAbout(activity, "comment");
  return isPlace ? [activity.object.guid] : [];
}

/** What somebody here said comes back from the pod that passes it on: nobody is told twice. */
async function isOurs(activity: Activity, store: BridgeStore): Promise<boolean> {
  if (!isReply(activity)) return false;
  const known = await store.findActivity(activity.object.guid);
  return known !== null && "jid" in known.author && known.author.diasporaId === activity.actor.id;
}

async function peopleOf(
  { activity, sender, recipient, relay, quietBefore }: VerifiedActivity,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<Received> {
  const person = await store.remoteById(sender);
  if (person === null) throw new DxError("DX_PERSON_NOT_FOUND");
  const addressed = recipient === null ? null : await store.accountByGuid(recipient);
  if (recipient !== null && addressed === null) throw new DxError("DX_PERSON_NOT_FOUND");
  // Somebody here whose words are not known here did not say them: nobody is found.
  const author = await authorOf(activity, person, effects);
  const isClosed = [person, author].some(({ standing }) => standing === "suspend");
  // What was said before the operator closed the pod can be taken back still: it is hidden only.
  if (isClosed && !takesBack(activity)) throw new DxError("DX_SUSPENDED");
  return {
    activity: notFromTheFuture(activity, effects.now()),
    sender: person,
    author,
    addressed,
    relay: relay ?? null,
    quietBefore: quietBefore ?? null,
  };
}

function takesBack(activity: Activity): boolean {
  if (isAbout(activity, "person")) return activity.verb !== "follow";
  return isAbout(activity, "tombstone") || isAbout(activity, "account");
}

async function authorOf(
  { actor }: Activity,
  sender: KnownPerson,
  effects: BridgeEffects,
): Promise<KnownPerson> {
  if (actor.network !== "diaspora" || actor.id === sender.diasporaId) return sender;
  return await effects.findRemote(actor.id);
}

/** A clock that is ahead would keep the post on top of every stream. */
function notFromTheFuture(activity: Activity, now: Date): Activity {
  return activity.published > now ? { ...activity, published: now } : activity;
}

async function receive(
  tx: BridgeTransaction,
  received: Received,
  effects: BridgeEffects,
): Promise<void> {
  const { activity, sender } = received;
  if (isReply(activity)) await receiveReply(tx, { ...received, activity }, effects);
  else if (isAbout(activity, "note")) await receivePost(tx, { ...received, activity }, effects);
  else if (isAbout(activity, "share")) await receiveShare(tx, { ...received, activity }, effects);
  else if (isAbout(activity, "tombstone")) await receiveDelete(tx, activity, sender, effects);
  else await receiveFromPerson(tx, received, effects);
}

/** What people are to each other, and tell each other alone. */
async function receiveFromPerson(
  tx: BridgeTransaction,
  { activity, sender, addressed }: Received,
  effects: BridgeEffects,
): Promise<void> {
  if (isAbout(activity, "person")) {
    await receiveRelation(tx, activity, sender, addressed, effects);
  } else if (isAbout(activity, "profile")) {
    await receiveProfile(tx, activity, sender, addressed);
  } else if (isAbout(activity, "account")) {
    await receiveTerminate(tx, activity, sender, effects);
  } else if (isAbout(activity, "conversation")) {
    await receiveConversation(tx, activity, sender, addressed);
  } else if (isAbout(activity, "message")) {
    await receiveMessage(tx, activity, sender, addressed);
  }
}
