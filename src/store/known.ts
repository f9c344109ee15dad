/** What is known of a GUID, of an item in a node, of somebody's word about something. */
import type { Activity } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";
import type { Knex } from "knex";
import { firstRow, guarded, rows, type Queryable } from "./database.ts";
import { inGroups } from "./grouped.ts";
import { authorOf } from "./people.ts";
import { ACTIVITY_COLUMNS, activityOf, FROM_ACTIVITIES, type ActivityRow } from "./seen.ts";

export interface KnownActivity {
  readonly id: string;
  readonly guid: Guid;
  readonly authorKey: string;
  readonly author: LocalPerson | RemotePerson;
  readonly audience: Activity["audience"];
  readonly deleted: boolean;
  /** By the operator's word its author is not heard here. */
  readonly suspended: boolean;
  /** null once it is deleted. */
  readonly activity: Activity | null;
  readonly rootGuid: Guid;
  readonly itemId: string;
}

type KnownRow = ActivityRow & {
  readonly author_id: string;
  readonly deleted: boolean;
  readonly suspended: boolean;
};

const KNOWN = `select ${ACTIVITY_COLUMNS}, a.author_id, a.deleted_at is not null as deleted,
    coalesce(p.standing = 'suspend', false) as suspended
  ${FROM_ACTIVITIES}`;

async function known(
  db: Queryable,
  sql: string,
  bindings: readonly Knex.RawBinding[],
): Promise<KnownActivity | null> {
  const row = await firstRow<KnownRow>(db, sql, bindings);
  return row === undefined ? null : knownFrom(row);
}

function knownFrom(row: KnownRow): KnownActivity {
  return {
    id: row.id,
    guid: row.guid,
    authorKey: row.author_id,
    author: authorOf(row),
    audience: row.audience,
    deleted: row.deleted,
    suspended: row.suspended,
    activity: row.object === null ? null : activityOf(row),
    rootGuid: row.root_guid,
    itemId: row.item_id,
  };
}

const GUIDS_AT_ONCE = 100;

/** Whether something with this GUID was kept; asked together where many ask. */
export function createIsKnownGuid(db: Queryable): (guid: Guid) => Promise<boolean> {
  return inGroups({
    most: GUIDS_AT_ONCE,
    run: (guids: readonly Guid[]) => guarded(() => areKnownGuids(db, guids)),
  });
}

async function areKnownGuids(db: Queryable, guids: readonly Guid[]): Promise<boolean[]> {
  const sql = "select guid from activities where guid = any(?::text[])";
  const found = await rows<{ guid: Guid }>(db, sql, [[...guids]]);
  const known = new Set(found.map(({ guid }) => guid));
  return guids.map((guid) => known.has(guid));
}

export async function findActivity(db: Queryable, guid: Guid): Promise<KnownActivity | null> {
  return await known(db, `${KNOWN} where a.guid = ?`, [guid]);
}

export async function findActivities(
  db: Queryable,
  guids: readonly Guid[],
): Promise<(KnownActivity | null)[]> {
  const found = await rows<KnownRow>(db, `${KNOWN} where a.guid = any(?::text[])`, [[...guids]]);
  const byGuid = new Map(found.map((row) => [row.guid, knownFrom(row)]));
  return guids.map((guid) => byGuid.get(guid) ?? null);
}

const REPLIES = "a.type in ('comment', 'opinion', 'vote', 'attendance')";

/** What was said below a post under this name, or was and is deleted. */
export async function findReply(
  db: Queryable,
  rootGuid: Guid,
  itemId: string,
): Promise<KnownActivity | null> {
  return await known(
    db,
    `${KNOWN} where a.root_guid = ? and a.item_id = ? and ${REPLIES} and (a.guid = ?
       or a.item_id <> a.guid and a.root_guid = ? and a.item_id = ? and ${REPLIES})
     order by a.id limit 1`,
    [rootGuid, itemId, itemId, rootGuid, itemId],
  );
}

/** Somebody said something below it, or about it, that is there still. */
export async function isAnswered(db: Queryable, postGuid: Guid): Promise<boolean> {
  const found = await firstRow(
    db,
    `select 1 as one from activities
     where above_guid = ? and deleted_at is null
       and type in ('comment', 'opinion', 'vote', 'attendance', 'share') limit 1`,
    [postGuid],
  );
  return found !== undefined;
}

const INSIDE = {
  question: "(a.object->'question'->>'guid')",
  event: "(a.object->'event'->>'guid')",
} as const;

/** The post that holds it. Two may claim to; who came first has it. */
export async function findPostWith(
  db: Queryable,
  inside: "question" | "event",
  guid: Guid,
): Promise<KnownActivity | null> {
  return await known(
    db,
    `${KNOWN} where ${INSIDE[inside]} = ? and a.type = 'note' order by a.id limit 1`,
    [guid],
  );
}

/** What this person said about it and did not take back: the last, where it is several things. */
export async function ownAbout(
  db: Queryable,
  authorKey: string,
  aboveGuid: Guid,
  type: string,
): Promise<KnownActivity | null> {
  return await known(
    db,
    `${KNOWN} where a.above_guid = ? and a.author_id = ? and a.type = ? and a.deleted_at is null
     order by a.id desc limit 1`,
    [aboveGuid, authorKey, type],
  );
}
