/** Activities that wait to go out, with what stands above them. */
import type { Activity } from "../activitystreams/activity.ts";
import type { ActivityContent } from "../activitystreams/delivery.ts";
import type { Guid } from "../activitystreams/ids.ts";
import { askedAbove } from "./asked.ts";
import { rows, type Queryable } from "./database.ts";
import { authorOf } from "./people.ts";
import {
  ABOVE_COLUMNS,
  aboveOf,
  ACTIVITY_COLUMNS,
  activityBy,
  FROM_ACTIVITIES,
  rootOf,
  rootsOf,
  type AboveRow,
  type ActivityRow,
} from "./seen.ts";

export interface Content {
  /** The same for everybody who waits for it. */
  readonly shared: ActivityContent;
  readonly authorKey: string;
  /** Who wrote what a share passes on; null: nobody who is known. */
  readonly sharedKey: string | null;
  /** As its author signed it; only of what was asked for. */
  readonly relay: string | null;
  /** The limited post whose readers alone may have it; null: everybody may. */
  readonly limitedTo: string | null;
  /** Of a private message: how the clients of its readers call the conversation, by JID. */
  readonly threads: ReadonlyMap<string, string>;
}

interface ContentRow extends ActivityRow {
  readonly author_id: string;
  readonly shared_author_id: string | null;
  readonly relay: string | null;
  /** What is taken back by it, where that is known. */
  readonly target_id: string | null;
  readonly target_guid: Guid | null;
  readonly target_item_id: string | null;
  readonly target_root_guid: Guid | null;
  readonly target_audience: Activity["audience"] | null;
}

type Top = AboveRow & { readonly id: string };

const NO_THREADS: ReadonlyMap<string, string> = new Map();

/** By the ids of activities; without those that are not to be brought to anybody any more. */
export async function contentsOf(
  db: Queryable,
  wanted: ReadonlyMap<string, { readonly sealed: boolean }>,
): Promise<Map<string, Content>> {
  if (wanted.size === 0) return new Map();
  const sealed = [...wanted].flatMap(([id, { sealed: is }]) => (is ? [id] : []));
  const found = await rows<ContentRow>(
    db,
    // Who has left takes back what was said still, and says nothing new.
    `select ${ACTIVITY_COLUMNS}, a.author_id, s.author_id as shared_author_id,
            case when a.id = any(?::bigint[]) then a.relay end as relay,
            g.id as target_id, g.guid as target_guid, g.item_id as target_item_id,
            g.root_guid as target_root_guid, g.audience as target_audience
     ${FROM_ACTIVITIES}
     left join activities g
       on g.guid = case when a.type = 'tombstone' then a.object->>'guid' end
     left join activities s on s.guid = case when a.type = 'share' then a.above_guid end
     where a.id = any(?::bigint[]) and a.object is not null
       -- said while the post was being taken back: it would come after that
       and not (a.type in ('comment', 'opinion', 'vote', 'attendance') and exists (
         select 1 from activities t where t.guid = a.root_guid and t.deleted_at is not null))
       and (p.closed_at is null and p.standing is distinct from 'suspend'
         or a.verb in ('delete', 'unfollow', 'block', 'terminate', 'replace'))`,
    [sealed, [...wanted.keys()]],
  );
  const roots = await rootsOf(db, found);
  const tops = await topsOf(db, found);
  const threads = await threadsOf(db, found);
  const asked = await askedAbove(db, found);
  const authors = authorsOf(found);
  return new Map(
    found.map((row) => {
      const author = authors.get(row.author_id) ?? authorOf(row);
      const top = tops.get(topGuid(row) ?? "");
      const asks = asked.get(row.root_guid);
      const shared: ActivityContent = {
        type: "activity",
        activityId: row.id,
        activity: activityBy(row, author),
        author,
        itemId: row.target_item_id ?? row.item_id,
        root: rootOf(row, roots),
        above: top === undefined ? null : aboveOf(top),
        sealer: null,
        relay: null,
        ...(asks === undefined ? {} : { asked: asks }),
      };
      const content: Content = {
        shared,
        authorKey: row.author_id,
        sharedKey: row.shared_author_id,
        relay: row.relay,
        limitedTo: limitedTo(row, top),
        threads: threads.get(row.id) ?? NO_THREADS,
      };
      return [row.id, content];
    }),
  );
}

/** One for all that somebody said: what waits in a stream is of one person. */
function authorsOf(found: readonly ContentRow[]): ReadonlyMap<string, ReturnType<typeof authorOf>> {
  const authors = new Map<string, ReturnType<typeof authorOf>>();
  for (const row of found) {
    if (!authors.has(row.author_id)) authors.set(row.author_id, authorOf(row));
  }
  return authors;
}

/** The post at the top of what it belongs to; null when it is the top itself. */
function topGuid(row: ContentRow): Guid | null {
  const root = row.target_root_guid ?? row.root_guid;
  return root === row.guid || root === row.target_guid ? null : root;
}

/** Who could see what is taken back may hear that it was. */
function limitedTo(row: ContentRow, top: Top | undefined): string | null {
  if (top !== undefined) return top.audience === "limited" ? top.id : null;
  const audience = row.target_audience ?? row.audience;
  return audience === "limited" ? (row.target_id ?? row.id) : null;
}

async function topsOf(db: Queryable, found: readonly ContentRow[]): Promise<Map<string, Top>> {
  const guids = new Set(found.flatMap((row) => topGuid(row) ?? []));
  if (guids.size === 0) return new Map();
  const tops = await rows<Top>(
    db,
    `select a.id, ${ABOVE_COLUMNS} ${FROM_ACTIVITIES}
     where a.guid = any(?::text[]) and a.type in ('note', 'share')`,
    [[...guids]],
  );
  return new Map(tops.map((row) => [row.guid, row]));
}

async function threadsOf(
  db: Queryable,
  found: readonly ContentRow[],
): Promise<Map<string, Map<string, string>>> {
  const messages = found.filter(({ type }) => type === "message" || type === "conversation");
  const threads = new Map<string, Map<string, string>>();
  if (messages.length === 0) return threads;
  const named = await rows<{ id: string; jid: string; thread: string }>(
    db,
    `select a.id, p.jid, c.thread from activities a
     join conversation_people c on c.thread is not null and c.conversation_guid =
       case a.type when 'message' then a.object->>'conversation' else a.object->>'guid' end
     join people p on p.id = c.person_id and p.jid is not null
     where a.id = any(?::bigint[])`,
    [messages.map(({ id }) => id)],
  );
  for (const { id, jid, thread } of named) {
    threads.set(id, (threads.get(id) ?? new Map<string, string>()).set(jid, thread));
  }
  return threads;
}
