/** What a reader on the XMPP side was or could have been shown lately, for those who say "it". */
import type { Jid } from "../activitystreams/ids.ts";
import type { SeenPost } from "../activitystreams/stream.ts";
import { rows, type Queryable } from "./database.ts";
import { ACTIVITY_COLUMNS, FROM_ACTIVITIES, seenPosts, type ActivityRow } from "./seen.ts";

const POSTS_NODE = "urn:xmpp:microblog:0";

/** Newest first, of everybody whom they read. */
export async function recentPosts(
  db: Queryable,
  jid: Jid,
  limit: number,
): Promise<readonly SeenPost[]> {
  // Of each person a few, so that one index range each is enough.
  const found = await rows<ActivityRow>(
    db,
    `select newest.* from subscriptions s
     left join people r on r.jid = s.jid and r.closed_at is null
     cross join lateral (
       select ${ACTIVITY_COLUMNS} ${FROM_ACTIVITIES}
       where a.author_id = s.person_id and a.type in ('note', 'share') and a.deleted_at is null
         and (a.audience = 'public' or exists (
           select 1 from audiences v where v.activity_id = a.id and v.person_id = r.id))
       order by a.published desc, a.id desc limit 5) as newest
     where s.jid = ? and s.node = ? order by newest.published desc limit ?`,
    [jid, POSTS_NODE, limit],
  );
  return await seenPosts(db, found);
}
