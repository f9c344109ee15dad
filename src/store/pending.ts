/**
 * What waits and may go, with all that the wires need of it. What many wait for is read once,
 * however many rows name it.
 */
import {
  WITHHELD,
  type ActivityContent,
  type DeliveryForm,
  type DestinationKind,
  type PendingDelivery,
  type Signal,
} from "../activitystreams/delivery.ts";
import { isAbout } from "../activitystreams/activity.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import type { LocalPerson } from "../activitystreams/person.ts";
import { rows, run, type Database, type Queryable } from "./database.ts";
import { FROM_PEOPLE, localFrom, PERSON_COLUMNS, type PersonRow } from "./people.ts";
import { heldBy } from "./destinations.ts";
import { contentsOf, type Content } from "./pending-content.ts";
import { IS_STILL_FOR } from "./contacts.ts";
import type { StreamScope } from "./readers.ts";

interface PendingRow {
  readonly id: string;
  readonly destination_id: string;
  readonly kind: DestinationKind;
  readonly address: string;
  readonly attempts: number;
  readonly waited: number;
  readonly root_guid: string;
  readonly form: DeliveryForm;
  readonly activity_id: string | null;
  readonly sealer_id: string | null;
  readonly signal: Signal | null;
  readonly signal_from: DiasporaId | null;
  readonly node: string | null;
  readonly thread_guid: Guid | null;
  readonly only_guids: readonly string[] | null;
  readonly except_id: string | null;
  readonly progress: string | null;
  readonly hidden: boolean;
  readonly waits: boolean;
}

/**
 * A limited post of somebody here, and what is said below it, is for its audience: whoever was in
 * it as a contact has to be one still.
 */
const NOT_IN_AUDIENCE = `a.type in ('note', 'share', 'comment', 'opinion', 'vote', 'attendance')
  and exists (select 1 from activities top
    where top.guid = a.root_guid and top.audience = 'limited' and top.author_id <> o.id
      and not exists (select 1 from audiences v
        left join relationships r on r.local_id = top.author_id and r.remote_id = o.id
        where v.activity_id = top.id and v.person_id = o.id
          and ${IS_STILL_FOR}))`;

/** Who is silenced is heard by who follows: the same as in readers.ts. */
const IS_UNHEARD = `a.type <> 'tombstone' and a.author_id <> o.id and exists (
  select 1 from people s where s.id = a.author_id and s.standing = 'silence' and not exists (
    select 1 from relationships f
    where f.local_id = o.id and f.remote_id = s.id and f.following))`;

/**
 * Since it was put here, one of the two may have wanted nothing of the other any more, or the
 * reader may see a limited post no more. For a stream that is asked of each reader.
 */
const HIDDEN = `t.kind in ('jid', 'person', 'node') and exists (
  select 1 from activities a
  left join people o on o.id = coalesce(
    (select id from people where t.kind = 'jid' and jid = t.address),
    (select id from people where t.kind = 'person' and guid = split_part(t.address, ' ', 2)),
    -- the node of the comments is of whoever wrote the post
    (select author_id from activities where t.kind = 'node' and guid = a.root_guid))
  where a.id = d.activity_id and (
    a.type in ('note', 'share', 'comment', 'opinion', 'vote', 'attendance', 'conversation',
               'message')
    and exists (select 1 from relationships b where (b.blocked or b.blocking)
      and (b.local_id = o.id and b.remote_id = a.author_id
        or b.local_id = a.author_id and b.remote_id = o.id))
    or t.kind = 'node' and ${IS_UNHEARD}
    or t.kind = 'person' and ${NOT_IN_AUDIENCE}
    or t.kind = 'jid' and a.type in ('note', 'share') and a.audience = 'limited'
      and not exists (select 1 from audiences v
        where v.activity_id = a.id and v.person_id = o.id)))`;

/** By the operator's word nothing goes to this account any more. */
const SHUT_OUT = `t.kind = 'jid' and exists (
  select 1 from people s where s.jid = t.address and s.standing = 'suspend')`;

