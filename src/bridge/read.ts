/**
 * What a reader on the XMPP side may see: limited things are for their readers, and the store
 * hides from each what they have blocked. To everybody else there is nothing there.
 */
import type { DiasporaId, Guid, Jid } from "../activitystreams/ids.ts";
import type {
  Above,
  Page,
  PageQuery,
  SeenAttachment,
  SeenPost,
  SeenReply,
} from "../activitystreams/stream.ts";
import type { Account, BridgeStore, KnownPerson } from "./ports.ts";

type Reads = Pick<
  BridgeStore,
  "accountByJid" | "remoteById" | "streamPage" | "threadPage" | "attachmentsOf"
>;

export interface Stream<P> {
  readonly person: P;
  readonly page: Page<SeenPost>;
}

/** A virtual person's posts and shares. null when nobody here has heard of this person. */
export async function readStream(
  id: DiasporaId,
  reader: Jid,
  query: PageQuery,
  store: Reads,
): Promise<Stream<KnownPerson> | null> {
  const author = await store.remoteById(id);
  if (author === null) return null;
  const whose = { authorKey: author.key, author, readerJid: reader };
  return { person: author, page: await store.streamPage({ ...query, ...whose }) };
}

/** What somebody here has told the federation. null when they have not opted in. */
export async function readHosted(
  jid: Jid,
  reader: Jid,
  query: PageQuery,
  store: Reads,
): Promise<Stream<Account> | null> {
  const author = await store.accountByJid(jid);
  if (author === null) return null;
  const whose = { authorKey: author.key, author, readerJid: reader };
  return { person: author, page: await store.streamPage({ ...query, ...whose }) };
}

/** What was said below a post. null when there is no such post, or not for this reader. */
export async function readThread(
  postGuid: Guid,
  reader: Jid,
  query: PageQuery,
  store: Reads,
): Promise<{ readonly above: Above; readonly page: Page<SeenReply> } | null> {
  return await store.threadPage({ ...query, postGuid, readerKey: await keyOf(reader, store) });
}

/** Likes, votes and answers about a post or a comment, newest first. */
export async function readAttachments(
  guid: Guid,
  reader: Jid,
  store: Reads,
): Promise<{ readonly above: Above; readonly attachments: readonly SeenAttachment[] } | null> {
  return await store.attachmentsOf(guid, await keyOf(reader, store));
}

/** null: a stranger, who sees what everybody sees. */
async function keyOf(reader: Jid, store: Reads): Promise<string | null> {
  return (await store.accountByJid(reader))?.key ?? null;
}
