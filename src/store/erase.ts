/**
 * What goes when an account ends: everything that a person said, was told and was called by.
 * What stays are tombstones, by which a late copy is known, and the row that keeps the names
 * from others (leaving.ts). What others wrote, their mentions of the person included, is theirs.
 */
import type { Guid, Jid } from "../activitystreams/ids.ts";
import { rows, run, type Queryable } from "./database.ts";
import { departed } from "./leaving.ts";
import type { StoredLocal } from "./people.ts";

/** One statement of so many rows takes about a second. */
const AT_ONCE = 5_000;

const ENTOMB = `update activities set object = null, relay = null, item_id = guid,
  comments_service = null, comments_node = null, deleted_at = coalesce(deleted_at, now())`;

/** A tombstone is kept as it is: it only names what is gone, and may still be on its way. */
const WORDS = "object is not null and type <> 'tombstone'";

const OWN = `${ENTOMB} where id in (
  select id from activities where author_id = ? and ${WORDS} limit ${String(AT_ONCE)})
  returning id`;
/** By a look for each post: joined otherwise, all shares would be gone through for all posts. */
const ABOUT_OWN = (conditions: string): string => `select b.id
  from activities a cross join lateral (
    select id from activities b
    where ${conditions} and b.deleted_at is null and b.object is not null offset 0) as b
  where a.author_id = ? and a.type in ('note', 'share')`;
const BELOW = `${ENTOMB} where id in (
  ${ABOUT_OWN("b.root_guid = a.guid and b.root_guid <> b.guid and b.type <> 'tombstone'")}
  limit ${String(AT_ONCE)})
  returning id`;
/** Others have passed it on: what is left of that is that something was. */
const PASSED_ON = `update activities set object = jsonb_set(object, '{root}', 'null')
  where id in (
    ${ABOUT_OWN("b.above_guid = a.guid and b.above_guid is not null and b.type = 'share'")})`;

/** Of these tables every row of the person. */
const ROWS: readonly (readonly [table: string, column: string])[] = [
  ["subscriptions", "person_id"],
  ["relationships", "local_id"],
  ["items", "person_id"],
  ["feeds", "person_id"],
  ["comment_nodes", "person_id"],
  ["preferences", "person_id"],
  ["notices", "person_id"],
  ["counters", "person_id"],
  ["said", "person_id"],
  ["own_profiles", "person_id"],
  ["own_avatars", "person_id"],
  ["digests", "person_id"],
  ["profile_details", "reader_id"],
  ["quarantine", "person_id"],
  ["accepted_senders", "person_id"],
  ["newcomers", "account_id"],
];

/** Where something stood that was taken back before, of which there are no words any more. */
const PLACES = `update activities set item_id = guid, comments_service = null, comments_node = null
  where id in (
    select id from activities
    where author_id = ? and (item_id <> guid or comments_service is not null)
    limit ${String(AT_ONCE)})
  returning id`;

export async function eraseAccount(
  db: Queryable,
  { key, jid, guid }: Pick<StoredLocal, "key" | "jid" | "guid">,
): Promise<void> {
  await run(db, PASSED_ON, [key]);
  // The ones below are found by what is above them.
  await inPieces(db, BELOW, key);
  await inPieces(db, OWN, key);
  await run(
    db,
    "delete from photos using activities a where a.id = activity_id and a.author_id = ?",
    [key],
  );
  await eraseReceived(db, key);
  await eraseConversations(db, key);
  for (const [table, column] of ROWS)
    await run(db, `delete from ${table} where ${column} = ?`, [key]);
  await eraseAddress(db, jid);
  await run(db, "delete from inbox where recipient = ?", [guid]);
  await run(
    db,
    `update people set closed_at = coalesce(closed_at, now()), ended_at = now(), ends_at = null,
       doubted_at = null, jid = ?, name = '', photo_url = null, feed_asked_at = null
     where id = ?`,
    [departed(guid), key],
  );
}

/** Once the last pod was told, tombstones too: the key and the last names go. */
export async function wipeAccount(
  db: Queryable,
  personKey: string,
  digestOfId: string,
): Promise<void> {
  await run(
    db,
    `delete from deliveries q using activities a where a.id = q.activity_id and a.author_id = ?`,
    [personKey],
  );
  await run(
    db,
    `update activities set object = null, relay = null, deleted_at = coalesce(deleted_at, now())
     where author_id = ? and object is not null`,
    [personKey],
  );
  await inPieces(db, PLACES, personKey);
  await run(
    db,
    `update people set private_key = null, public_key = '', name = '', diaspora_id = ?
     where id = ?`,
    [departed(digestOfId), personKey],
  );
}

async function inPieces(db: Queryable, sql: string, key: string): Promise<void> {
  for (;;) if ((await rows(db, sql, [key])).length < AT_ONCE) return;
}

/** Of what others meant for some people only: what nobody else here was to see. */
async function eraseReceived(db: Queryable, key: string): Promise<void> {
  await run(
    db,
    `with seen as (delete from audiences where person_id = ? returning activity_id)
     ${ENTOMB} where ${WORDS} and audience = 'limited' and id in (
       select activity_id from seen)
       and author_id in (select id from people where network = 'diaspora')
       and not exists (select 1 from audiences v
         where v.activity_id = activities.id and v.person_id <> ?)`,
    [key, key],
  );
}

/** Those in which nobody else of here takes part go as a whole. */
async function eraseConversations(db: Queryable, key: string): Promise<void> {
  const over = await rows<{ guid: Guid }>(
    db,
    `select m.conversation_guid as guid from conversation_people m
     where m.person_id = ? and not exists (
       select 1 from conversation_people o join people p on p.id = o.person_id
       where o.conversation_guid = m.conversation_guid and o.person_id <> m.person_id
         and p.network = 'xmpp' and p.ended_at is null)`,
    [key],
  );
  const guids = over.map(({ guid }) => guid);
  await run(
    db,
    `${ENTOMB} where ${WORDS} and (guid = any(?::text[]) and type = 'conversation'
       or above_guid = any(?::text[]) and type = 'message')`,
    [guids, guids],
  );
  await run(db, "delete from conversation_people where person_id = ?", [key]);
  await run(db, "delete from conversation_people where conversation_guid = any(?::text[])", [
    guids,
  ]);
  await run(db, "delete from conversations where guid = any(?::text[])", [guids]);
}

/** Where the JID stands as an address. */
async function eraseAddress(db: Queryable, jid: Jid): Promise<void> {
  await run(db, "delete from subscriptions where jid = ?", [jid]);
  await run(db, "delete from comment_items where publisher = ? or service = ?", [jid, jid]);
  await run(db, "delete from comment_nodes where service = ?", [jid]);
  await run(db, "delete from placed_items where service = ?", [jid]);
  await run(
    db,
    `with own as (
       select id from destinations where kind = 'jid' and address = ?
       union
       select id from destinations where kind = 'node' and split_part(address, ' ', 1) = ?)
     delete from deliveries where destination_id in (select id from own)`,
    [jid, jid],
  );
  await run(
    db,
    `delete from destinations where kind = 'jid' and address = ?
       or kind = 'node' and split_part(address, ' ', 1) = ?`,
    [jid, jid],
  );
}
