/**
 * Who began to follow somebody of the federation and is to be shown what that person wrote
 * before. Claimed by pushing the time at which it is due, so that a crash puts it off only.
 */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import { POSTS_NODE, WANTS_CHATS, WANTS_EVENTS } from "./readers.ts";
import { BY_KEY, shareable } from "./streams.ts";

/** For the first time only: who comes back has seen it. */
export async function expectNewest(
  db: Queryable,
  accountKey: string,
  personKey: string,
): Promise<void> {
  await run(
    db,
    "insert into newcomers (account_id, person_id) values (?, ?) on conflict do nothing",
    [accountKey, personKey],
  );
}

export interface NewcomerKey {
  readonly accountKey: string;
  readonly personKey: string;
}

export interface Newcomer extends NewcomerKey {
  readonly jid: Jid;
  readonly personGuid: Guid;
  readonly since: Date;
  readonly attempts: number;
  /** The person's older posts were fetched. */
  readonly isRead: boolean;
}

const CLAIM_SECONDS = 300;

/**
 * Nobody else has them for a while. Where one of the two has left there is nothing to show, ever:
 * it is done.
 */
export async function takeNewcomers(db: Queryable, limit: number): Promise<Newcomer[]> {
  return await rows<Newcomer>(
    db,
    `with taken as (
       update newcomers set attempts = attempts + 1,
         due_at = case when exists (
             select 1 from people gone where gone.id in (account_id, person_id)
               and gone.closed_at is not null)
           then 'infinity' else now() + make_interval(secs => ?) end
       where (account_id, person_id) in (
         select account_id, person_id from newcomers where due_at < 'infinity' and due_at <= now()
         order by due_at limit ? for update skip locked)
       returning *)
     select t.account_id as "accountKey", l.jid, t.person_id as "personKey",
            r.guid as "personGuid", t.since, t.attempts, r.read_back_at is not null as "isRead"
     from taken t
     join people l on l.id = t.account_id and l.closed_at is null
     join people r on r.id = t.person_id and r.closed_at is null`,
    [CLAIM_SECONDS, limit],
  );
}

/** null: it is done. What another process has done meanwhile stays so. */
export async function putOffNewcomer(
  db: Queryable,
  { accountKey, personKey }: NewcomerKey,
  seconds: number | null,
): Promise<void> {
  await run(
    db,
    `update newcomers set due_at = coalesce(now() + make_interval(secs => ?), 'infinity')
     where account_id = ? and person_id = ? and due_at < 'infinity'`,
    [seconds, accountKey, personKey],
  );
}

/** Once for each person, however many follow. */
export async function markReadBack(db: Queryable, personKey: string): Promise<void> {
  await run(db, "update people set read_back_at = now() where id = ?", [personKey]);
}

export interface Newest {
  readonly id: string;
  readonly guid: Guid;
}

/** Public posts and shares that were here by then, or were asked for; newest first. */
export async function newestFor(
  db: Queryable,
  { accountKey, personKey }: NewcomerKey,
  since: Date,
  limit: number,
): Promise<Newest[]> {
  return await rows<Newest>(
    db,
    `select a.id, a.guid from activities a
     where a.author_id = ? and a.type in ('note', 'share') and a.deleted_at is null
       and a.audience = 'public' and (a.quiet or a.stored_at < ?)
       and ${shareable(BY_KEY)}
     order by a.published desc, a.id desc limit ?`,
    [personKey, since, accountKey, limit],
  );
}

/** How this JID reads that person; nothing where it does not. */
export async function wantedForms(
  db: Queryable,
  personKey: string,
  jid: Jid,
): Promise<{ readonly event: boolean; readonly chat: boolean }> {
  const row = await firstRow<{ event: boolean; chat: boolean }>(
    db,
    `select ${WANTS_EVENTS} as event, ${WANTS_CHATS} as chat from subscriptions s
     left join people r on r.jid = s.jid left join preferences w on w.person_id = r.id
     where s.person_id = ? and s.node = ? and s.jid = ?`,
    [personKey, POSTS_NODE, jid],
  );
  return row ?? { event: false, chat: false };
}
