/** What people of the federation tell of themselves, and who may see which half of it. */
import type { Profile } from "../activitystreams/activity.ts";
import type { DiasporaId } from "../activitystreams/ids.ts";
import type { ProfileDetails } from "../activitystreams/profile.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  PERSON_COLUMNS,
  remoteFrom,
  type PersonRow,
  type StoredRemote,
} from "./people.ts";

/** What is dated is never followed by what is older; what has no date is the newest there is. */
const NOT_OLDER = (table: string): string =>
  `(${table}.edited is null or excluded.edited is null or excluded.edited >= ${table}.edited)`;

/** False for what is older than what is known. */
export async function keepProfile(
  db: Queryable,
  personKey: string,
  { edited: _, ...profile }: Profile,
  edited: Date | null,
): Promise<boolean> {
  const kept = await rows(
    db,
    `insert into profiles (person_id, profile, edited, search)
     select id, ?::jsonb, ?::timestamptz,
            case when ? then ' ' || lower(coalesce(?, name) || ' ' || diaspora_id) end
     from people where id = ? and network = 'diaspora'
     on conflict (person_id) do update set profile = excluded.profile,
       edited = coalesce(excluded.edited, profiles.edited), search = excluded.search
     where ${NOT_OLDER("profiles")} returning person_id`,
    [JSON.stringify(profile), edited, profile.searchable, profile.name ?? null, personKey],
  );
  return kept.length > 0;
}

export async function keepDetails(
  db: Queryable,
  personKey: string,
  readerKey: string,
  details: ProfileDetails,
  edited: Date | null,
): Promise<void> {
  await run(
    db,
    `insert into profile_details (person_id, reader_id, details, edited) values (?, ?, ?::jsonb, ?)
     on conflict (person_id, reader_id) do update set details = excluded.details,
       edited = coalesce(excluded.edited, profile_details.edited)
     where ${NOT_OLDER("profile_details")}`,
    [personKey, readerKey, JSON.stringify(details), edited],
  );
}

export async function dropDetails(db: Queryable, personKey: string): Promise<void> {
  await run(db, "delete from profile_details where person_id = ?", [personKey]);
}

export async function profileOf(
  db: Queryable,
  person: StoredRemote,
  readerKey: string | null,
): Promise<Profile> {
  // The columns were written by the two functions above from typed values.
  const row = await firstRow<{
    profile: Omit<Profile, "edited">;
    edited: Date | null;
    details: ProfileDetails | null;
  }>(
    db,
    `select p.profile, p.edited, d.details from profiles p
     left join profile_details d on d.person_id = p.person_id and d.reader_id = ?::bigint
     where p.person_id = ?`,
    [readerKey, person.key],
  );
  if (row === undefined) return discovered(person);
  const { profile, edited, details } = row;
  return { name: person.name, ...profile, ...details, ...(edited === null ? {} : { edited }) };
}

/** All that there is of who has sent no profile yet. */
function discovered({ name, photoUrl }: StoredRemote): Profile {
  return {
    type: "profile",
    name,
    tags: [],
    searchable: false,
    nsfw: false,
    ...(photoUrl === undefined
      ? {}
      : { photo: { large: photoUrl, medium: photoUrl, small: photoUrl } }),
  };
}

/** Those who want to be found, by the beginning of a word of their name or of their ID. */
export async function searchPeople(
  db: Queryable,
  text: string,
  readerKey: string | null,
  limit: number,
): Promise<StoredRemote[]> {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return [];
  const pattern = `% ${wanted.replace(/[\\%_]/g, "\\$&")}%`;
  const found = await rows<PersonRow>(
    db,
    `select ${PERSON_COLUMNS} ${FROM_PEOPLE} join profiles f on f.person_id = p.id
     left join relationships r on r.remote_id = p.id and r.local_id = ?::bigint
     where f.search like ? and p.closed_at is null and p.standing is distinct from 'suspend'
       and not coalesce(r.blocked or r.blocking, false)
       and (p.standing is null or coalesce(r.following, false))
     order by lower(p.name), p.diaspora_id limit ?`,
    [readerKey, pattern, limit],
  );
  return found.flatMap((row) => remoteFrom(row) ?? []);
}

export async function hasLeft(db: Queryable, id: DiasporaId): Promise<boolean> {
  const row = await firstRow(
    db,
    `select 1 as one from people
     where diaspora_id = ? and network = 'diaspora' and closed_at is not null`,
    [id],
  );
  return row !== undefined;
}

/**
 * What this person said and is there still, and what stands below it; not what tells others that
 * something is gone, which may wait still. By index, however much others have said. Binding: the
 * person.
 */
const SAID_AND_BELOW = `with own as materialized (
    select id, guid, type from activities
    where author_id = ? and deleted_at is null and type <> 'tombstone')
  select id from own
  union all
  select below.id from own cross join lateral (
    select b.id from activities b
    where b.root_guid = own.guid and b.root_guid <> b.guid and b.deleted_at is null
      and b.type <> 'tombstone'
    offset 0) as below
  where own.type in ('note', 'share')`;

/**
 * Nothing of a closed account is shown any more: what was said, and below it, is entombed, so
 * that a late copy stays away. Name, guid and key stay taken.
 */
export async function closeRemote(db: Queryable, personKey: string): Promise<void> {
  await run(
    db,
    `update activities set object = null, relay = null, deleted_at = now()
     where id in (${SAID_AND_BELOW})`,
    [personKey],
  );
  await run(db, "update people set closed_at = now(), photo_url = null where id = ?", [personKey]);
  await run(db, "delete from subscriptions where person_id = ?", [personKey]);
  await run(
    db,
    `update relationships set following = false, sharing = false, presence = 'none',
       untold = false where remote_id = ?`,
    [personKey],
  );
  await dropDetails(db, personKey);
  await run(db, "delete from profiles where person_id = ?", [personKey]);
}
