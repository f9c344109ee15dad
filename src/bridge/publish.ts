/**
 * XMPP → federation: what becomes of an item of a person's own node. Default private: only
 * what a stranger could read on the XMPP side goes out, or what its author gives to named people.
 */
import { isAbout } from "../activitystreams/activity.ts";
import { formOf } from "../activitystreams/hash-form.ts";
import type { Guid } from "../activitystreams/ids.ts";
import type { PostReaders } from "./audience.ts";
import type { CollectedItem, PublishOutcome, PubsubNode, RetractedItem } from "./collected.ts";
import { commit } from "./commit.ts";
import { changePost } from "./edit.ts";
import { digestGuid } from "./guids.ts";
import { contentOf, type Content } from "./item-content.ts";
import { DAILY } from "./limits.ts";
import type {
  Account,
  BridgeEffects,
  BridgeStore,
  BridgeTransaction,
  ItemKey,
  ItemState,
} from "./ports.ts";
import { addPost } from "./post.ts";
import { retractLive } from "./retract.ts";
import { addShare } from "./share.ts";
import { isLive, lockedCurrent, type Live } from "./thread.ts";

const PRIVATE_NOTICE =
  "Your post stayed on the XMPP side: your microblog node (urn:xmpp:microblog:0) is not open, " +
  "so the gateway treats what you write there as private and sends it nowhere. To let the " +
  "diaspora* federation read your posts, set the node's access model to “open” (in your " +
  "client's microblog or profile settings, “public”), then publish the post again. To let those " +
  "of your contacts there read them to whom your server shows them, set “limited” to “contacts” " +
  "in your preferences here. This is said once.";

