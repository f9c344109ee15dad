/** What a reader may see: a person's stream, what stands below a post, what is attached to it. */
import { isAbout } from "../activitystreams/activity.ts";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type {
  Above,
  Page,
  PageQuery,
  SeenAttachment,
  SeenPost,
  SeenReply,
} from "../activitystreams/stream.ts";
import { firstRow, rows, type Queryable } from "./database.ts";
import { createKeptPosts, keptOrRead, VERSIONS, type KeptPosts } from "./kept-posts.ts";
import { OWN, readPage, WITH_AUTHORS, type StreamScope } from "./pages.ts";
import {
  ABOVE_COLUMNS,
  aboveOf,
  ACTIVITY_COLUMNS,
  FROM_ACTIVITIES,
  seenBy,
  seenOf,
  seenPosts,
  type AboveRow,
  type ActivityRow,
} from "./seen.ts";

/** The reader, as a binding: the key, or the JID of somebody who may be a stranger. */
export const BY_KEY = "?::bigint";
const BY_JID =
  "(select r.id from people r where r.jid = ? and r.closed_at is null and r.doubted_at is null)";

/** Bindings: the reader, twice. Who wrote it, and whom it was for; of a post. */
const sees = (reader: string): string => `(a.audience = 'public' or a.author_id = ${reader}
  or coalesce((select true from audiences v
    where v.activity_id = a.id and v.person_id = ${reader}), false))`;
/**
 * Neither of the two wants nothing of the other, and the author has not left. Bindings: the
 * reader; in a stream of one author also that author, twice: then it is asked once for all rows.
 */
const wants = (author: "a.author_id" | "?::bigint", reader: string): string => `not coalesce((
    select b.blocked or b.blocking from relationships b
    where b.local_id = ${reader} and b.remote_id = ${author}), false)
  and (select o.closed_at is null and o.standing is distinct from 'suspend'
    from people o where o.id = ${author})`;
const SEES = sees(BY_KEY);
const WANTS = wants("a.author_id", BY_KEY);

/**
 * Whoever is blocked, suspended, or silenced and not followed comes by way of nobody else either.
 * Binding: the reader.
 */
export const shareable = (reader: string): string => `(a.type <> 'share' or not coalesce((
    select true from activities s join people o on o.id = s.author_id
    left join relationships b on b.local_id = ${reader} and b.remote_id = o.id
    where s.guid = a.above_guid and (o.standing = 'suspend' or b.blocked or b.blocking
      or o.standing = 'silence' and not coalesce(b.following, false))), false))`;
/** Who is silenced is heard by who follows. Binding: the reader. */
const HEARD = `not coalesce((
    select o.standing = 'silence' and not coalesce((
      select b.following from relationships b
      where b.local_id = ?::bigint and b.remote_id = o.id), false)
    from people o where o.id = a.author_id), false)`;

const stream = (reader: string): string => `a.author_id = ?::bigint
  and a.type in ('note', 'share') and ${sees(reader)} and ${wants("?::bigint", reader)}
  and ${shareable(reader)}`;
const STREAM = { byKey: stream(BY_KEY), byJid: stream(BY_JID) };

/** A JID of nobody is a stranger. */
export type StreamReader = { readonly readerKey: string | null } | { readonly readerJid: Jid };

/** `author`: who it is, where that is known; then it need not be read with each post. */
export interface StreamAuthor {
  readonly authorKey: string;
  readonly author?: LocalPerson | RemotePerson;
}

/** More than so many are not counted: who wants to know that reads them. */
const MOST_COUNTED = 1_000;
/** RFC 4685 §4. Of a share: those below the share itself. */
const COMMENTS_BELOW = `(select count(*) from (select 1 from activities c
    where c.root_guid = a.guid and c.root_guid <> c.guid and c.type = 'comment'
      and c.deleted_at is null limit ${String(MOST_COUNTED)}) as below)::integer as comments`;

/**
 * Posts and shares of one person, newest first. The 20 newest of 1,000 are read from the index,
 * 106 pages of the database among 10,000 posts of others and among 1,000,000.
 */
