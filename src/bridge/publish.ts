/**
 * XMPP → federation: what becomes of an item of a person's own node. Default private: only
 * what a stranger could read on the XMPP side goes out.
 */
import type { Note, PostActivity } from "../activitystreams/activity.ts";
import { parseGuid, type Guid, type Jid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  ItemState,
  PublishedPhoto,
} from "./ports.ts";

export interface CollectedItem {
  readonly jid: Jid;
  readonly node: string;
  readonly itemId: string;
  /** Of the payload: the same words published again are no edit. */
  readonly hash: string;
  readonly published: Date | null;
  /**
   * It came as an event that is news; not one that was sent again, and not by a read of what
   * is stored.
   */
  readonly fresh: boolean;
  /** The items that were there when the person opted in have all been recorded. */
  readonly baselineDone: boolean;
  readonly optedIn: Date;
  /** A JID that never subscribed could read the node a moment ago. */
  readonly readableByStranger: boolean;
  /** The payload as a Note under this GUID, its pictures where they lie; null when it says nothing. */
  readonly note: (guid: Guid, photoGuid: (source: string) => Guid) => Note | null;
}

interface Post {
  readonly activity: PostActivity;
  /** Where the pictures lie that the activity shows under addresses of ours. */
  readonly photos: readonly PublishedPhoto[];
}

export type PublishOutcome = "published" | "withheld" | "before" | "known" | "empty" | "unknown";

const PRIVATE_NOTICE =
  "Your post stayed on the XMPP side: your microblog node (urn:xmpp:microblog:0) is not open, " +
  "so the gateway treats what you write there as private and sends it nowhere. To let the " +
  "diaspora* federation read your posts, set the node's access model to “open” (in your " +
  "client's microblog or profile settings, “public”), then publish the post again. " +
  "This is said once.";

/** Exactly one activity per (JID, node, item), however often and in what copies it comes. */
export async function publishItem(
  item: CollectedItem,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<PublishOutcome> {
  const account = await store.accountByJid(item.jid);
  if (account === null) return "unknown";
  // Keyed, so that nobody else can take the GUID of a coming post on another pod.
  const guid = digestGuid(effects, "item", item.jid, item.node, item.itemId);
  const post = postFor(item, account, guid, effects);
  if (post !== null && item.readableByStranger) effects.prepare(post.activity, account);
  const outcome = await store.transaction((tx) => decide(tx, item, account, guid, post));
  if (outcome === "published") effects.wake("pod");
  if (outcome === "withheld") effects.wake("jid");
  return outcome;
}

async function decide(
  tx: BridgeTransaction,
  item: CollectedItem,
  account: Account,
  guid: Guid,
  post: Post | null,
): Promise<PublishOutcome> {
  const old = predatesOptIn(item);
  if (post === null && !old) return "empty";
  const state = item.readableByStranger ? "published" : "withheld";
  const settled = await claim(tx, item, account, old ? "before" : state);
  if (settled !== null) return settled;
  if (post === null) return "empty";
  if (state === "withheld") {
    if (await tx.claimPrivateNotice(account.key)) await tx.tell(account.jid, PRIVATE_NOTICE);
    return "withheld";
  }
  const activityId = await tx.insertActivity(guid, account.key, post.activity);
  if (activityId === null) return "known";
  if (post.photos.length > 0) await tx.insertPhotos(activityId, post.photos);
  await tx.deliver(activityId, guid, {
    kind: "pod",
    addresses: await tx.contactPods(account.key),
  });
  return "published";
}

/** null when it is this call's to act upon. Nearly every item is new: one step is enough then. */
async function claim(
  tx: BridgeTransaction,
  item: CollectedItem,
  account: Account,
  state: ItemState,
): Promise<PublishOutcome | null> {
  const key = { personKey: account.key, node: item.node, itemId: item.itemId };
  if (await tx.claimItem(key, item.hash, state)) return state === "before" ? "before" : null;
  const seen = await tx.seenItem(key);
  const settled = seen === null ? null : settledBefore(item, seen);
  if (settled === null) {
    await tx.recordItem(key, item.hash, item.readableByStranger ? "published" : "withheld");
  }
  return settled;
}

/** What was decided about this item stands, unless its author touches it again. */
function settledBefore(
  item: CollectedItem,
  seen: { readonly hash: string; readonly state: ItemState },
): PublishOutcome | null {
  if (seen.state === "published") return "known";
  if (!item.fresh) return "known";
  // Servers send the last item again at every presence, some without a delay: an old post must
  // not slip out that way.
  if (seen.state === "before" && seen.hash === item.hash) return "known";
  if (seen.state === "withheld" && !item.readableByStranger) return "known";
  return null;
}

/** A client's clock may be behind: what it publishes right after opting in is not old. */
const CLOCK_SLACK_MS = 60_000;

/**
 * Nobody is bridged who has not opted in: what was written before is not taken along. The first
 * presence makes servers send the last item as if it were news.
 */
function predatesOptIn(item: CollectedItem): boolean {
  if (item.baselineDone) return false;
  if (item.published === null) return !item.fresh;
  const slack = item.fresh ? CLOCK_SLACK_MS : 0;
  return item.published.getTime() < item.optedIn.getTime() - slack;
}

function postFor(
  item: CollectedItem,
  account: Account,
  guid: Guid,
  effects: BridgeEffects,
): Post | null {
  // Keyed as well: whoever has not got a post cannot guess the addresses of its pictures.
  const note = item.note(guid, (source) => digestGuid(effects, "photo", guid, source));
  if (note === null) return null;
  const now = effects.now();
  // A clock that is ahead would keep the post on top of every stream.
  const published = item.published === null || item.published > now ? now : item.published;
  // Pods ask for each picture in five sizes, under names that only we can serve.
  const photos = note.photos.map((photo) => ({
    ...photo,
    url: effects.photoAddress(photo.guid, photo.url),
  }));
  return {
    activity: {
      verb: "post",
      actor: { network: "xmpp", id: account.jid, name: account.name },
      object: { ...note, photos },
      audience: "public",
      published,
    },
    photos: note.photos.map((photo) => ({ guid: photo.guid, source: photo.url })),
  };
}

function digestGuid(
  effects: BridgeEffects,
  purpose: "item" | "photo",
  ...parts: readonly string[]
): Guid {
  const guid = parseGuid(effects.digest(purpose, ...parts));
  if (guid === null) throw new DxError("DX_INTERNAL", { detail: "a digest is no GUID" });
  return guid;
}
