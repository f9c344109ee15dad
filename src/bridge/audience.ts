/**
 * Who gets a post of somebody here, who has it, and who has to hear that it is gone. Whoever asks
 * who can see something (who.ts) is answered by what sends it.
 */
import { personAddress } from "../activitystreams/delivery.ts";
import type { Activity } from "../activitystreams/activity.ts";
import type { BridgeTransaction, KnownPerson, Recipients } from "./ports.ts";

/** Who gets a post of somebody here: whoever may read it, or these people only. */
export interface PostReaders {
  /** null: everybody. */
  readonly only: readonly KnownPerson[] | null;
  /** `only` are meant as contacts of the author, and it ends with that; else each by name. */
  readonly asContacts?: boolean;
  /** People whom a public post names: their pods get it too (diaspora-peers.md §2). */
  readonly mentioned: readonly KnownPerson[];
}

/** On the federation. */
type Far = Recipients & { readonly kind: "pod" | "person" };

/** Of an activity that is kept. */
interface Kept {
  readonly id: string;
  readonly audience: Activity["audience"];
}

/** Of a new post: each pod once, or each person. */
export async function recipientsOfNew(
  tx: Pick<BridgeTransaction, "contactPods">,
  accountKey: string,
  { only, mentioned }: PostReaders,
): Promise<Far> {
  if (only !== null) return { kind: "person", addresses: only.map(personAddress) };
  const pods = [...(await tx.contactPods(accountKey)), ...mentioned.map(({ podUrl }) => podUrl)];
  return { kind: "pod", addresses: [...new Set(pods)] };
}

/** Whoever has a post and may see what becomes of it: its changes, what is said below it. */
export async function recipientsOfMore(
  tx: Pick<BridgeTransaction, "podsOf" | "mailboxesOf">,
  { id, audience }: Kept,
): Promise<Far> {
  return audience === "public"
    ? { kind: "pod", addresses: await tx.podsOf(id) }
    : { kind: "person", addresses: await tx.mailboxesOf(id) };
}

/**
 * The end of a post goes to everybody who ever got it or something below it, former contacts
 * among them, in public or encrypted as it was (diaspora-protocol.md §10). To be asked before
 * what is below it is gone.
 */
export async function recipientsOfEnd(
  tx: Pick<BridgeTransaction, "podsOf" | "holdersOf">,
  { id, audience }: Kept,
): Promise<Far> {
  if (audience === "limited") {
    return { kind: "person", addresses: await tx.holdersOf(id, "person") };
  }
  const addresses = [...(await tx.podsOf(id)), ...(await tx.holdersOf(id, "pod"))];
  return { kind: "pod", addresses: [...new Set(addresses)] };
}