export async function streamPage(
  db: Queryable,
  query: PageQuery & StreamReader & StreamAuthor,
  kept: KeptPosts = createKeptPosts(),
): Promise<Page<SeenPost>> {
  const { authorKey, author } = query;
  const [reader, own] =
    "readerJid" in query ? [query.readerJid, STREAM.byJid] : [query.readerKey, STREAM.byKey];
  const scope: StreamScope = {
    beside: COMMENTS_BELOW,
    where: `${own} and a.deleted_at is null`,
    anchors: own,
    bindings: [authorKey, reader, reader, reader, authorKey, authorKey, reader],
    named: `(a.guid = any(?::text[]) or a.item_id = any(?::text[]) and a.item_id <> a.guid
      and a.type in ('note', 'share') and a.author_id = ?::bigint)`,
    namedBindings: [authorKey],
  };
  if (author === undefined) {
    const { found, ...page } = await readPage(db, query, scope, WITH_AUTHORS);
    return { ...page, items: await seenPosts(db, found, seenOf) };
  }
  const { found, ...page } = await readPage(db, query, scope, VERSIONS);
  const items = await keptOrRead(db, found, author, kept);
  if (items !== null) return { ...page, items };
  return await ownPage(db, query, scope, author);
}

/** All that is shown, at once: one of them has changed meanwhile, and who may see it with it. */
async function ownPage(
  db: Queryable,
  query: PageQuery,
  scope: StreamScope,
  author: LocalPerson | RemotePerson,
): Promise<Page<SeenPost>> {
  const { found, ...page } = await readPage(db, query, scope, OWN);
  return { ...page, items: await seenPosts(db, found, (row) => seenBy(row, author)) };
}

const THREAD = `a.root_guid = ? and a.root_guid <> a.guid and (a.type = 'comment'
    or a.type = 'opinion' and a.verb = 'like' and a.above_guid = ?)
  and ${WANTS} and ${HEARD}`;

/** Comments, and likes of the post itself; null: no such post, or not for this reader. */
export async function threadPage(
  db: Queryable,
  query: PageQuery & { readonly postGuid: Guid; readonly readerKey: string | null },
): Promise<{ readonly above: Above; readonly page: Page<SeenReply> } | null> {
  const { postGuid, readerKey } = query;
  const above = await visiblePost(db, postGuid, readerKey);
  if (above === null) return null;
  const scope: StreamScope = {
    where: `${THREAD} and a.deleted_at is null`,
    anchors: THREAD,
    bindings: [postGuid, postGuid, readerKey, readerKey],
    named: `(a.guid = any(?::text[]) or a.item_id = any(?::text[]) and a.item_id <> a.guid
      and a.type in ('comment', 'opinion', 'vote', 'attendance') and a.root_guid = ?)`,
    namedBindings: [postGuid],
  };
  const { found, ...page } = await readPage(db, query, scope, WITH_AUTHORS);
  const items = found.flatMap((row): SeenReply[] => {
    const { activity, ...seen } = seenOf(row);
    if (isAbout(activity, "comment")) return [{ ...seen, activity }];
    return isAbout(activity, "opinion") ? [{ ...seen, activity }] : [];
  });
  return { above, page: { ...page, items } };
}

async function visiblePost(
  db: Queryable,
  guid: Guid,
  readerKey: string | null,
): Promise<Above | null> {
  const row = await firstRow<AboveRow>(
    db,
    `select ${ABOVE_COLUMNS} ${FROM_ACTIVITIES}
     where a.guid = ? and a.type in ('note', 'share') and a.deleted_at is null
       and ${SEES} and ${WANTS}`,
    [guid, readerKey, readerKey, readerKey],
  );
  return row === undefined ? null : aboveOf(row);
}

const MAX_ATTACHMENTS = 1_000;

/** Likes, votes and answers about a post or a comment; null as for a thread. */
export async function attachmentsOf(
  db: Queryable,
  guid: Guid,
  readerKey: string | null,
): Promise<{ readonly above: Above; readonly attachments: readonly SeenAttachment[] } | null> {
  const target = await firstRow<{ root_guid: Guid }>(
    db,
    `select a.root_guid from activities a
     where a.guid = ? and a.type in ('note', 'share', 'comment') and a.deleted_at is null
       and ${WANTS}`,
    [guid, readerKey],
  );
  const above = target === undefined ? null : await visiblePost(db, target.root_guid, readerKey);
  if (above === null) return null;
  const found = await rows<ActivityRow>(
    db,
    `select ${ACTIVITY_COLUMNS} ${FROM_ACTIVITIES}
     where a.above_guid = ? and a.deleted_at is null and ${WANTS}
       and (a.type in ('vote', 'attendance') or a.type = 'opinion' and a.verb = 'like')
     order by a.published desc, a.id desc limit ?`,
    [guid, readerKey, MAX_ATTACHMENTS],
  );
  return { above, attachments: found.flatMap(attachmentOf) };
}

function attachmentOf(row: ActivityRow): SeenAttachment[] {
  const { activity, ...seen } = seenOf(row);
  if (isAbout(activity, "opinion")) return [{ ...seen, activity }];
  if (isAbout(activity, "vote")) return [{ ...seen, activity }];
  return isAbout(activity, "attendance") ? [{ ...seen, activity }] : [];
}
