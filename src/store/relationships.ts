/** Who follows whom between the networks, and who wants nothing of whom. */
import { firstRow, rows, run, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  PERSON_COLUMNS,
  remoteFrom,
  type PersonRow,
  type StoredRemote,
} from "./people.ts";

export interface Relationship {
  /** The local person reads the remote one. */
  readonly following: boolean;
  /** The remote person reads the local one. */
  readonly sharing: boolean;
  /** The remote person wants nothing of the local one. */
  readonly blocking: boolean;
  /** The local person wants nothing of the remote one. */
  readonly blocked: boolean;
}

const NONE: Relationship = { following: false, sharing: false, blocking: false, blocked: false };

/**
 * Changes some flags of one pair under the row's lock and returns what it was before. The row is
 * made first, so that two first changes wait for each other instead of both seeing nothing.
 */
export async function changeRelationship(
  db: Queryable,
  localKey: string,
  remoteKey: string,
  change: Partial<Relationship>,
): Promise<Relationship> {
  await run(
    db,
    "insert into relationships (local_id, remote_id) values (?, ?) on conflict do nothing",
    [localKey, remoteKey],
  );
  const before = await firstRow<Relationship>(
    db,
    `select following, sharing, blocking, blocked from relationships
     where local_id = ? and remote_id = ? for update`,
    [localKey, remoteKey],
  );
  const after = { ...NONE, ...before, ...change };
  await run(
    db,
    `update relationships set following = ?, sharing = ?, blocking = ?, blocked = ?,
       updated_at = now()
     where local_id = ? and remote_id = ?`,
    [after.following, after.sharing, after.blocking, after.blocked, localKey, remoteKey],
  );
  return before ?? NONE;
}

export async function relationship(
  db: Queryable,
  localKey: string,
  remoteKey: string,
): Promise<Relationship> {
  const row = await firstRow<Relationship>(
    db,
    `select following, sharing, blocking, blocked from relationships
     where local_id = ? and remote_id = ?`,
    [localKey, remoteKey],
  );
  return row ?? NONE;
}

export interface Contact {
  readonly person: StoredRemote;
  readonly is: Relationship;
}

/** Whom this account follows, and who shares with it; by name. */
export async function contactsOf(db: Queryable, accountKey: string): Promise<Contact[]> {
  const found = await rows<PersonRow & Relationship>(
    db,
    `select ${PERSON_COLUMNS}, r.following, r.sharing, r.blocking, r.blocked
     ${FROM_PEOPLE} join relationships r on r.remote_id = p.id
     where r.local_id = ? and (r.following or r.sharing) and p.closed_at is null
     order by lower(p.name), p.diaspora_id`,
    [accountKey],
  );
  return found.flatMap((row) => {
    const person = remoteFrom(row);
    const { following, sharing, blocking, blocked } = row;
    return person === null ? [] : [{ person, is: { following, sharing, blocking, blocked } }];
  });
}
