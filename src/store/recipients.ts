/** Who has something, or is to have it: those to whom what follows on it must go too. */
import { personAddress } from "../activitystreams/delivery.ts";
import { IS_STILL_FOR } from "./contacts.ts";
import { rows, type Queryable } from "./database.ts";
import {
  FROM_PEOPLE,
  PERSON_COLUMNS,
  remoteFrom,
  type PersonRow,
  type StoredRemote,
} from "./people.ts";

/** Pods of the author's contacts in either direction (diaspora-protocol: who gets a public post). */
const CONTACT_PODS = `
  select pods.url from relationships r
  join people p on p.id = r.remote_id join pods on pods.id = p.pod_id
  where (r.sharing or r.following) and not r.blocking and not r.blocked
    and p.closed_at is null and p.standing is distinct from 'suspend'`;

export async function contactPods(db: Queryable, localKey: string): Promise<string[]> {
  const found = await rows<{ url: string }>(
    db,
    `select distinct url from (${CONTACT_PODS} and r.local_id = ?) as contacts`,
    [localKey],
  );
  return found.map((row) => row.url);
}

/**
 * Destinations of a kind among those `sent`: each is looked up. Joined otherwise, all that there are
 * were gone through in the order of their ids (24,000 pages among 200,000).
 */
const OF_KIND = `cross join lateral (
    select address from destinations where id = sent.destination_id and kind = ? limit 1) as d`;

/** What has gone out to destinations of a kind, and what still waits for them. */
const SENT = `
  select d.address from (
    select destination_id from ledger where activity_id = ?
    union
    select destination_id from deliveries where activity_id = ?) as sent
  ${OF_KIND}`;

/**
 * Pods that got this, or are to get it. Of what is public also: the pods of an author's contacts
 * where the author is of this side, who will ask for it there; and those of everybody who said
 * something below it or passed it on, and so has it.
 */
export async function podsOf(db: Queryable, activityId: string): Promise<string[]> {
  const found = await rows<{ address: string }>(
    db,
    `${SENT}
     union
     select c.url from activities a join people o on o.id = a.author_id and o.network = 'xmpp'
     cross join lateral (${CONTACT_PODS} and r.local_id = o.id) as c
     where a.id = ? and a.audience = 'public' and a.type in ('note', 'share')
     union
     select pods.url from activities a
     join activities b on b.root_guid = a.guid and b.root_guid <> b.guid and b.deleted_at is null
     join people p on p.id = b.author_id and p.closed_at is null
     join pods on pods.id = p.pod_id
     where a.id = ? and a.audience = 'public'
     union
     select pods.url from activities a
     join activities b on b.above_guid = a.guid and b.type = 'share' and b.deleted_at is null
     join people p on p.id = b.author_id and p.closed_at is null
     join pods on pods.id = p.pod_id
     where a.id = ? and a.audience = 'public'`,
    [activityId, activityId, "pod", activityId, activityId, activityId],
  );
  return found.map((row) => row.address);
}

export interface LimitedReader {
  readonly person: StoredRemote;
  readonly still: boolean;
}

/**
 * Remote people of a limited post's audience, and whether they may see what becomes of it: whoever
 * was in it as a contact has to be one still.
 */
export async function limitedAudience(db: Queryable, activityId: string): Promise<LimitedReader[]> {
  const found = await rows<PersonRow & { readonly still: boolean }>(
    db,
    `select ${PERSON_COLUMNS}, ${IS_STILL_FOR} as still ${FROM_PEOPLE}
     join audiences v on v.person_id = p.id join activities a on a.id = v.activity_id
     left join relationships r on r.local_id = a.author_id and r.remote_id = p.id
     where a.id = ? and p.network = 'diaspora' and p.closed_at is null order by p.id`,
    [activityId],
  );
  return found.flatMap((row) => {
    const person = remoteFrom(row);
    return person === null ? [] : [{ person, still: row.still }];
  });
}

/** `personAddress`es of those who may. */
export async function mailboxesOf(db: Queryable, activityId: string): Promise<string[]> {
  const readers = await limitedAudience(db, activityId);
  return readers.flatMap(({ person, still }) => (still ? [personAddress(person)] : []));
}

/**
 * Everybody to whom it was ever sent, or something below it, contact or not by now, at
 * destinations of this kind: who has to hear that it is gone. Below it is what was not taken back,
 * and the ends of what was. By index, one after the other, however long the ledger is.
 */
export async function holdersOf(
  db: Queryable,
  activityId: string,
  kind: "pod" | "person",
): Promise<string[]> {
  const found = await rows<{ address: string }>(
    db,
    `select distinct d.address from (
       select a.id from activities a where a.id = ?
       union all
       select b.id from activities a
       join activities b on b.root_guid = a.guid and b.root_guid <> b.guid
         and b.deleted_at is null
       where a.id = ?) as said
     cross join lateral (
       select destination_id from ledger where activity_id = said.id
       union all
       select destination_id from deliveries where activity_id = said.id) as sent
     ${OF_KIND}`,
    [activityId, activityId, kind],
  );
  return found.map((row) => row.address);
}
