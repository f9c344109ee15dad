/** Facts, stored once each, keyed by their GUID. */
import type { Activity } from "../activitystreams/activity.ts";
import type { Guid, Jid } from "../activitystreams/ids.ts";
import type { Above } from "../activitystreams/stream.ts";
import type { Knex } from "knex";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import { changedAt } from "./stored-object.ts";

/** What stands beside an activity. */
export interface ActivityFacts {
  /** What it is about: the post of a comment or vote, the root of a share … */
  readonly aboveGuid?: Guid;
  /** The post at the top; its own GUID when absent. */
  readonly rootGuid?: Guid;
  /** How its author's client called its item; its GUID when absent. */
  readonly itemId?: string;
  /** A relayable of another pod as its author signed it. */
  readonly relay?: string;
  /** It was asked for, and is not shown as news. */
  readonly quiet?: boolean;
}

/** `guid`: an expression. */
function lockSql(guid: string): string {
  return `pg_advisory_xact_lock(hashtextextended(${guid}, 0))`;
}

/**
 * Until the end of the transaction nothing is inserted under this GUID: what is not there now
 * was not put there a moment ago by somebody who has not committed yet.
 */
export async function lockGuid(db: Queryable, guid: Guid): Promise<void> {
  await run(db, `select ${lockSql("?")}`, [guid]);
}

export interface NewActivity {
  readonly guid: Guid;
  readonly authorKey: string;
  readonly activity: Activity;
  readonly facts?: ActivityFacts;
}

/**
 * Returns the new rows' ids; null where the GUID is known already, or the name of its item in the
 * node of this post is taken. Locks the GUIDs, in one order for all who do so. The rows are made in
 * the order in which they are given.
 */
export async function insertActivities(
  db: Queryable,
  news: readonly NewActivity[],
): Promise<(string | null)[]> {
  const made = await rows<{ id: string; guid: Guid }>(
    db,
    `with locked as materialized (
       select ${lockSql("guid")} from (
         select unnest(?::text[]) as guid order by guid) as sorted)
     insert into activities (guid, author_id, verb, type, audience, object, published, changed,
       above_guid, root_guid, item_id, relay, quiet)
     select n.guid, n.author_id, n.verb, n.type, n.audience, n.object::jsonb, n.published,
            n.changed, nullif(n.above_guid, ''), n.root_guid, n.item_id, nullif(n.relay, ''), n.quiet
     from (select count(*) from locked) as all_locked, unnest(
       ?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::timestamptz[],
       ?::timestamptz[], ?::text[], ?::text[], ?::text[], ?::text[], ?::boolean[]) with ordinality
       as n (guid, author_id, verb, type, audience, object, published, changed, above_guid,
         root_guid, item_id, relay, quiet, place)
     order by n.place
     on conflict do nothing returning id, guid`,
    [news.map(({ guid }) => guid), ...columnsOf(news)],
  );
  const ids = new Map(made.map(({ id, guid }) => [guid, id]));
  return news.map(({ guid }) => {
    const id = ids.get(guid) ?? null;
    // Twice in one group: the second has found it known.
    ids.delete(guid);
    return id;
  });
}

function columnsOf(news: readonly NewActivity[]): Knex.RawBinding[] {
  const facts = news.map((each) => each.facts ?? {});
  return [
    news.map(({ guid }) => guid),
    news.map(({ authorKey }) => authorKey),
    news.map(({ activity }) => activity.verb),
    news.map(({ activity }) => activity.object.type),
    news.map(({ activity }) => activity.audience),
    news.map(({ activity }) => JSON.stringify(activity.object)),
    news.map(({ activity }) => activity.published),
    news.map(({ activity }) => changedAt(activity)),
    facts.map(({ aboveGuid = "" }) => aboveGuid),
    news.map(({ guid, facts: of }) => of?.rootGuid ?? guid),
    news.map(({ guid, facts: of }) => of?.itemId ?? guid),
    facts.map(({ relay = "" }) => relay),
    facts.map(({ quiet = false }) => quiet),
  ];
}

