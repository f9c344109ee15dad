/**
 * Where it goes what was said below a post (diaspora-protocol.md §5): to the author of a remote
 * post, who passes it on; from the author of a local one to whoever has the post. And to those
 * who read there on the XMPP side.
 */
import { nodeAddress, personAddress } from "../activitystreams/delivery.ts";
import type { Activity } from "../activitystreams/activity.ts";
import type { RemotePerson } from "../activitystreams/person.ts";
import { recipientsOfMore } from "./audience.ts";
import type { BridgeTransaction, Recipients } from "./ports.ts";
import { readersOf, remoteAuthorOf, type Top } from "./thread.ts";

export interface Said {
  readonly activityId: string;
  readonly top: Top;
  readonly authorKey: string;
  /** The remote person who sent it: that pod has it. null: somebody here said it. */
  readonly cameFrom: RemotePerson | null;
  /** It is seen where the comments are: a comment, a like of the post itself, the end of one. */
  readonly shown: boolean;
  /** It is seen nowhere, but told in the chat of the local author who asked for it: a vote. */
  readonly told?: boolean;
  /** It was found in the node where the author's client keeps the comments. */
  readonly fromNode?: boolean;
  /** Somebody whose pod may have it though it has not got the post. */
  readonly also?: RemotePerson | null;
  /** It is the end of this activity, of which all hear who ever got it. */
  readonly endOf?: string;
}

export async function spreadBelow(tx: BridgeTransaction, said: Said): Promise<void> {
  await sendToPods(tx, said);
  await showReply(tx, said);
}

/** On the XMPP side only. */
export async function showReply(tx: BridgeTransaction, said: Said): Promise<void> {
  if (!said.shown && said.told !== true) return;
  await showBelow(tx, said);
  if (said.shown && said.fromNode !== true) await putIntoNode(tx, said);
}

export async function sendToPods(tx: BridgeTransaction, said: Said): Promise<void> {
  const to = await podsFor(tx, said);
  if (to !== null) await tx.deliver(said.activityId, said.top.guid, to);
}

async function podsFor(tx: BridgeTransaction, said: Said): Promise<Recipients | null> {
  const { top, cameFrom } = said;
  const author = remoteAuthorOf(top);
  if (author !== null) {
    // §5: what others say below a remote post is its author's to pass on.
    return cameFrom === null ? addressed(top.audience, [author]) : null;
  }
  const { kind, addresses: have } = await recipientsOfMore(tx, top);
  const had = said.endOf === undefined ? [] : await tx.holdersOf(said.endOf, kind);
  const also = addressed(top.audience, [said.also]).addresses;
  const known = addressed(top.audience, [cameFrom]).addresses;
  const addresses = [...new Set([...have, ...had, ...also])].filter((one) => !known.includes(one));
  return {
    kind,
    addresses,
    // §5: in an envelope of the post's author, whoever wrote it.
    ...(said.authorKey === top.authorKey ? {} : { sealerKey: top.authorKey }),
  };
}

/** Public: one for each pod; limited: one for each person. */
export function addressed(
  audience: Activity["audience"],
  wanted: readonly (RemotePerson | null | undefined)[],
): { readonly kind: "pod" | "person"; readonly addresses: readonly string[] } {
  const people = wanted.filter((person) => person !== null && person !== undefined);
  return audience === "public"
    ? { kind: "pod", addresses: people.map(({ podUrl }) => podUrl) }
    : { kind: "person", addresses: people.map(personAddress) };
}

async function showBelow(tx: BridgeTransaction, said: Said): Promise<void> {
  const { activityId, top } = said;
  const only = await readersOf(tx, top);
  const post = { guid: top.guid, authorKey: top.authorKey, only };
  await tx.deliverToThread(activityId, post, { accountKey: said.authorKey });
}

/**
 * XEP-0277: the comments of an XMPP author's post stand where the author's client looks. Who else
 * reads there is not known, so nothing of a limited post goes there.
 */
async function putIntoNode(tx: BridgeTransaction, { activityId, top }: Said): Promise<void> {
  if (remoteAuthorOf(top) !== null || top.audience === "limited") return;
  const comments = await tx.commentsOf(top.guid);
  if (comments === null) return;
  const addresses = [nodeAddress(comments.service, comments.node)];
  await tx.deliver(activityId, top.guid, { kind: "node", addresses });
}
