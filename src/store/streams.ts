/** What a reader may see: a person's stream, what stands below a post, what is attached to it. */
import { isAbout } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import type {
  Above,
  Page,
  PageQuery,
  SeenAttachment,
  SeenPost,
  SeenReply,
} from "../activitystreams/stream.ts";
import { firstRow, rows, type Queryable } from "./database.ts";
import { readPage, type StreamScope } from "./pages.ts";
import {
  ABOVE_COLUMNS,
  aboveOf,
  ACTIVITY_COLUMNS,
  FROM_ACTIVITIES,
  seenOf,
  seenPosts,
  type AboveRow,
  type ActivityRow,
} from "./seen.ts";

/** Bindings: the reader, twice. Who wrote it, and whom it was for; of a post. */
const SEES = `(a.audience = 'public' or a.author_id = ?::bigint or coalesce((select true
  from audiences v where v.activity_id = a.id and v.person_id = ?::bigint), false))`;
/**
 * Neither of the two wants nothing of the other, and the author has not left. Bindings: the
 * reader; in a stream of one author also that author, twice: then it is asked once for all rows.
 */
const wants = (author: "a.author_id" | "?::bigint"): string => `not coalesce((
    select b.blocked or b.blocking from relationships b
    where b.local_id = ?::bigint and b.remote_id = ${author}), false)
  and (select o.closed_at is null from people o where o.id = ${author})`;
const WANTS = wants("a.author_id");

const STREAM = `a.author_id = ?::bigint and a.type in ('note', 'share') and ${SEES}
  and ${wants("?::bigint")}`;

/**
 * Posts and shares of one person, newest first. The 20 newest of 1,000 are read from the index,
 * 106 pages of the database among 10,000 posts of others and among 1,000,000.
 */
export async function streamPage(
  db: Queryable,
  query: PageQuery & { readonly authorKey: string; readonly readerKey: string | null },
): Promise<Page<SeenPost>> {
  const { authorKey, readerKey } = query;
  const scope: StreamScope = {
    where: `${STREAM} and a.deleted_at is null`,
    anchors: STREAM,
    bindings: [authorKey, readerKey, readerKey, readerKey, authorKey, authorKey],
    named: `(a.guid = any(?::text[]) or a.item_id = any(?::text[]) and a.item_id <> a.guid
      and a.type in ('note', 'share') and a.author_id = ?::bigint)`,
    namedBindings: [authorKey],
  };
  const { found, ...page } = await readPage(db, query, scope);
  return { ...page, items: await seenPosts(db, found) };
}

const THREAD = `a.root_guid = ? and a.root_guid <> a.guid and (a.type = 'comment'
    or a.type = 'opinion' and a.verb = 'like' and a.above_guid = ?)
  and ${WANTS}`;

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
    bindings: [postGuid, postGuid, readerKey],
    named: `(a.guid = any(?::text[]) or a.item_id = any(?::text[]) and a.item_id <> a.guid
      and a.type in ('comment', 'opinion', 'vote', 'attendance') and a.root_guid = ?)`,
    namedBindings: [postGuid],
  };
  const { found, ...page } = await readPage(db, query, scope);
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
