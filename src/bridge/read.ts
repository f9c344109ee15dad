/** What a reader on the XMPP side may see of somebody's stream. */
import { isAbout, type PostActivity } from "../activitystreams/activity.ts";
import type { DiasporaId, Jid } from "../activitystreams/ids.ts";
import type { BridgeStore, KnownPerson } from "./ports.ts";

export interface Stream {
  readonly person: KnownPerson;
  /** Oldest first, as a pubsub service answers. */
  readonly posts: readonly PostActivity[];
}

/** null when nobody here has heard of this person. */
export async function readPosts(
  id: DiasporaId,
  reader: Jid,
  wanted: { readonly max: number; readonly ids?: readonly string[] },
  store: BridgeStore,
): Promise<Stream | null> {
  const person = await store.remoteById(id);
  if (person === null) return null;
  const account = await store.accountByJid(reader);
  const found = await store.readStream({
    authorKey: person.key,
    readerKey: account?.key ?? null,
    limit: wanted.max,
    ...(wanted.ids === undefined ? {} : { guids: wanted.ids }),
  });
  const posts = found.flatMap(({ activity }) => (isAbout(activity, "note") ? [activity] : []));
  return { person, posts: posts.reverse() };
}
