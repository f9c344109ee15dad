/**
 * Federation → XMPP: what becomes of a verified activity. Everything is keyed by GUID, so a
 * message may come any number of times.
 */
import { isAbout, isKept, type Activity } from "../activitystreams/activity.ts";
import type { DeleteActivity, KeptActivity } from "../activitystreams/activity.ts";
import type { PostActivity, ProfileActivity } from "../activitystreams/activity.ts";
import type { RelationActivity } from "../activitystreams/activity.ts";
import { parseGuid, type DiasporaId, type Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  KnownActivity,
  KnownPerson,
} from "./ports.ts";

export interface VerifiedActivity {
  readonly activity: Activity;
  readonly sender: DiasporaId;
  /** null when it came to everybody. */
  readonly recipient: Guid | null;
}

/** Where posts stand on the XMPP side. */
export const POSTS_NODE = "urn:xmpp:microblog:0";

/**
 * Stores and passes on in one transaction, with the inbox row it came from. False for what is
 * not kept (yet): then only the row is gone. Throws DxErrors that say whether another try can
 * help.
 */
export async function receiveActivity(
  received: VerifiedActivity,
  inboxId: string,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<boolean> {
  const { activity } = received;
  if (!isKept(activity) && !isAbout(activity, "profile")) {
    await store.transaction((tx) => tx.finishInbox(inboxId));
    return false;
  }
  const author = await store.remoteById(received.sender);
  if (author === null) throw new DxError("DX_PERSON_NOT_FOUND");
  const addressed =
    received.recipient === null ? null : await store.accountByGuid(received.recipient);
  if (received.recipient !== null && addressed === null) throw new DxError("DX_PERSON_NOT_FOUND");
  await store.transaction(async (tx) => {
    if (isAbout(activity, "profile")) await receiveProfile(tx, activity, author);
    else {
      const kept = notFromTheFuture(activity, effects.now());
      await receiveKept(tx, kept, author, addressed, effects);
    }
    await tx.finishInbox(inboxId);
  });
  effects.wake("jid");
  return true;
}

async function receiveKept(
  tx: BridgeTransaction,
  activity: KeptActivity,
  author: KnownPerson,
  addressed: Account | null,
  effects: BridgeEffects,
): Promise<void> {
  if (isAbout(activity, "tombstone")) await receiveDelete(tx, activity, author, effects);
  else if (isAbout(activity, "note")) await receivePost(tx, activity, author, addressed, effects);
  else await receiveRelation(tx, activity, author, addressed);
}

/** What everybody may see of a person: discovery shows it to strangers too. */
async function receiveProfile(
  tx: BridgeTransaction,
  { object: { name, photo } }: ProfileActivity,
  author: KnownPerson,
): Promise<void> {
  await tx.changeRemote(author, {
    ...(name === undefined ? {} : { name }),
    ...(photo === undefined ? {} : { photoUrl: photo.large }),
  });
}

/** A clock that is ahead would keep the post on top of every stream. */
function notFromTheFuture(activity: KeptActivity, now: Date): KeptActivity {
  return activity.published > now ? { ...activity, published: now } : activity;
}

async function receivePost(
  tx: BridgeTransaction,
  activity: PostActivity,
  author: KnownPerson,
  addressed: Account | null,
  effects: BridgeEffects,
): Promise<void> {
  const { guid } = activity.object;
  const made = await tx.insertActivity(guid, author.key, activity);
  // Deleted before it came: looked for behind the insert, which has waited for a delete that
  // was under way.
  if (made !== null && (await tx.findActivity(tombstoneGuid(guid, author, effects))) !== null) {
    await tx.entombActivity(made);
    return;
  }
  const post = made === null ? await ownPost(tx, guid, author) : { id: made, ...activity };
  if (post === null) return;
  const stream = { personKey: author.key, node: POSTS_NODE };
  if (post.audience === "public") {
    if (made === null) return;
    await tx.deliverToReaders(post.id, guid, { ...stream, only: null });
    return;
  }
  // A limited post to nobody in particular is for nobody; another copy adds another reader.
  if (addressed === null) return;
  if (!(await tx.addAudience(post.id, addressed.key))) return;
  await tx.deliverToReaders(post.id, guid, { ...stream, only: [addressed.guid] });
}

/** A known post, when it is this author's and not deleted. */
async function ownPost(
  tx: BridgeTransaction,
  guid: Guid,
  author: KnownPerson,
): Promise<KnownActivity | null> {
  const known = await tx.findActivity(guid);
  return known === null || known.deleted || known.authorKey !== author.key ? null : known;
}

async function receiveRelation(
  tx: BridgeTransaction,
  activity: RelationActivity,
  author: KnownPerson,
  addressed: Account | null,
): Promise<void> {
  if (addressed === null) return;
  await tx.changeRelationship(addressed.key, author.key, {
    sharing: activity.verb === "follow",
    blocking: activity.verb === "block",
  });
}

/** A tombstone stays: a copy that comes late, or a delete that comes first, changes nothing. */
async function receiveDelete(
  tx: BridgeTransaction,
  activity: DeleteActivity,
  author: KnownPerson,
  effects: BridgeEffects,
): Promise<void> {
  const { guid } = activity.object;
  await tx.lockGuid(guid);
  const known = await tx.findActivity(guid);
  if (known === null) {
    const tombstone = tombstoneGuid(guid, author, effects);
    const made = await tx.insertActivity(tombstone, author.key, activity);
    if (made !== null) await tx.entombActivity(made);
    return;
  }
  if (known.authorKey !== author.key || known.deleted) return;
  await tx.entombActivity(known.id);
  const retraction = await tx.insertActivity(effects.randomGuid(), author.key, activity);
  if (retraction === null) return;
  const only = known.audience === "limited" ? await tx.audienceOf(known.id) : null;
  const stream = { personKey: author.key, node: POSTS_NODE, only };
  await tx.deliverToReaders(retraction, guid, stream);
}

/**
 * Where the tombstone of a post stands that has not come yet. Not under the post's own GUID:
 * whoever hears of a post could then delete it before its author's copy comes.
 */
function tombstoneGuid(guid: Guid, author: KnownPerson, effects: BridgeEffects): Guid {
  const tombstone = parseGuid(effects.digest("tombstone", author.guid, guid));
  if (tombstone === null) throw new DxError("DX_INTERNAL", { detail: "a digest is no GUID" });
  return tombstone;
}