/** Exactly one activity per (JID, node, item), however often and in what copies it comes. */
export async function publishItem(
  item: CollectedItem,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<PublishOutcome> {
  const account = await store.accountByJid(item.jid);
  if (account === null) return "unknown";
  const guid = itemGuid(effects, item);
  const content = await contentOf(item, guid, account, store, effects);
  if (content?.kind === "post") effects.prepare(content.post.activity, account);
  const deciding = { item, account, guid, effects };
  return await commit(store, effects, (tx) => decide(tx, content, deciding));
}

/** Its owner took it back, so its author does on the federation. */
export async function retractItem(
  item: RetractedItem,
  store: BridgeStore,
  effects: BridgeEffects,
): Promise<"retracted" | "known" | "unknown"> {
  const account = await store.accountByJid(item.jid);
  if (account === null) return "unknown";
  return await commit(store, effects, async (tx) => {
    const known = await lockedCurrent(tx, itemGuid(effects, item), effects);
    if (known?.authorKey !== account.key) return "unknown";
    if (!isLive(known)) return "known";
    await retractLive(tx, known, account, effects);
    return "retracted";
  });
}

/** The post that this item becomes. */
export function itemGuid(
  effects: Pick<BridgeEffects, "digest">,
  { jid, node, itemId }: RetractedItem,
): Guid {
  return digestGuid(effects, "item", jid, node, itemId);
}

interface Deciding {
  readonly item: CollectedItem;
  readonly account: Account;
  readonly guid: Guid;
  readonly effects: BridgeEffects;
}

async function decide(
  tx: BridgeTransaction,
  content: Content | null,
  deciding: Deciding,
): Promise<PublishOutcome> {
  const { item, account } = deciding;
  const old = predatesOptIn(item);
  if (content === null && !old) return await emptied(tx, item, account);
  const state = content === null || content.kind === "withheld" ? "withheld" : "published";
  const settled = await claim(tx, item, account, old ? "before" : state);
  if (settled === "edit") return await change(tx, content, deciding);
  if (settled !== null) return settled;
  if (content === null) return "empty";
  if (content.kind === "withheld") {
    // Whoever chose an item's readers knows that it is not for everybody.
    const isNews = content.by === "node" && (await tx.claimPrivateNotice(account.key));
    if (isNews) await tx.tell(account.jid, PRIVATE_NOTICE);
    return "withheld";
  }
  return await publish(tx, content, deciding);
}

/** It says nothing, or nothing any more: what went out stays, and those words are known. */
async function emptied(
  tx: BridgeTransaction,
  item: CollectedItem,
  account: Account,
): Promise<PublishOutcome> {
  const key = keyOf(item, account);
  const seen = await tx.seenItem(key);
  if (seen?.state === "published") await tx.recordItem(key, item.hash, "published");
  return "empty";
}

function keyOf({ node, itemId }: CollectedItem, account: Account): ItemKey {
  return { personKey: account.key, node, itemId };
}

/** null when it is this call's to act upon. Nearly every item is new: one step is enough then. */
async function claim(
  tx: BridgeTransaction,
  item: CollectedItem,
  account: Account,
  state: ItemState,
): Promise<PublishOutcome | "edit" | null> {
  const key = keyOf(item, account);
  if (await tx.claimItem(key, item.hash, state)) return state === "before" ? "before" : null;
  const seen = await tx.seenItem(key);
  // Hashed by a former version: nothing shows that its author has touched it.
  if (seen !== null && formOf(seen.hash) !== formOf(item.hash)) {
    await tx.recordItem(key, item.hash, seen.state);
    return "known";
  }
  const settled = seen === null ? null : settledBefore(item, seen, state);
  if (settled === null) await tx.recordItem(key, item.hash, state);
  return settled;
}

/** What was decided about this item stands, unless its author touches it again. */
function settledBefore(
  item: CollectedItem,
  seen: { readonly hash: string; readonly state: ItemState },
  state: ItemState,
): "known" | "edit" | null {
  if (seen.state === "published") return seen.hash === item.hash ? "known" : "edit";
  if (!item.fresh) return "known";
  // Servers send the last item again at every presence, some without a delay: what stayed home
  // must not slip out that way.
  if (seen.hash === item.hash) return "known";
  if (seen.state === "withheld" && state === "withheld") return "known";
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

async function publish(
  tx: BridgeTransaction,
  content: Exclude<Content, { readonly kind: "withheld" }>,
  { item, account, guid, effects }: Deciding,
): Promise<PublishOutcome> {
  if (!(await tx.countToday(account.key, "posts", (effects.daily ?? DAILY).posts))) {
    return await withholdForToday(tx, item, account);
  }
  if (content.kind === "post") {
    const made = await addPost(tx, content.post, content.readers, account);
    if (made === null) return "known";
    await linkComments(tx, guid, content.comments);
    return "published";
  }
  const { root, published } = content;
  const { blocking, blocked } = await tx.relationship(account.key, root.authorKey);
  if (blocking || blocked || root.suspended === true) return "withheld";
  const share = { guid, root, published, itemId: item.itemId };
  const { activityId } = await addShare(tx, share, account, effects);
  if (activityId === null) return "known";
  await linkComments(tx, guid, content.comments);
  return "shared";
}

const TOO_MANY_NOTICE =
  "Your post stayed on the XMPP side: you have sent as many posts to the diaspora* federation today " +
  "as this gateway takes from one person in a day. Publish it again tomorrow.";

/** As with what is private: it goes out when its author touches it again. */
async function withholdForToday(
  tx: BridgeTransaction,
  item: CollectedItem,
  account: Account,
): Promise<PublishOutcome> {
  await tx.recordItem(keyOf(item, account), item.hash, "withheld");
  if (await tx.countToday(account.key, "too many posts", 1)) {
    await tx.tell(account.jid, TOO_MANY_NOTICE);
  }
  return "withheld";
}

async function linkComments(
  tx: BridgeTransaction,
  guid: Guid,
  comments: PubsubNode | null,
): Promise<void> {
  if (comments !== null) await tx.setComments(guid, comments);
}

/** The words are others than those that were published: by the author's hand, for the same people. */
async function change(
  tx: BridgeTransaction,
  content: Content | null,
  { item, account, guid, effects }: Deciding,
): Promise<PublishOutcome> {
  // What is not for the federation now does not go there by itself later.
  await tx.recordItem(keyOf(item, account), item.hash, "published");
  const known = await lockedCurrent(tx, guid, effects);
  // Deleted, somebody else's, a share, or given to others: it stays as it is.
  if (content?.kind !== "post" || !isLive(known) || known.authorKey !== account.key) return "known";
  const { activity } = known;
  if (!isAbout(activity, "note") || !isOfItsKind(known, content.readers)) return "known";
  await linkComments(tx, known.guid, content.comments);
  const post = { ...known, activity };
  const { only } = content.readers;
  // Whoever got it and may still read it may have the change.
  if (only !== null) {
    await tx.narrowAudience(
      known.id,
      only.map((person) => person.guid),
    );
  }
  const changed = await changePost(tx, post, content.rewritten, { account, effects });
  return changed ? "changed" : "known";
}

/** What was for everybody does not become limited, nor the other way round. */
function isOfItsKind({ audience }: Live, { only }: PostReaders): boolean {
  return (audience === "public") === (only === null);
}
