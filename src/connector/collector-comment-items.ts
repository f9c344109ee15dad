/**
 * Items of a comments node (XEP-0277) on their way to the rules. Who wrote one is told by the
 * `publisher` that the service has put there, where that service can know; whoever was first under
 * an item's name stays its author (Prosody lets others overwrite it).
 */
import { formOf } from "../activitystreams/hash-form.ts";
import { domainOf, type Jid } from "../activitystreams/ids.ts";
import { isDxError } from "../errors/error.ts";
import type { Log } from "../log/log.ts";
import { commentFromEntry, isLikeEntry, voteInEntry } from "../pep/comment-entry.ts";
import { readEntry, type Entry } from "../pep/entry.ts";
import type { EventItem } from "../pep/read-event.ts";
import type { CommentNode, CommentPorts } from "./collector-ports.ts";
import type { Dropped } from "./dropped.ts";
import { hashOf } from "./item-hash.ts";
import { vouchesFor } from "./vouching.ts";

export interface TakeCommentsOptions {
  readonly ports: CommentPorts;
  readonly dropped: Dropped;
  readonly log: Log;
  /** The component's own: what virtual people published there we did ourselves. */
  readonly domain: string;
  /** See vouching.ts. */
  readonly ownHosts: readonly string[];
}

/** Returns how many were new. */
export async function takeComments(
  place: CommentNode,
  items: readonly EventItem[],
  options: TakeCommentsOptions,
): Promise<number> {
  const seen = await options.ports.seenComments(
    place,
    items.map((item) => item.id),
  );
  let taken = 0;
  for (const item of items) {
    const known = seen.get(item.id) ?? null;
    if (await takeComment(place, item, known, options)) taken += 1;
  }
  return taken;
}

type Known =
  Awaited<ReturnType<CommentPorts["seenComments"]>> extends ReadonlyMap<string, infer K>
    ? K | null
    : never;

async function takeComment(
  place: CommentNode,
  item: EventItem,
  known: Known,
  options: TakeCommentsOptions,
): Promise<boolean> {
  const { ports } = options;
  const { id, payload } = item;
  const publisher = authorOf(place, item, known, options);
  if (payload === undefined || publisher === null) return false;
  const hash = hashOf(payload);
  if (known?.gone === true || known?.hash === hash) return false;
  // Hashed by a former version: nothing shows that its author has touched it.
  if (known !== null && formOf(known.hash) !== formOf(hash)) {
    await ports.recordComment(place, { id, publisher, hash });
    return false;
  }
  const entry = readEntry(payload);
  if (entry !== null && !(await tell(place, id, publisher, entry, options))) return false;
  await ports.recordComment(place, { id, publisher, hash });
  return true;
}

/** null for what is ours, or not to be believed. */
function authorOf(
  { service }: CommentNode,
  { publisher }: EventItem,
  known: Known,
  { dropped, domain, ownHosts, log }: TakeCommentsOptions,
): Jid | null {
  if (publisher !== null && domainOf(publisher) === domain) return null;
  if (publisher === null || !vouchesFor(service, publisher, ownHosts)) {
    dropped("unverified");
    return null;
  }
  if (known === null || known.publisher === publisher) return publisher;
  dropped("overwritten");
  log.warn({ service, publisher }, "somebody put another comment in the place of one");
  return null;
}

/** False when the post is not here yet: the comment will be asked for again. */
async function tell(
  { postGuid }: CommentNode,
  itemId: string,
  jid: Jid,
  entry: Entry,
  { ports, log }: TakeCommentsOptions,
): Promise<boolean> {
  const published = entry.published ?? entry.updated;
  if (!(await isOurs(jid, published, ports))) return true;
  const reading = {
    markdown: commentFromEntry(entry, postGuid, postGuid)?.markdown ?? "",
    isLike: isLikeEntry(entry),
    vote: voteInEntry(entry),
  };
  const said = { jid, postGuid, itemId, reading, ...(published === null ? {} : { published }) };
  try {
    return (await ports.comment(said)) !== "unknown";
  } catch (error) {
    if (!isDxError(error) || error.retryable) throw error;
    log.debug({ jid, code: error.code }, "a comment was refused");
    return true;
  }
}

/** What was written before opting in stays home, like what the others write. */
async function isOurs(jid: Jid, date: Date | null, ports: CommentPorts): Promise<boolean> {
  const feed = await ports.feedOf(jid);
  return feed !== null && (date === null || date >= feed.since);
}
