/** Who wants to be told what is said below a post, and what there is to tell. */
import type { Guid } from "../activitystreams/ids.ts";
import { firstRow, rows, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  localFrom,
  PERSON_COLUMNS,
  type PersonRow,
  type StoredLocal,
} from "./people.ts";

/** Somebody here has told its author so, and is still here. */
export async function isTakenPart(db: Queryable, postGuid: Guid): Promise<boolean> {
  const found = await firstRow(
    db,
    `select 1 as one from activities a join people p on p.id = a.author_id
     where a.above_guid = ? and a.type = 'participation' and a.deleted_at is null
       and p.network = 'xmpp' and p.closed_at is null limit 1`,
    [postGuid],
  );
  return found !== undefined;
}

/** Somebody of here who follows each person: one of ten thousand is found as soon as of two. */
export async function anyFollowers(
  db: Queryable,
  personKeys: readonly string[],
): Promise<(StoredLocal | null)[]> {
  const found = await rows<PersonRow & { readonly followed: string }>(
    db,
    `select wanted.id as followed, f.* from unnest(?::bigint[]) as wanted (id)
     cross join lateral (
       select ${PERSON_COLUMNS} ${FROM_PEOPLE} join relationships r on r.local_id = p.id
       where r.remote_id = wanted.id and r.following and not r.blocked and not r.blocking
         and p.network = 'xmpp' and p.closed_at is null and p.standing is distinct from 'suspend'
       limit 1) as f`,
    [[...new Set(personKeys)]],
  );
  const followers = new Map(found.map((row) => [row.followed, localFrom(row)]));
  return personKeys.map((key) => followers.get(key) ?? null);
}

export async function anyFollower(db: Queryable, personKey: string): Promise<StoredLocal | null> {
  const [follower = null] = await anyFollowers(db, [personKey]);
  return follower;
}

export interface Told {
  readonly id: string;
  readonly authorKey: string;
}

/**
 * What was said below a local post and has not gone to this pod, the newest `limit` of it, oldest
 * first. Nothing that came from there, and nothing that only its author could sign.
 */
export async function backlogFor(
  db: Queryable,
  postGuid: Guid,
  podUrl: string,
  limit: number,
): Promise<Told[]> {
  const found = await rows<Told>(
    db,
    `select a.id, a.author_id as "authorKey" from activities a
     join people p on p.id = a.author_id left join pods on pods.id = p.pod_id
     where a.root_guid = ? and a.root_guid <> a.guid and a.deleted_at is null
       and a.type in ('comment', 'opinion', 'vote', 'attendance') and p.closed_at is null
       and (p.network = 'xmpp' or a.relay is not null and pods.url <> ?)
       and not exists (
         select 1 from ledger l join destinations d on d.id = l.destination_id
         where l.activity_id = a.id and d.kind = 'pod' and d.address = ?)
     order by a.id desc limit ?`,
    [postGuid, podUrl, podUrl, limit],
  );
  return found.reverse();
}
