/**
 * One account of somebody goes on under another name: what was between the old one and others
 * is from then on between the new one and them. Who has moved is closed, so nobody moves twice,
 * and no chain of moves leads back.
 */
import type { DiasporaId } from "../activitystreams/ids.ts";
import { firstRow, rows, run, type Queryable } from "./database.ts";
import { eraseAccount } from "./erase.ts";
import {
  FROM_PEOPLE,
  localFrom,
  PERSON_COLUMNS,
  type PersonRow,
  type StoredLocal,
} from "./people.ts";

/** Where they are now; null for who is where they were, or has closed the account since. */
export async function movedTo(db: Queryable, id: DiasporaId): Promise<DiasporaId | null> {
  const row = await firstRow<{ diaspora_id: DiasporaId }>(
    db,
    `select n.diaspora_id from people p join people n on n.id = p.moved_to_id
     where p.diaspora_id = ? and n.closed_at is null`,
    [id],
  );
  return row?.diaspora_id ?? null;
}

/** Two of one person, as accounts by the keys of their rows. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** Somebody of the federation. False when one of the two has closed or moved already. */
export async function moveRemote(db: Queryable, { from, to }: Move): Promise<boolean> {
  if (!(await lockBoth(db, { from, to }))) return false;
  await run(
    db,
    `insert into relationships as r (local_id, remote_id, following, sharing, blocking, blocked,
       presence)
     select local_id, ?, following, sharing, blocking, blocked,
            case when presence in ('asked', 'granted') then 'asked' else presence end
     from relationships where remote_id = ?
     on conflict (local_id, remote_id) do update set
       following = r.following or excluded.following, sharing = r.sharing or excluded.sharing,
       blocking = r.blocking or excluded.blocking, blocked = r.blocked or excluded.blocked,
       presence = case when r.presence = 'none' then excluded.presence else r.presence end,
       updated_at = now()`,
    [to, from],
  );
  await run(db, "delete from relationships where remote_id = ?", [from]);
  await moveSubscriptions(db, { from, to });
  await run(db, "delete from profile_details where person_id = ?", [from]);
  await run(db, "delete from profiles where person_id = ?", [from]);
  await moveWords(db, { from, to });
  await renameInConversations(db, { from, to });
  await run(
    db,
    `update people set closed_at = now(), moved_to_id = ?, photo_url = null where id = ?`,
    [to, from],
  );
  await shortenChains(db, { from, to });
  return true;
}

/** Somebody of here: the account that they leave ends. `hosted`: their nodes on the component. */
export async function moveLocal(
  db: Queryable,
  old: StoredLocal,
  next: StoredLocal,
  hosted: Move,
): Promise<boolean> {
  const { key: from } = old;
  const { key: to } = next;
  if (!(await lockBoth(db, { from, to }))) return false;
  await run(
    db,
    `insert into relationships as r (local_id, remote_id, following, sharing, blocking, blocked)
     select ?, remote_id, following, sharing, blocking, blocked
     from relationships where local_id = ?
     on conflict (local_id, remote_id) do update set
       following = r.following or excluded.following, sharing = r.sharing or excluded.sharing,
       blocking = r.blocking or excluded.blocking, blocked = r.blocked or excluded.blocked,
       updated_at = now()`,
    [to, from],
  );
  await run(
    db,
    `insert into subscriptions as s (person_id, node, jid, pubsub, presence)
     select person_id, node, ?, pubsub, presence from subscriptions where jid = ?
     on conflict (person_id, node, jid) do update set
       pubsub = s.pubsub or excluded.pubsub, presence = s.presence or excluded.presence`,
    [next.jid, old.jid],
  );
  await moveSubscriptions(db, { from, to });
  await moveHosted(db, to, hosted);
  await moveWords(db, { from, to });
  // Their nodes below posts are at the old JID, which may be anybody's from now on.
  await run(
    db,
    `update activities set comments_service = null, comments_node = null
     where author_id = ? and comments_service = ?`,
    [to, old.jid],
  );
  await renameInConversations(db, { from, to });
  // What is left of the old one belongs to nobody.
  await eraseAccount(db, old);
  await run(db, "update people set moved_to_id = ? where id = ?", [to, from]);
  await shortenChains(db, { from, to });
  return true;
}

