/**
 * The wish to be told what is said below a post (diaspora-protocol.md §9). A pod tells those who
 * share with the author, and those who said that they take part: so it is said for what people
 * here answer to, and, as diaspora* does it (diaspora-peers.md §2), for what they get.
 */
import type { ParticipationActivity } from "../activitystreams/activity.ts";
import { personAddress } from "../activitystreams/delivery.ts";
import { actorOf } from "./actor.ts";
import type { Account, BridgeEffects, BridgeTransaction, KnownPerson } from "./ports.ts";
import { remoteAuthorOf, type Top } from "./thread.ts";

/** Once for each post: what its author's pod passes on comes here for everybody. */
export async function takePart(
  tx: BridgeTransaction,
  top: Pick<Top, "guid" | "audience" | "author">,
  account: Account,
  effects: BridgeEffects,
): Promise<void> {
  // §9: of public posts only; who got a limited one is told without asking.
  if (remoteAuthorOf(top) === null || top.audience !== "public") return;
  if (!(await tx.isTakenPart(top.guid))) await join(tx, top, account, effects);
}

async function join(
  tx: BridgeTransaction,
  top: Pick<Top, "guid" | "author">,
  account: Account,
  effects: BridgeEffects,
): Promise<void> {
  const author = remoteAuthorOf(top);
  if (author === null) return;
  const guid = effects.randomGuid();
  const activity: ParticipationActivity = {
    verb: "join",
    actor: actorOf(account),
    object: { type: "participation", guid, post: top.guid },
    audience: "public",
    published: effects.now(),
  };
  const facts = { aboveGuid: top.guid, rootGuid: top.guid };
  const activityId = await tx.insertActivity(guid, account.key, activity, facts);
  if (activityId === null) return;
  await tx.deliver(activityId, top.guid, { kind: "person", addresses: [personAddress(author)] });
}

/** What is older is hardly answered any more. */
const FRESH_MS = 7 * 86_400_000;

/** For a post that is new here: somebody reads its author. */
export async function takePartAsReader(
  tx: BridgeTransaction,
  top: Pick<Top, "guid" | "audience" | "author" | "authorKey"> & { readonly published: Date },
  effects: BridgeEffects,
): Promise<void> {
  if (top.audience !== "public") return;
  if (effects.now().getTime() - top.published.getTime() > FRESH_MS) return;
  const reader = await tx.anyFollower(top.authorKey);
  if (reader !== null) await join(tx, top, reader, effects);
}

/** Each costs a signature. */
const MAX_BACKLOG = 100;

/**
 * Whoever begins to take part gets what was said before.
 * COMPAT(Friendica): which does so, and expects it.
 */
export async function sendBacklog(
  tx: BridgeTransaction,
  top: Top,
  participant: KnownPerson,
): Promise<void> {
  const { podUrl } = participant;
  for (const { id, authorKey } of await tx.backlogFor(top.guid, podUrl, MAX_BACKLOG)) {
    // §5: in an envelope of the post's author, whoever said it.
    const sealer = authorKey === top.authorKey ? {} : { sealerKey: top.authorKey };
    await tx.deliver(id, top.guid, { kind: "pod", addresses: [podUrl], ...sealer });
  }
}
