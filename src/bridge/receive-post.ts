/** Posts and shares of remote people, and their changes. */
import { isAbout, type PostActivity, type ShareActivity } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { itemIdFacts, tombstoneGuid } from "./guids.ts";
import { tellMentioned } from "./mentioned.ts";
import { POSTS_NODE } from "./nodes.ts";
import { takePartAsReader } from "./participation.ts";
import type { Account, BridgeEffects, BridgeTransaction, KnownPerson } from "./ports.ts";
import type { Received } from "./receive.ts";
import { isLive, isTop, type Live, type Top } from "./thread.ts";

/** A post or a share comes from its author and nobody else. */
interface FromAuthor<A extends PostActivity | ShareActivity> extends Received {
  readonly activity: A;
}

export async function receivePost(
  tx: BridgeTransaction,
  received: FromAuthor<PostActivity>,
  effects: BridgeEffects,
): Promise<void> {
  const { activity, sender: author, addressed } = received;
  const { guid } = activity.object;
  const made = await insert(tx, activity, author, { quiet: isQuiet(received) }, effects);
  if (made === "gone") return;
  if (made !== null) {
    await showNew(tx, made.id, received, effects);
    return;
  }
  const known = await tx.findActivity(guid);
  if (!isLive(known) || !isTop(known) || known.authorKey !== author.key) return;
  if (isAbout(known.activity, "note")) {
    const post = { ...known, activity: known.activity };
    await changeIfNewer(tx, post, activity, author, effects.now());
  }
  // Another copy of a limited post adds another reader; what it says of its audience does not.
  if (known.audience === "limited") await show(tx, known, author, addressed);
}

export async function receiveShare(
  tx: BridgeTransaction,
  received: FromAuthor<ShareActivity>,
  effects: BridgeEffects,
): Promise<void> {
  const { activity, sender: author, addressed } = received;
  const { guid, root } = activity.object;
  if (root !== null) await requireRoot(tx, root.guid);
  const above = root === null ? {} : { aboveGuid: root.guid };
  const facts = { ...above, quiet: isQuiet(received) };
  const made = await insert(tx, activity, author, facts, effects);
  if (made === "gone") return;
  if (made !== null) {
    await showNew(tx, made.id, received, effects);
    return;
  }
  const known = await tx.findActivity(guid);
  if (!isLive(known) || !isTop(known) || known.authorKey !== author.key) return;
  if (known.audience === "limited") await show(tx, known, author, addressed);
}

async function requireRoot(tx: BridgeTransaction, guid: Guid): Promise<void> {
  const root = await tx.findActivity(guid);
  // It was fetched when the share was verified, and waits in the inbox like anything else.
  if (root === null) throw new DxError("DX_PARENT_NOT_FOUND", { evidence: { parent: guid } });
  // Nobody comes in by way of somebody else.
  if (root.suspended === true) throw new DxError("DX_SUSPENDED");
}

async function showNew(
  tx: BridgeTransaction,
  id: string,
  received: FromAuthor<PostActivity | ShareActivity>,
  effects: BridgeEffects,
): Promise<void> {
  if (isQuiet(received)) return;
  const { activity, sender: author, addressed } = received;
  const { audience, published, object } = activity;
  await show(tx, { id, activity }, author, addressed);
  await tellMentioned(tx, { id, activity }, author, addressed, effects);
  const top = { guid: object.guid, audience, author, authorKey: author.key, published };
  await takePartAsReader(tx, top, effects);
}

/** What was asked for is shown to who asked, as much of it as they can bear: newcomers.ts. */
function isQuiet({ activity, quietBefore }: FromAuthor<PostActivity | ShareActivity>): boolean {
  return quietBefore !== null && activity.published < quietBefore;
}

/** null when the GUID is known; `gone` when it was taken back before it came. */
async function insert(
  tx: BridgeTransaction,
  activity: PostActivity | ShareActivity,
  author: KnownPerson,
  facts: Parameters<BridgeTransaction["insertActivity"]>[3],
  effects: BridgeEffects,
): Promise<{ readonly id: string } | "gone" | null> {
  const { guid } = activity.object;
  const named = { ...facts, ...itemIdFacts(guid, effects) };
  const id = await tx.insertActivity(guid, author.key, activity, named);
  if (id === null) return null;
  // Looked for behind the insert, which has waited for a delete that was under way.
  if ((await tx.findActivity(tombstoneGuid(guid, author, effects))) === null) return { id };
  await tx.entombActivity(id);
  return "gone";
}

/** A public post to everybody who reads there; a limited one to whom this copy is addressed. */
async function show(
  tx: BridgeTransaction,
  { id, activity }: Pick<Top, "id" | "activity">,
  author: KnownPerson,
  addressed: Account | null,
): Promise<void> {
  const stream = { personKey: author.key, node: POSTS_NODE };
  const root = activity.object.guid;
  if (activity.audience === "public") {
    await tx.deliverToReaders(id, root, { ...stream, only: null });
    return;
  }
  // A limited post to nobody in particular is for nobody.
  if (addressed === null || !(await tx.addAudience(id, addressed.key))) return;
  await tx.deliverToReaders(id, root, { ...stream, only: [addressed.guid] });
}

/** diaspora* never changes a post; others send it again with the time of the change. */
async function changeIfNewer(
  tx: BridgeTransaction,
  known: Live<PostActivity>,
  activity: PostActivity,
  author: KnownPerson,
  now: Date,
): Promise<void> {
  const { published, object } = known.activity;
  const edited = editedAt(activity, now);
  if (edited === null || edited <= (object.edited ?? published)) return;
  const { audience } = known;
  const changed = { ...activity, object: { ...activity.object, edited }, audience, published };
  await tx.changeActivity(known.id, changed);
  const only = audience === "limited" ? await tx.audienceOf(known.id) : null;
  const stream = { personKey: author.key, node: POSTS_NODE, only };
  await tx.deliverToReaders(known.id, known.guid, stream);
}

/** A change from the future would keep every later one out. */
export function editedAt(
  { object }: { readonly object: { readonly edited?: Date } },
  now: Date,
): Date | null {
  if (object.edited === undefined) return null;
  return object.edited > now ? now : object.edited;
}
