/**
 * Who on the XMPP side gets what goes out in a person's stream, asked when it goes out: whoever
 * was blocked meanwhile gets nothing, whatever was put there before. One indexed statement for a
 * page of them, in the order of their JIDs.
 */
import type { DeliveryForm, PendingDelivery, Reader } from "../activitystreams/delivery.ts";
import type { Jid } from "../activitystreams/ids.ts";
import type { Knex } from "knex";
import { rows, type Queryable } from "./database.ts";

/** Where posts stand, and by which chat clients read them. */
export const POSTS_NODE = "urn:xmpp:microblog:0";

/** All that decides who it is; its JSON is the scope of a delivery. Keys are those of `people`. */
export interface StreamScope {
  readonly person: string;
  /** Of posts: the node that is read. */
  readonly node: string | null;
  /** Of what is said below a post: its GUID. */
  readonly thread: string | null;
  /** It is a comment, not a like or a vote, which go to the post's author only. */
  readonly comment: boolean;
  /** The limited post whose audience it is. */
  readonly limited: string | null;
  readonly only: readonly string[] | null;
  /** Whose words they are: not for who wants nothing of these. */
  readonly authors: readonly string[];
  /** Nobody gets back their own. */
  readonly except: readonly string[];
}

/** Nothing was asked for since: whoever asked for the feed has left that client. */
const ASKED = "coalesce(r.feed_asked_at > now() - interval '30 days', false)";
const READS = "coalesce(w.reads, 'auto')";
export const WANTS_EVENTS = `(${READS} in ('feed', 'both')
  or (${READS} = 'auto' and (s.pubsub or ${ASKED})))`;
export const WANTS_CHATS = `(${READS} in ('chat', 'both')
  or (${READS} = 'auto' and not (s.pubsub or ${ASKED})))`;

/**
 * Bindings: except, authors twice. Nobody of whom nothing is known has blocked anybody. Who is
 * silenced is heard by who follows.
 */
const MAY = `r.closed_at is null and r.standing is distinct from 'suspend'
  and (r.id is null or r.id <> all(?::bigint[]))
  and not coalesce((select bool_or(b.blocked or b.blocking) from relationships b
    where b.local_id = r.id and b.remote_id = any(?::bigint[])), false)
  and not exists (select 1 from people o
    where o.id = any(?::bigint[]) and o.standing = 'silence' and not exists (
      select 1 from relationships b
      where b.local_id = r.id and b.remote_id = o.id and b.following))`;
/**
 * Bindings: limited twice, only twice. Whoever may be somebody else by now gets nothing that is for
 * some only (leaving.ts).
 */
const SEES = `(?::bigint is null or r.doubted_at is null and exists (select 1 from audiences v
    where v.activity_id = ?::bigint and v.person_id = r.id))
  and (?::text[] is null or r.guid = any(?::text[]))`;
/** Each reader is looked up: joined otherwise, all people would be gone through for a page. */
const SUBSCRIBED = `from subscriptions s
  left join lateral (
    select id, guid, closed_at, standing, feed_asked_at, doubted_at from people
    where jid = s.jid limit 1) as r on true
  left join lateral (select reads, comments from preferences
    where person_id = r.id limit 1) as w on true
  where s.person_id = ?::bigint and s.node = ? and s.jid > ?`;

const OF_POSTS = `
  select s.jid, ${WANTS_EVENTS} as event, ${WANTS_CHATS} as chat
  ${SUBSCRIBED} and ${MAY} and ${SEES} order by s.jid limit ?`;

/** Each part gives no more than is wanted in all, so that a page costs a page. */
const OF_A_THREAD = `
  select jid, bool_or(event) as event, not bool_and(event) as chat from (
    (select s.jid, true as event
     ${SUBSCRIBED} and s.pubsub and ${MAY} and ${SEES} order by s.jid limit ?)
    union all
    (select s.jid, false
     ${SUBSCRIBED} and ?::boolean and ${WANTS_CHATS} and ${MAY} and ${SEES}
       and (coalesce(w.comments, 'all') = 'all' or w.comments = 'mine' and exists (
         select 1 from activities x where x.above_guid = ? and x.author_id = r.id
           and x.type in ('comment', 'opinion', 'vote', 'attendance')
           and x.deleted_at is null))
     order by s.jid limit ?)
    union all
    -- the post's author, whose client shows no comments by itself
    (select r.jid, false from people r left join preferences w on w.person_id = r.id
     where r.id = ?::bigint and r.network = 'xmpp' and r.jid > ? and ${MAY}
       and coalesce(w.comments, 'all') <> 'none'
       and (${READS} in ('chat', 'both') or (${READS} = 'auto' and not ${ASKED}
         and not exists (select 1 from subscriptions s where s.jid = r.jid and s.pubsub)
         and not exists (select 1 from activities t
           where t.guid = ? and t.comments_service is not null))))
  ) as found group by jid order by jid limit ?`;

/** What was written by pending.ts. */
function scopeOf(delivery: PendingDelivery): StreamScope {
  return JSON.parse(delivery.scope) as StreamScope;
}

/** At most `limit`, behind the JID `after`. */
export async function readersOf(
  db: Queryable,
  delivery: PendingDelivery,
  after: string | null,
  limit: number,
): Promise<Reader[]> {
  const scope = scopeOf(delivery);
  const may = [[...scope.except], [...scope.authors], [...scope.authors]];
  const only = scope.only === null ? null : [...scope.only];
  const sees = [scope.limited, scope.limited, only, only];
  const from = after ?? "";
  const found = await rows<{ jid: Jid; event: boolean; chat: boolean }>(
    db,
    scope.thread === null ? OF_POSTS : OF_A_THREAD,
    scope.thread === null
      ? [scope.person, scope.node ?? POSTS_NODE, from, ...may, ...sees, limit]
      : threadBindings({ ...scope, thread: scope.thread }, { from, may, sees, limit }),
  );
  return found.map(({ jid, event, chat }) => ({ jid, forms: formsOf(event, chat) }));
}

interface Parts {
  readonly from: string;
  readonly may: readonly Knex.RawBinding[];
  readonly sees: readonly Knex.RawBinding[];
  readonly limit: number;
}

function threadBindings(
  { person, thread, comment }: StreamScope & { readonly thread: string },
  { from, may, sees, limit }: Parts,
): Knex.RawBinding[] {
  const commentsNode = `${POSTS_NODE}:comments/${thread}`;
  return [
    ...[person, commentsNode, from, ...may, ...sees, limit],
    ...[person, POSTS_NODE, from, comment, ...may, ...sees, thread, limit],
    ...[person, from, ...may, thread],
    limit,
  ];
}

function formsOf(event: boolean, chat: boolean): DeliveryForm[] {
  return [...(event ? (["event"] as const) : []), ...(chat ? (["chat"] as const) : [])];
}
