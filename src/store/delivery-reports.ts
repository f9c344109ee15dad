/**
 * Where a person's own posts have gone and are going: what is in the ledger, what still waits, and
 * who gets nothing of it.
 */
import { GIVE_UP_DAYS, parsePersonAddress } from "../activitystreams/delivery.ts";
import type { PlaceReport, PostReport, WantedReports } from "../activitystreams/delivery-report.ts";
import type { DiasporaId, Guid } from "../activitystreams/ids.ts";
import { rows, type Queryable } from "./database.ts";

type PostRow = Omit<PostReport, "words" | "places"> & {
  readonly id: string;
  readonly words: string | null;
};

interface WayRow {
  readonly activity_id: string;
  readonly address: string;
  readonly outcome: "delivered" | "refused" | "waiting";
  readonly failures: number;
  readonly reason: string | null;
  readonly away_since: Date | null;
  readonly next_in: number | null;
  readonly given_up_at: Date | null;
}

interface LeftOutRow {
  readonly activity_id: string;
  readonly person: DiasporaId;
  readonly pod: string;
  readonly blocking: boolean;
  readonly limited: boolean;
}

/** The newest first. */
export async function deliveriesOf(
  db: Queryable,
  accountKey: string,
  wanted: WantedReports,
): Promise<PostReport[]> {
  const [guid, limit] = "guid" in wanted ? [wanted.guid, 1] : [null, wanted.newest];
  const posts = await rows<PostRow>(
    db,
    `select id, guid, type, audience, published, left(object->>'markdown', 80) as words
     from activities
     where author_id = ? and type in ('note', 'share') and deleted_at is null
       and (?::text is null or guid = ?)
     order by published desc, id desc limit ?`,
    [accountKey, guid, guid, limit],
  );
  const ids = posts.map(({ id }) => id);
  const ways = await waysOf(db, ids);
  const people = await peopleBehind(db, ways);
  const leftOut = await leftOutOf(db, ids);
  return posts.map(({ id, words, ...post }) => {
    const there = ways.filter((way) => way.activity_id === id).map((way) => placeOf(way, people));
    const others = leftOut.filter((one) => one.activity_id === id && !isAmong(one, there));
    return { ...post, words: words ?? "", places: [...there, ...others.map(withoutWay)] };
  });
}

/** What waits again, by its author's word, stands in the ledger as well. */
async function waysOf(db: Queryable, ids: readonly string[]): Promise<WayRow[]> {
  return await rows<WayRow>(
    db,
    `select l.activity_id, d.address, l.outcome, l.failures, l.detail as reason,
            null::timestamptz as away_since, null::float8 as next_in,
            null::timestamptz as given_up_at
     from ledger l join destinations d on d.id = l.destination_id
     where l.activity_id = any(?::bigint[]) and d.kind in ('pod', 'person')
       and not exists (select 1 from deliveries q
         where q.activity_id = l.activity_id and q.destination_id = l.destination_id)
     union all
     select distinct on (q.activity_id, d.address) q.activity_id, d.address, 'waiting', q.attempts,
            case when d.attempts > 0 then coalesce(d.last_error, q.last_error)
                 else q.last_error end,
            d.unreachable_since,
            -- It is due when both it and its destination are.
            extract(epoch from case when d.attempts > 0 then greatest(q.next_attempt, d.due_at)
                                    else q.next_attempt end - now())::float8,
            coalesce(d.unreachable_since, q.created_at) + make_interval(days => ?)
     from deliveries q join destinations d on d.id = q.destination_id
     where q.activity_id = any(?::bigint[]) and d.kind in ('pod', 'person')
     order by activity_id, address`,
    [[...ids], GIVE_UP_DAYS, [...ids]],
  );
}

async function peopleBehind(
  db: Queryable,
  ways: readonly WayRow[],
): Promise<ReadonlyMap<Guid, DiasporaId>> {
  const guids = new Set(ways.flatMap(({ address }) => parsePersonAddress(address)?.guid ?? []));
  if (guids.size === 0) return new Map();
  const found = await rows<{ guid: Guid; diaspora_id: DiasporaId }>(
    db,
    "select guid, diaspora_id from people where guid = any(?::text[])",
    [[...guids]],
  );
  return new Map(found.map((row) => [row.guid, row.diaspora_id]));
}

const STATES = { delivered: "arrived", refused: "refused", waiting: "waiting" } as const;

function placeOf(way: WayRow, people: ReadonlyMap<Guid, DiasporaId>): PlaceReport {
  const mailbox = parsePersonAddress(way.address);
  return {
    pod: mailbox?.podUrl ?? way.address,
    person: mailbox === null ? null : (people.get(mailbox.guid) ?? null),
    state: STATES[way.outcome],
    failures: way.failures,
    reason: way.reason,
    awaySince: way.away_since,
    nextIn: way.next_in === null ? null : Math.max(0, Math.round(way.next_in)),
    givenUpAt: way.given_up_at,
  };
}

/**
 * Of what is public: who has said to want nothing of its author. Of what is limited: who could see
 * it when it was written.
 */
async function leftOutOf(db: Queryable, ids: readonly string[]): Promise<LeftOutRow[]> {
  return await rows<LeftOutRow>(
    db,
    `select a.id as activity_id, p.diaspora_id as person, pods.url as pod, true as blocking,
            false as limited
     from activities a join relationships r on r.local_id = a.author_id and r.blocking
     join people p on p.id = r.remote_id and p.closed_at is null
     join pods on pods.id = p.pod_id
     where a.id = any(?::bigint[]) and a.audience = 'public'
     union all
     select a.id, p.diaspora_id, pods.url, coalesce(r.blocking, false), true
     from activities a join audiences v on v.activity_id = a.id
     join people p on p.id = v.person_id join pods on pods.id = p.pod_id
     left join relationships r on r.local_id = a.author_id and r.remote_id = p.id
     where a.id = any(?::bigint[]) and a.audience = 'limited'
     order by activity_id, person`,
    [[...ids], [...ids]],
  );
}

/** Of a public post the whole pod has it, whoever else lives there. */
function isAmong({ limited, person, pod }: LeftOutRow, there: readonly PlaceReport[]): boolean {
  return there.some((place) => (limited ? place.person === person : place.pod === pod));
}

function withoutWay({ blocking, person, pod }: LeftOutRow): PlaceReport {
  return {
    pod,
    person,
    state: blocking ? "blocked" : "withheld",
    failures: 0,
    reason: null,
    awaySince: null,
    nextIn: null,
    givenUpAt: null,
  };
}