/** Always in the same order: two moves between the same two wait for each other. */
async function lockBoth(db: Queryable, { from, to }: Move): Promise<boolean> {
  const open = await rows(
    db,
    `select id from people where id in (?, ?) and closed_at is null order by id for update`,
    [from, to],
  );
  return open.length === 2;
}

/** Who reads the old one reads the new one. */
async function moveSubscriptions(db: Queryable, { from, to }: Move): Promise<void> {
  await run(
    db,
    `insert into subscriptions as s (person_id, node, jid, pubsub, presence)
     select ?, node, jid, pubsub, presence from subscriptions where person_id = ?
     on conflict (person_id, node, jid) do update set
       pubsub = s.pubsub or excluded.pubsub, presence = s.presence or excluded.presence`,
    [to, from],
  );
  await run(db, "delete from subscriptions where person_id = ?", [from]);
}

/** The node that the component has for those who cannot publish: it is called by the JID. */
async function moveHosted(db: Queryable, personKey: string, { from, to }: Move): Promise<void> {
  await run(
    db,
    `insert into subscriptions as s (person_id, node, jid, pubsub, presence)
     select person_id, ?, jid, pubsub, presence from subscriptions where person_id = ? and node = ?
     on conflict (person_id, node, jid) do update set
       pubsub = s.pubsub or excluded.pubsub, presence = s.presence or excluded.presence`,
    [to, personKey, from],
  );
  await run(db, "delete from subscriptions where person_id = ? and node = ?", [personKey, from]);
}

/** Tombstones too: nobody but the new one takes back, or brings back, what the old one said. */
async function moveWords(db: Queryable, { from, to }: Move): Promise<void> {
  await run(db, "update activities set author_id = ? where author_id = ?", [to, from]);
  await run(
    db,
    `insert into audiences (activity_id, person_id, contact)
     select activity_id, ?, contact from audiences where person_id = ? on conflict do nothing`,
    [to, from],
  );
  await run(db, "delete from audiences where person_id = ?", [from]);
}

async function renameInConversations(db: Queryable, { from, to }: Move): Promise<void> {
  await run(
    db,
    `update activities a set object = jsonb_set(a.object, '{participants}', (
       select jsonb_agg(case when one = to_jsonb(o.diaspora_id) then to_jsonb(n.diaspora_id)
                             else one end)
       from jsonb_array_elements(a.object->'participants') as one))
     from people o, people n, conversation_people m
     where o.id = ? and n.id = ? and m.person_id = o.id and a.guid = m.conversation_guid
       and a.type = 'conversation' and a.object->'participants' is not null`,
    [from, to],
  );
  await run(
    db,
    `insert into conversation_people (conversation_guid, person_id, thread, touched_at)
     select conversation_guid, ?, thread, touched_at from conversation_people
     where person_id = ? on conflict do nothing`,
    [to, from],
  );
  await run(db, "delete from conversation_people where person_id = ?", [from]);
}

/** Whoever had moved to the old one has moved to the new one: a chain is one step long. */
async function shortenChains(db: Queryable, { from, to }: Move): Promise<void> {
  await run(db, "update people set moved_to_id = ? where moved_to_id = ?", [to, from]);
}

/** People here who read this one. */
export async function localFollowers(db: Queryable, personKey: string): Promise<StoredLocal[]> {
  const found = await rows<PersonRow>(
    db,
    `select ${PERSON_COLUMNS} ${FROM_PEOPLE} join relationships r on r.local_id = p.id
     where r.remote_id = ? and r.following and not r.blocked and p.closed_at is null
     order by p.id`,
    [personKey],
  );
  return found.flatMap((row) => localFrom(row) ?? []);
}
