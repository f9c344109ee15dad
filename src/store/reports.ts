/** What a person may ask about their own: where a post has gone, and everything that is kept. */
import type { Guid } from "../activitystreams/ids.ts";
import type { Seen } from "../activitystreams/stream.ts";
import { guarded, rows, type Queryable } from "./database.ts";
import {
  ACTIVITY_COLUMNS,
  FROM_ACTIVITIES,
  rootOf,
  rootsOf,
  seenOf,
  type ActivityRow,
} from "./seen.ts";

/** What became of a post. */
export interface PostReport {
  readonly guid: Guid;
  readonly published: Date;
  /** The beginning of its words. */
  readonly words: string;
  readonly delivered: readonly string[];
  readonly refused: readonly { readonly address: string; readonly reason: string }[];
  readonly waiting: readonly {
    readonly address: string;
    readonly next: Date;
    readonly reason: string | null;
  }[];
}

interface PostRow {
  readonly id: string;
  readonly guid: Guid;
  readonly published: Date;
  readonly words: string | null;
}

interface WayRow {
  readonly activity_id: string;
  readonly address: string;
  readonly outcome: "delivered" | "refused" | "waiting";
  /** Until when it waits. */
  readonly next: Date;
  readonly reason: string | null;
}

/** Where a person's own posts went or are going, the newest first. */
export async function deliveriesOf(
  db: Queryable,
  accountKey: string,
  limit: number,
): Promise<PostReport[]> {
  const posts = await rows<PostRow>(
    db,
    `select id, guid, published, left(object->>'markdown', 80) as words from activities
     where author_id = ? and type in ('note', 'share') and deleted_at is null
     order by published desc, id desc limit ?`,
    [accountKey, limit],
  );
  const ids = posts.map(({ id }) => id);
  // What waits is due when both it and its destination are.
  const ways = await rows<WayRow>(
    db,
    `select l.activity_id, d.address, l.outcome, l.at as next, l.detail as reason
     from ledger l join destinations d on d.id = l.destination_id
     where l.activity_id = any(?::bigint[]) and d.kind in ('pod', 'person')
     union all
     select q.activity_id, d.address, 'waiting',
            case when d.attempts > 0 then greatest(q.next_attempt, d.due_at)
                 else q.next_attempt end,
            coalesce(q.last_error, d.last_error)
     from deliveries q join destinations d on d.id = q.destination_id
     where q.activity_id = any(?::bigint[]) and d.kind in ('pod', 'person')
     order by address`,
    [ids, ids],
  );
  return posts.map(({ id, guid, published, words }) => {
    const of = (outcome: WayRow["outcome"]): WayRow[] =>
      ways.filter((way) => way.activity_id === id && way.outcome === outcome);
    return {
      guid,
      published,
      words: words ?? "",
      delivered: of("delivered").map(({ address }) => address),
      refused: of("refused").map(({ address, reason }) => ({ address, reason: reason ?? "" })),
      waiting: of("waiting").map(({ address, next, reason }) => ({ address, next, reason })),
    };
  });
}

const PIECE = 200;

/** All that a person said and that was not taken back, oldest first. */
export async function* everythingOf(db: Queryable, accountKey: string): AsyncIterable<Seen> {
  for (let last = "0"; ;) {
    const found = await guarded(() => piece(db, accountKey, last));
    yield* found.map(({ seen }) => seen);
    const end = found.at(-1);
    if (end === undefined || found.length < PIECE) return;
    last = end.id;
  }
}

async function piece(
  db: Queryable,
  accountKey: string,
  after: string,
): Promise<{ readonly id: string; readonly seen: Seen }[]> {
  const found = await rows<ActivityRow>(
    db,
    `select ${ACTIVITY_COLUMNS} ${FROM_ACTIVITIES}
     where a.author_id = ? and a.id > ? and a.object is not null order by a.id limit ?`,
    [accountKey, after, PIECE],
  );
  const roots = await rootsOf(db, found);
  return found.map((row) => ({
    id: row.id,
    seen: { ...seenOf(row), ...(row.type === "share" ? { root: rootOf(row, roots) } : {}) },
  }));
}
