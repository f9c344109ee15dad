/** What is between a local and a remote person beside the flags of relationships.ts. */
import type { Jid } from "../activitystreams/ids.ts";
import type { PresenceState } from "../activitystreams/profile.ts";
import { personAddress } from "../activitystreams/delivery.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  localFrom,
  PERSON_COLUMNS,
  remoteFrom,
  type PersonRow,
  type StoredLocal,
  type StoredRemote,
} from "./people.ts";

export interface Ask {
  readonly now: Date;
  readonly notSince: Date;
}

/** Of a pair that has a row in relationships. */
export async function claimAsk(
  db: Queryable,
  localKey: string,
  remoteKey: string,
  { now, notSince }: Ask,
): Promise<boolean> {
  const claimed = await rows(
    db,
    `update relationships set asked_at = ?
     where local_id = ? and remote_id = ? and presence in ('none', 'refused')
       and (asked_at is null or asked_at <= ?)
     returning local_id`,
    [now, localKey, remoteKey, notSince],
  );
  return claimed.length > 0;
}

export interface PresenceChange {
  readonly from: readonly PresenceState[];
  readonly to: PresenceState;
}

export async function changePresence(
  db: Queryable,
  localKey: string,
  remoteKey: string,
  { from, to }: PresenceChange,
): Promise<PresenceState> {
  const row = await firstRow<{ presence: PresenceState }>(
    db,
    `select presence from relationships where local_id = ? and remote_id = ? for update`,
    [localKey, remoteKey],
  );
  const before = row?.presence ?? "none";
  if (from.includes(before) && before !== to) {
    await run(db, "update relationships set presence = ? where local_id = ? and remote_id = ?", [
      to,
      localKey,
      remoteKey,
    ]);
  }
  return before;
}

/** Of a relationship `r`: the remote person gets what the local one means for contacts. */
export const IS_READER = `(not r.blocked and not r.blocking
  and (r.presence = 'granted' or r.presence = 'none' and r.following and r.sharing))`;

/**
 * Of the audience `v` of a limited post, with the relationship `r` between its author and the
 * reader where there is one: whether more of it may go there.
 */
export const IS_STILL_FOR = `(case when v.contact then coalesce(${IS_READER}, false)
  else not coalesce(r.blocked or r.blocking, false) end)`;

export async function limitedReaders(db: Queryable, localKey: string): Promise<StoredRemote[]> {
  const found = await rows<PersonRow>(
    db,
    `select ${PERSON_COLUMNS} ${FROM_PEOPLE} join relationships r on r.remote_id = p.id
     where r.local_id = ? and ${IS_READER} and p.closed_at is null order by p.id`,
    [localKey],
  );
  return found.flatMap((row) => remoteFrom(row) ?? []);
}

export async function keepUntold(
  db: Queryable,
  localKey: string,
  remoteKey: string,
  dueAt: Date,
): Promise<void> {
  await run(db, "update relationships set untold = true where local_id = ? and remote_id = ?", [
    localKey,
    remoteKey,
  ]);
  await run(db, "insert into digests (person_id, due_at) values (?, ?) on conflict do nothing", [
    localKey,
    dueAt,
  ]);
}

export interface Digest {
  readonly account: StoredLocal;
  readonly sharers: readonly StoredRemote[];
}

/** Part of a transaction: what is taken and not sent is due again. */
export async function takeDigest(db: Queryable, now: Date): Promise<Digest | null> {
  const row = await firstRow<PersonRow>(
    db,
    `with due as (
       select d.person_id from digests d join people p on p.id = d.person_id
       where d.due_at <= ? and p.closed_at is null and p.standing is distinct from 'suspend'
       order by d.due_at limit 1 for update of d skip locked),
     taken as (delete from digests where person_id in (select person_id from due)
       returning person_id)
     select ${PERSON_COLUMNS} ${FROM_PEOPLE} where p.id in (select person_id from taken)`,
    [now],
  );
  const account = localFrom(row ?? null);
  if (account === null) return null;
  const found = await rows<PersonRow & { sharing: boolean }>(
    db,
    `with told as (
       update relationships set untold = false where local_id = ? and untold
       returning remote_id, sharing and not blocked as sharing)
     select ${PERSON_COLUMNS}, told.sharing ${FROM_PEOPLE} join told on told.remote_id = p.id
     order by lower(p.name), p.diaspora_id`,
    [account.key],
  );
  const sharers = found.flatMap((one) => (one.sharing ? (remoteFrom(one) ?? []) : []));
  return { account, sharers };
}

/** One for each pod: whoever is asked first. */
export async function contactMailboxes(db: Queryable, localKey: string): Promise<string[]> {
  const found = await rows<PersonRow>(
    db,
    `select distinct on (p.pod_id) ${PERSON_COLUMNS}
     ${FROM_PEOPLE} join relationships r on r.remote_id = p.id
     where r.local_id = ? and (r.following or r.sharing) and not r.blocked and not r.blocking
       and p.closed_at is null and p.standing is distinct from 'suspend'
     order by p.pod_id, p.id`,
    [localKey],
  );
  return found.flatMap((row) => {
    const person = remoteFrom(row);
    return person === null ? [] : [personAddress(person)];
  });
}

export interface Follower {
  readonly jid: Jid;
  readonly sees: boolean;
  readonly presence: PresenceState;
}

export async function followersOf(db: Queryable, personKey: string): Promise<Follower[]> {
  return await rows<Follower>(
    db,
    `select jid, bool_or(sees) as sees,
            coalesce(max(presence) filter (where presence <> 'none'), 'none') as presence
     from (
       select jid, presence as sees, 'none' as presence from subscriptions where person_id = ?
       union all
       select p.jid, false, r.presence from relationships r join people p on p.id = r.local_id
       where r.remote_id = ? and r.presence in ('asked', 'granted') and p.closed_at is null) as followers
     group by jid order by jid`,
    [personKey, personKey],
  );
}

/** True when there was one. */
export async function removeSubscriptions(
  db: Queryable,
  personKey: string,
  jid: Jid,
): Promise<boolean> {
  const gone = await rows(
    db,
    "delete from subscriptions where person_id = ? and jid = ? returning jid",
    [personKey, jid],
  );
  return gone.length > 0;
}
