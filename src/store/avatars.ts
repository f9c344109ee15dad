/** Pictures of people: those of local people as they published them, those of others as converted. */
import type { Guid } from "../activitystreams/ids.ts";
import type { Avatar } from "../activitystreams/profile.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";

export async function keepOwnAvatar(
  db: Queryable,
  accountKey: string,
  { sha1, bytes }: Avatar,
): Promise<void> {
  await run(
    db,
    `insert into own_avatars (person_id, sha1, bytes) values (?, ?, ?)
     on conflict (person_id) do update set sha1 = excluded.sha1, bytes = excluded.bytes
     where own_avatars.sha1 <> excluded.sha1`,
    [accountKey, sha1, bytes],
  );
}

export async function dropOwnAvatar(db: Queryable, accountKey: string): Promise<void> {
  await run(db, "delete from own_avatars where person_id = ?", [accountKey]);
}

/** Of somebody who is registered; null for everybody else. */
export async function ownAvatar(db: Queryable, guid: Guid): Promise<Avatar | null> {
  const row = await firstRow<Avatar>(
    db,
    `select v.sha1, v.bytes from own_avatars v join people p on p.id = v.person_id
     where p.guid = ? and p.closed_at is null and p.standing is distinct from 'suspend'`,
    [guid],
  );
  return row ?? null;
}

export interface StoredPicture extends Avatar {
  readonly type: "image/png" | "image/jpeg";
  readonly width: number;
  readonly height: number;
}

export interface FetchedAvatar {
  /** null: it could not be had then. */
  readonly picture: StoredPicture | null;
  readonly fetchedAt: Date;
}

type FetchedRow = { readonly fetched_at: Date } & (
  (StoredPicture & { readonly bytes: Buffer }) | { readonly bytes: null }
);

export async function fetchedAvatar(db: Queryable, url: string): Promise<FetchedAvatar | null> {
  const row = await firstRow<FetchedRow>(
    db,
    "select type, width, height, sha1, bytes, fetched_at from fetched_avatars where url = ?",
    [url],
  );
  if (row === undefined) return null;
  const { fetched_at: fetchedAt, ...picture } = row;
  return { picture: picture.bytes === null ? null : picture, fetchedAt };
}

export async function keepFetchedAvatar(
  db: Queryable,
  url: string,
  picture: StoredPicture | null,
): Promise<void> {
  await run(
    db,
    `insert into fetched_avatars (url, type, width, height, sha1, bytes) values (?, ?, ?, ?, ?, ?)
     on conflict (url) do update set type = excluded.type, width = excluded.width,
       height = excluded.height, sha1 = excluded.sha1, bytes = excluded.bytes, fetched_at = now()`,
    [
      url,
      picture?.type ?? null,
      picture?.width ?? null,
      picture?.height ?? null,
      picture?.sha1 ?? null,
      picture?.bytes ?? null,
    ],
  );
}

/** Those that nobody has fetched anew for so long. Returns how many. */
export async function forgetFetchedAvatars(db: Queryable, before: Date): Promise<number> {
  const gone = await rows(db, "delete from fetched_avatars where fetched_at < ? returning url", [
    before,
  ]);
  return gone.length;
}