export async function insertActivity(
  db: Queryable,
  guid: Guid,
  authorKey: string,
  activity: Activity,
  facts: ActivityFacts = {},
): Promise<string | null> {
  const [id = null] = await insertActivities(db, [{ guid, authorKey, activity, facts }]);
  return id;
}

/** Other words under the same GUID; what was deleted stays so. */
export async function changeActivity(
  db: Queryable,
  activityId: string,
  activity: Activity,
  relay?: string,
): Promise<void> {
  await run(
    db,
    `update activities set verb = ?, object = ?::jsonb, changed = ?::timestamptz,
       relay = coalesce(?, relay)
     where id = ? and type = ? and deleted_at is null`,
    [
      activity.verb,
      JSON.stringify(activity.object),
      changedAt(activity),
      relay ?? null,
      activityId,
      activity.object.type,
    ],
  );
}

/**
 * Who may see a limited post: for ever, or as a contact of its author for as long as they are one.
 * False when this person could already.
 */
export async function addAudience(
  db: Queryable,
  activityId: string,
  personKey: string,
  asContact = false,
): Promise<boolean> {
  const added = await rows(
    db,
    `insert into audiences (activity_id, person_id, contact) values (?, ?, ?)
     on conflict do nothing returning person_id`,
    [activityId, personKey, asContact],
  );
  return added.length > 0;
}

export async function audienceOf(db: Queryable, activityId: string): Promise<Guid[]> {
  const found = await rows<{ guid: Guid }>(
    db,
    "select p.guid from audiences a join people p on p.id = a.person_id where a.activity_id = ?",
    [activityId],
  );
  return found.map((row) => row.guid);
}

/** Nobody who is in it not yet gets into it. */
export async function narrowAudience(
  db: Queryable,
  activityId: string,
  to: readonly Guid[],
): Promise<void> {
  await run(
    db,
    `delete from audiences where activity_id = ?
       and person_id not in (select id from people where guid = any(?::text[]))`,
    [activityId, [...to]],
  );
}

/** The words go, the GUID stays: a late copy finds its tombstone. */
const ENTOMB = "update activities set object = null, relay = null, deleted_at = now()";

export async function entombActivity(db: Queryable, activityId: string): Promise<void> {
  await run(db, `${ENTOMB} where id = ?`, [activityId]);
}

/** What was said below a post and about it; not what tells others that something is gone. */
export async function entombBelow(db: Queryable, rootGuid: Guid): Promise<void> {
  await run(
    db,
    `${ENTOMB} where root_guid = ? and root_guid <> guid and deleted_at is null
       and type <> 'tombstone'`,
    [rootGuid],
  );
}

export interface OutdatedShare {
  readonly id: string;
  readonly guid: Guid;
  readonly authorKey: string;
  readonly jid: Jid | null;
}

/** The newest shares of a post that is gone: from then on they say so. */
export async function outdateShares(
  db: Queryable,
  rootGuid: Guid,
  at: Date,
  limit: number,
): Promise<OutdatedShare[]> {
  return await rows<OutdatedShare>(
    db,
    `update activities a
     set object = jsonb_set(a.object, '{edited}', to_jsonb(?::text)), changed = ?::timestamptz
     from people p where p.id = a.author_id and a.id in (
       select s.id from activities s join people o on o.id = s.author_id
       where s.above_guid = ? and s.type = 'share' and s.deleted_at is null
         and o.closed_at is null order by s.id desc limit ?)
     returning a.id, a.guid, a.author_id as "authorKey", p.jid`,
    [at.toISOString(), at, rootGuid, limit],
  );
}

/** Where a post's author's client keeps the comments (XEP-0277). */
export async function commentsOf(db: Queryable, postGuid: Guid): Promise<Above["comments"]> {
  const row = await firstRow<{ service: string; node: string }>(
    db,
    `select comments_service as service, comments_node as node from activities
     where guid = ? and comments_service is not null and deleted_at is null`,
    [postGuid],
  );
  return row ?? null;
}

export async function setComments(
  db: Queryable,
  postGuid: Guid,
  at: Above["comments"],
): Promise<void> {
  await run(db, "update activities set comments_service = ?, comments_node = ? where guid = ?", [
    at?.service ?? null,
    at?.node ?? null,
    postGuid,
  ]);
}
