/** Facts, stored once each, keyed by their GUID. */
import type { Actor, KeptActivity, PersonObject, Tombstone } from "../activitystreams/activity.ts";
import { parseGuid, type Guid } from "../activitystreams/ids.ts";
import { DxError } from "../errors/error.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import { authorOf, type AuthorRow } from "./people.ts";
import { noteOf, type StoredNote } from "./stored-note.ts";
import type { LocalPerson, RemotePerson } from "../activitystreams/person.ts";

export interface ActivityRow {
  readonly guid: string;
  readonly verb: KeptActivity["verb"];
  readonly audience: KeptActivity["audience"];
  readonly object: unknown;
  readonly published: Date;
}

/** The object as it stands in the column. */
type StoredObject = StoredNote | PersonObject | Tombstone;

const LOCK_GUID = "pg_advisory_xact_lock(hashtextextended(?, 0))";

/**
 * Until the end of the transaction nothing is inserted under this GUID: what is not there now
 * was not put there a moment ago by somebody who has not committed yet.
 */
export async function lockGuid(db: Queryable, guid: Guid): Promise<void> {
  await run(db, `select ${LOCK_GUID}`, [guid]);
}

/** Returns the new row's id, or null when this GUID is known already. Locks the GUID. */
export async function insertActivity(
  db: Queryable,
  guid: Guid,
  authorKey: string,
  activity: KeptActivity,
): Promise<string | null> {
  const row = await firstRow<{ id: string }>(
    db,
    `insert into activities (guid, author_id, verb, audience, object, published)
     select ?, ?::bigint, ?, ?, ?::jsonb, ?::timestamptz from (select ${LOCK_GUID}) as locked
     on conflict (guid) do nothing returning id`,
    [
      guid,
      authorKey,
      activity.verb,
      activity.audience,
      JSON.stringify(activity.object),
      activity.published,
      guid,
    ],
  );
  return row?.id ?? null;
}

/** Who may see a limited post. False when this person could already. */
export async function addAudience(
  db: Queryable,
  activityId: string,
  personKey: string,
): Promise<boolean> {
  const added = await rows(
    db,
    `insert into audiences (activity_id, person_id) values (?, ?) on conflict do nothing
     returning person_id`,
    [activityId, personKey],
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

export interface KnownActivity {
  readonly id: string;
  readonly authorKey: string;
  readonly audience: KeptActivity["audience"];
  readonly deleted: boolean;
}

export async function findActivity(db: Queryable, guid: Guid): Promise<KnownActivity | null> {
  const row = await firstRow<{
    id: string;
    author_id: string;
    audience: KeptActivity["audience"];
    deleted_at: Date | null;
  }>(db, "select id, author_id, audience, deleted_at from activities where guid = ?", [guid]);
  if (row === undefined) return null;
  return {
    id: row.id,
    authorKey: row.author_id,
    audience: row.audience,
    deleted: row.deleted_at !== null,
  };
}

/** The words go, the GUID stays: a late copy finds its tombstone. */
export async function entombActivity(db: Queryable, activityId: string): Promise<void> {
  await run(db, "update activities set object = null, deleted_at = now() where id = ?", [
    activityId,
  ]);
}

export interface StreamQuery {
  readonly authorKey: string;
  /** Whose limited posts may be in it; null for a stranger. */
  readonly readerKey: string | null;
  readonly limit: number;
  readonly guids?: readonly string[];
}

export interface StreamPost {
  readonly activity: KeptActivity;
  readonly author: LocalPerson | RemotePerson;
}

/** The newest posts that this reader may see, newest first. */
export async function readStream(db: Queryable, query: StreamQuery): Promise<StreamPost[]> {
  const chosen = query.guids === undefined ? "" : "and a.guid = any(?::text[])";
  const found = await rows<ActivityRow & AuthorRow>(
    db,
    `select a.guid, a.verb, a.audience, a.object, a.published,
            p.network, p.guid as author_guid, p.diaspora_id, p.jid, p.name, p.public_key,
            p.photo_url, pods.url as pod_url
     from activities a join people p on p.id = a.author_id left join pods on pods.id = p.pod_id
     where a.author_id = ? and a.verb = 'post' and a.deleted_at is null
       and (a.audience = 'public' or exists (
         select 1 from audiences w where w.activity_id = a.id and w.person_id = ?::bigint))
       ${chosen}
     order by a.published desc, a.id desc limit ?`,
    [
      query.authorKey,
      query.readerKey,
      ...(query.guids === undefined ? [] : [[...query.guids]]),
      query.limit,
    ],
  );
  return found.map((row) => ({ activity: activityOf(row), author: authorOf(row) }));
}

/** The one place where a row becomes an Activity again. */
export function activityOf(row: ActivityRow & AuthorRow): KeptActivity {
  const base = {
    actor: actorOf(row),
    audience: row.audience,
    published: row.published,
  };
  // The column was written by insertActivity from a typed object; the type it names is looked at.
  const object = row.object as StoredObject | null;
  if (object === null) throw new DxError("DX_ITEM_NOT_FOUND", { evidence: { guid: row.guid } });
  const { verb } = row;
  if (object.type === "person" && (verb === "follow" || verb === "unfollow" || verb === "block")) {
    return { ...base, verb, object };
  }
  if (object.type === "tombstone" && verb === "delete") return { ...base, verb, object };
  if (isNote(object) && (verb === "post" || verb === "update")) {
    return { ...base, verb, object: noteOf(object) };
  }
  throw new DxError("DX_INTERNAL", { detail: "a stored activity is not readable" });
}

function isNote(object: StoredObject): object is StoredNote {
  return object.type === "note" && parseGuid(object.guid) !== null;
}

function actorOf(row: AuthorRow): Actor {
  return row.jid === null
    ? { network: "diaspora", id: row.diaspora_id, name: row.name }
    : { network: "xmpp", id: row.jid, name: row.name };
}
