/** What a reader on the XMPP side was or could have been shown lately, for those who say "it". */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import type { SeenPost } from "../activitystreams/stream.ts";
import { rows, type Queryable } from "./database.ts";
import { ACTIVITY_COLUMNS, FROM_ACTIVITIES, seenOf, seenPosts, type ActivityRow } from "./seen.ts";

const POSTS_NODE = "urn:xmpp:microblog:0";

/** What came last first, of everybody whom they read. */
export async function recentPosts(
  db: Queryable,
  jid: Jid,
  limit: number,
): Promise<readonly SeenPost[]> {
  // Of each person a few, so that one index range each is enough.
  const found = await rows<ActivityRow>(
    db,
    `select newest.* from subscriptions s
     left join people r on r.jid = s.jid and r.closed_at is null and r.doubted_at is null
     cross join lateral (
       select ${ACTIVITY_COLUMNS} ${FROM_ACTIVITIES}
       where a.author_id = s.person_id and a.type in ('note', 'share') and a.deleted_at is null
         and (a.audience = 'public' or exists (
           select 1 from audiences v where v.activity_id = a.id and v.person_id = r.id))
         and p.standing is distinct from 'suspend'
         and (a.type = 'note' or not exists (
           select 1 from activities o left join relationships b
             on b.local_id = r.id and b.remote_id = o.author_id
           where o.guid = a.above_guid and (b.blocked or b.blocking)))
       order by a.published desc, a.id desc limit 5) as newest
     where s.jid = ? and s.node = ? and not exists (
       select 1 from relationships b where b.local_id = r.id and b.remote_id = s.person_id
         and (b.blocked or b.blocking))
     order by newest.id desc limit ?`,
    [jid, POSTS_NODE, limit],
  );
  return await seenPosts(db, found, seenOf);
}

export interface RecentMessage {
  readonly conversation: Guid;
  readonly markdown: string;
}

/** Newest first: what was said in private where both take part; null: wherever this account does. */
export async function recentMessages(
  db: Queryable,
  accountKey: string,
  personKey: string | null,
  limit: number,
): Promise<readonly RecentMessage[]> {
  return await rows<RecentMessage>(
    db,
    `select said.above_guid as conversation, said.object->>'markdown' as markdown
     from conversation_people mine
     cross join lateral (
       select a.* from activities a
       where a.above_guid = mine.conversation_guid and a.type = 'message'
         and a.deleted_at is null order by a.published desc limit ?) as said
     where mine.person_id = ? and (?::bigint is null or exists (
       select 1 from conversation_people theirs
       where theirs.conversation_guid = mine.conversation_guid
         and theirs.person_id = ?::bigint))
     order by said.published desc limit ?`,
    [limit, accountKey, personKey, personKey, limit],
  );
}
