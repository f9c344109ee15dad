/** Names that the bridge gives: the same for the same thing for ever, and nobody can guess them. */
import { parseGuid, type Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import type { BridgeEffects } from "./ports.ts";

/** What a GUID is for: the same words never give the same one for two purposes. */
type Purpose =
  | "item"
  | "photo"
  | "post"
  | "comment"
  | "like"
  | "vote"
  | "attendance"
  | "share"
  | "conversation"
  | "message"
  | "tombstone"
  | "replacement"
  | "correction";

type Digest = Pick<BridgeEffects, "digest">;

/**
 * Keyed, so that nobody else can take the GUID of something that is coming on another pod, and
 * whoever has not got it cannot guess the addresses of its pictures.
 */
export function digestGuid(effects: Digest, purpose: Purpose, ...parts: readonly string[]): Guid {
  const guid = parseGuid(effects.digest(purpose, ...parts));
  if (guid === null) throw new DxError("DX_INTERNAL", { detail: "a digest is no GUID" });
  return guid;
}

/** What takes the place of a post that was taken back to be posted anew. */
export function replacementOf(guid: Guid, effects: Digest): Guid {
  return digestGuid(effects, "replacement", guid);
}

/**
 * Where the tombstone of something stands that has not come yet. Not under its own GUID: whoever
 * hears of a post could then delete it before its author's copy comes.
 */
export function tombstoneGuid(guid: Guid, by: { readonly guid: Guid }, effects: Digest): Guid {
  return digestGuid(effects, "tombstone", by.guid, guid);
}

/** Movim takes no longer name for an item. */
const LONGEST_ITEM_ID = 128;

/** How the item of a remote thing is called: by its GUID, unless that is too long for clients. */
export function itemIdFacts(guid: Guid, effects: Digest): { readonly itemId?: string } {
  return guid.length <= LONGEST_ITEM_ID ? {} : { itemId: `g-${effects.digest("item name", guid)}` };
}
