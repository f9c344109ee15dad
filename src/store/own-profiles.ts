/** What local people tell of themselves: as it was found in their nodes, and as it was told. */
import type { Profile } from "../activitystreams/activity.ts";
import type { Guid } from "../activitystreams/ids.ts";
import type { ProfileChange } from "../activitystreams/profile.ts";
import { dropOwnAvatar, keepOwnAvatar } from "./avatars.ts";
import { firstRow, run, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  localFrom,
  PERSON_COLUMNS,
  type PersonRow,
  type StoredLocal,
} from "./people.ts";

export async function collectProfile(
  db: Queryable,
  accountKey: string,
  { vcard, nick, avatar }: ProfileChange,
  dueAt: Date,
): Promise<void> {
  // Changes that come one after the other go out together, and at the latest with the first.
  await run(
    db,
    `insert into own_profiles (person_id, next_send_at) values (?, ?)
     on conflict (person_id) do update set
       next_send_at = coalesce(own_profiles.next_send_at, excluded.next_send_at)`,
    [accountKey, dueAt],
  );
  if (vcard !== undefined) {
    const text = vcard === null ? null : JSON.stringify(vcard);
    await run(db, "update own_profiles set vcard = ?::jsonb where person_id = ?", [
      text,
      accountKey,
    ]);
  }
  if (nick !== undefined) {
    await run(db, "update own_profiles set nick = ? where person_id = ?", [nick, accountKey]);
  }
  if (avatar === null) await dropOwnAvatar(db, accountKey);
  else if (avatar !== undefined) await keepOwnAvatar(db, accountKey, avatar);
}

export interface DueProfile {
  readonly account: StoredLocal;
  readonly vcard: Profile | null;
  readonly nick: string | null;
  readonly avatarSha1: string | null;
  readonly told: Profile | null;
}

/** Part of a transaction: what is taken and not sent is due again. */
export async function takeDueProfile(db: Queryable, now: Date): Promise<DueProfile | null> {
  const row = await firstRow<PersonRow & Omit<DueProfile, "account">>(
    db,
    `with due as (
       select o.person_id from own_profiles o join people p on p.id = o.person_id
       where o.next_send_at <= ? and p.closed_at is null
         and p.standing is distinct from 'suspend'
       order by o.next_send_at limit 1 for update of o skip locked),
     taken as (
       update own_profiles set next_send_at = null where person_id in (select person_id from due)
       returning person_id, vcard, nick, told)
     select ${PERSON_COLUMNS}, taken.vcard, taken.nick, taken.told, v.sha1 as "avatarSha1"
     ${FROM_PEOPLE} join taken on taken.person_id = p.id
     left join own_avatars v on v.person_id = p.id`,
    [now],
  );
  const account = localFrom(row ?? null);
  if (row === undefined || account === null) return null;
  const { vcard, nick, told, avatarSha1 } = row;
  return { account, vcard, nick, told, avatarSha1 };
}

/** What the federation knows from now on. */
export async function keepTold(
  db: Queryable,
  accountKey: string,
  { edited: _, ...profile }: Profile,
): Promise<void> {
  await run(
    db,
    `insert into own_profiles (person_id, told) values (?, ?::jsonb)
     on conflict (person_id) do update set told = excluded.told`,
    [accountKey, JSON.stringify(profile)],
  );
  await run(db, "update people set name = coalesce(?, name) where id = ? and network = 'xmpp'", [
    profile.name ?? null,
    accountKey,
  ]);
}

export async function toldProfile(db: Queryable, accountKey: string): Promise<Profile | null> {
  const row = await firstRow<{ told: Profile | null }>(
    db,
    "select told from own_profiles where person_id = ?",
    [accountKey],
  );
  return row?.told ?? null;
}

/** For those who look at a registered person from outside. */
export async function toldProfileByGuid(db: Queryable, guid: Guid): Promise<Profile | null> {
  const row = await firstRow<{ told: Profile | null }>(
    db,
    `select o.told from own_profiles o join people p on p.id = o.person_id
     where p.guid = ? and p.closed_at is null`,
    [guid],
  );
  return row?.told ?? null;
}
