/**
 * COMPAT(diaspora* < 0.7): in a slap, what a post's author passes on has that author's
 * signature beside the one of whoever wrote it (diaspora-protocol.md §7). Readers of magic
 * envelopes do without: the envelope is by the same person.
 */
import type { DiasporaId } from "../../activitystreams/ids.ts";
import { relayableSignedText } from "../entities/write.ts";
import { isRelayable, verifyAuthor } from "../receive/authorship.ts";
import type { OpenDeps } from "../receive/related.ts";
import type { LegacyPayload } from "./read-payload.ts";

/**
 * Of a relayable that its sender may send. Throws DX_AUTHOR_SIGNATURE_INVALID or
 * DX_AUTHOR_KEY_NOT_FOUND.
 */
export async function checkParentSignature(
  { entity, parentAuthorSignature }: LegacyPayload,
  sender: DiasporaId,
  deps: OpenDeps,
): Promise<void> {
  // By the author it comes to the post's author, who has not signed yet, or is below an own
  // post: then the envelope is by both.
  if (!isRelayable(entity) || sender === entity.properties.author) return;
  await verifyAuthor(relayableSignedText(entity), parentAuthorSignature, sender, deps);
}