/**
 * It may be that the XMPP account was deleted, and belongs to somebody else by now: what others
 * wrote waits (leaving.ts). What the gateway says after it has closed the account goes.
 */
const WAITS = `t.kind = 'jid' and exists (
  select 1 from people q where q.jid = t.address and q.doubted_at is not null
    and (q.closed_at is null or d.activity_id is not null or d.created_at < q.closed_at))`;

/** What waits so is looked at again as often; when the doubt is over, it goes at once. */
const WAITING = "interval '10 minutes'";

/**
 * The next rows of these destinations in the order in which they were put there. A row waits
 * while an earlier one of the same root waits: a retract never overtakes its create. Each
 * destination is gone through from its beginning, or from where somebody is, and no further than
 * is wanted: with all rows sorted first, a backlog of 10,000 cost seconds. That is also why the
 * limit is a subselect: of a number the planner concludes that it may as well sort.
 */
export async function pendingDeliveries(
  db: Database,
  destinationIds: readonly string[],
  limit: number,
  limitInAll: number | null = limit,
  /** Behind which delivery it goes on, for each of them. */
  after: readonly string[] = destinationIds.map(() => "0"),
): Promise<PendingDelivery[]> {
  const due = await rows<PendingRow>(
    db,
    `select d.id, d.destination_id, t.kind, t.address, d.attempts, d.root_guid, d.form,
            d.activity_id, d.sealer_id, d.signal, d.signal_from, d.node, d.thread_guid,
            d.only_guids, d.except_id, d.progress, ${HIDDEN} or ${SHUT_OUT} as hidden,
            ${WAITS} as waits,
            extract(epoch from now() - d.created_at)::float8 as waited
     from (
       select d.* from unnest(?::bigint[], ?::bigint[]) as wanted (id, after) cross join lateral (
         select * from deliveries d
         where d.destination_id = wanted.id and d.id > wanted.after
           and d.next_attempt <= now() and not coalesce((select ${heldBy("d")}), false)
         order by d.id limit (select ?::integer)) as d
       order by d.id limit ?) as d
     cross join lateral (select * from destinations where id = d.destination_id limit 1) as t
     order by d.id`,
    [[...destinationIds], [...after], limit, limitInAll],
  );
  const found = due.filter(({ waits }) => !waits);
  await putOff(db, due);
  const contents = await contentsOf(db, activitiesOf(found));
  const sealers = await sealersOf(db, found);
  const made = found.map((row) => ({ row, delivery: deliveryOf(row, contents, sealers) }));
  // Deleted while it waited, or not for this reader any more: there is nothing left to bring, and
  // it must not hold the others. Nor is it brought when its author has left: the key may be in
  // memory still.
  const gone = made.flatMap(({ row, delivery }) => (delivery === null ? [row.id] : []));
  if (gone.length > 0) await withhold(db, gone);
  return made.flatMap(({ delivery }) => delivery ?? []);
}

export interface WantedDeliveries {
  readonly destinationId: string;
  readonly limit: number;
  readonly after: string;
}

/** The next rows of each of these destinations. */
export async function pendingOfEach(
  db: Database,
  wanted: readonly WantedDeliveries[],
): Promise<PendingDelivery[][]> {
  const limit = Math.max(...wanted.map((each) => each.limit));
  const ids = wanted.map(({ destinationId }) => destinationId);
  const after = wanted.map((each) => each.after);
  const found = Map.groupBy(
    await pendingDeliveries(db, ids, limit, null, after),
    ({ destinationId }) => destinationId,
  );
  return wanted.map((each) => (found.get(each.destinationId) ?? []).slice(0, each.limit));
}

/**
 * What was tried may have arrived, though no answer came: the ledger keeps that, so that whoever may
 * have it hears when it is taken back.
 */
async function withhold(db: Queryable, ids: readonly string[]): Promise<void> {
  await run(
    db,
    `with gone as (
       delete from deliveries where id = any(?::bigint[])
       returning activity_id, destination_id, attempts)
     insert into ledger (activity_id, destination_id, outcome, detail, failures)
     select g.activity_id, g.destination_id, 'refused', ?, max(g.attempts)
     from gone g join destinations d on d.id = g.destination_id
     where g.activity_id is not null and d.kind in ('pod', 'person')
       and (g.attempts > 0 or d.attempts > 0)
     group by g.activity_id, g.destination_id
     on conflict do nothing`,
    [[...ids], WITHHELD],
  );
}

async function putOff(db: Queryable, due: readonly PendingRow[]): Promise<void> {
  const ids = due.flatMap(({ id, waits }) => (waits ? [id] : []));
  if (ids.length === 0) return;
  const sql = `update deliveries set next_attempt = now() + ${WAITING} where id = any(?::bigint[])`;
  await run(db, sql, [ids]);
}

/** Which of them travel sealed by another: these may need their author's own form. */
function activitiesOf(found: readonly PendingRow[]): Map<string, { sealed: boolean }> {
  const wanted = new Map<string, { sealed: boolean }>();
  for (const { activity_id: id, sealer_id: sealer } of found) {
    if (id === null) continue;
    wanted.set(id, { sealed: sealer !== null || wanted.get(id)?.sealed === true });
  }
  return wanted;
}

async function sealersOf(
  db: Queryable,
  found: readonly PendingRow[],
): Promise<Map<string, LocalPerson>> {
  const ids = new Set(found.flatMap((row) => row.sealer_id ?? []));
  if (ids.size === 0) return new Map();
  const people = await rows<PersonRow>(
    db,
    `select ${PERSON_COLUMNS} ${FROM_PEOPLE} where p.id = any(?::bigint[])`,
    [[...ids]],
  );
  const open = people.flatMap((row) => localFrom(row) ?? []);
  return new Map(open.map(({ key, ...person }) => [key, person]));
}

/** null when it is not to be brought any more. */
function deliveryOf(
  row: PendingRow,
  contents: ReadonlyMap<string, Content>,
  sealers: ReadonlyMap<string, LocalPerson>,
): PendingDelivery | null {
  if (row.hidden) return null;
  const base = {
    id: row.id,
    destinationId: row.destination_id,
    attempts: row.attempts,
    waited: row.waited,
    rootGuid: row.root_guid,
    form: row.form,
    progress: row.progress,
  };
  if (row.signal !== null) {
    const { signal, signal_from: from } = row;
    return { ...base, scope: "", content: { type: "signal", from, signal } };
  }
  const content = row.activity_id === null ? undefined : contents.get(row.activity_id);
  if (content === undefined) return null;
  const scope = row.kind === "stream" ? JSON.stringify(scopeOf(row, content)) : "";
  if (row.sealer_id === null) return { ...base, scope, content: withThread(row, content) };
  const sealer = sealers.get(row.sealer_id);
  if (sealer === undefined) return null;
  return { ...base, scope, content: { ...content.shared, sealer, relay: content.relay } };
}

/** Only private messages have one; everything else is the same for everybody who waits for it. */
function withThread({ address }: PendingRow, { shared, threads }: Content): ActivityContent {
  const thread = threads.get(address);
  return thread === undefined ? shared : { ...shared, thread };
}

function scopeOf(row: PendingRow, content: Content): StreamScope {
  const { thread_guid: thread, node } = row;
  const only = row.only_guids === null ? null : [...row.only_guids].sort();
  const base = { person: row.address, node, only };
  if (thread === null) {
    const { authorKey, sharedKey } = content;
    const limited = content.limitedTo;
    // Nobody's words come by way of somebody else to who wants none of them.
    const authors = sharedKey === null ? [authorKey] : [authorKey, sharedKey];
    return { ...base, thread, comment: false, limited, authors, except: [authorKey] };
  }
  const except = row.except_id === null ? [] : [row.except_id];
  return {
    ...base,
    thread,
    comment: isComment(content),
    limited: content.limitedTo,
    authors: [content.authorKey, row.address],
    except: [content.authorKey, ...except],
  };
}

function isComment({ shared: { activity } }: Content): boolean {
  if (isAbout(activity, "tombstone")) return activity.object.targetType === "Comment";
  return isAbout(activity, "comment");
}
