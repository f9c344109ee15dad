/** What is left of what went out, what was seen of people's nodes, and the little that waits. */
import type { Queryable } from "../../src/store/database.ts";
import {
  authorOf,
  DESTINATION,
  DRAW,
  firstPodOf,
  isLimited,
  isLocal,
  numbered,
  podsOf,
  SEEDED_DOMAIN,
  type SeedPlan,
} from "./plan.ts";
import { BEGIN } from "./people.ts";
import { guid, uniform } from "./random.ts";

/** Who got it, of all that concerns a public post of here: what is said below it goes there too. */
export async function seedLedger(
  db: Queryable,
  plan: SeedPlan,
  first: number,
  last: number,
): Promise<void> {
  const { base, pods, seed } = plan;
  const pod = `(${firstPodOf("root", plan)} + i) % ${String(pods)} + 1`;
  await db.raw(
    `insert into ledger (activity_id, destination_id, outcome, detail, at)
     select ${String(base.activity + 1)} + n, ${DESTINATION.pod(pod, plan)},
            case when refused then 'refused' else 'delivered' end,
            case when refused then 'the pod answered 422' end, ${BEGIN}
     from (select n, root, ${podsOf("root", plan)} as many,
                  ${uniform("n", DRAW.refused, seed)} < 0.01 as refused
           from (${numbered(plan, first, last)}) as numbered
           where slot < 18 and ${isLocal(authorOf("root", plan))} and not ${isLimited("root", plan)}) as out
     cross join lateral generate_series(0::bigint, many - 1) as i`,
  );
}

/** Items of the nodes of people here, and where the pictures of some of their posts lie. */
export async function seedItems(
  db: Queryable,
  plan: SeedPlan,
  first: number,
  last: number,
): Promise<void> {
  const { base, seed } = plan;
  const own = (where: string): string =>
    `from (select n, ${authorOf("n", plan)} as author,
                  ${guid("activity", `${String(base.activity + 1)} + n`, seed)} as guid
           from generate_series(${String(first)}::bigint, ${String(last)}::bigint) as n
           where n % 20 < 6) as own where ${isLocal("author")} and ${where}`;
  await db.raw(
    `insert into items (person_id, node, item_id, content_hash, state, seen_at, shown_at)
     select ${String(base.person)} + author, 'urn:xmpp:microblog:0', guid, md5(guid) || md5(guid),
            'published', ${BEGIN}, ${BEGIN} ${own("true")}`,
  );
  await db.raw(
    `insert into photos (guid, activity_id, source_url)
     select md5('photo ' || guid), ${String(base.activity + 1)} + n,
            'https://upload.${SEEDED_DOMAIN}/' || guid || '/photo.jpg'
     ${own(`${uniform("n", DRAW.photo, seed)} < 0.2`)}`,
  );
}

/** How much waits for each pod that is away. */
const BACKLOG = 200;

/**
 * One pod of a hundred is away for days, and what it is to get waits; some that came waits for what
 * it belongs to. Nothing of it is due within the next days.
 */
export async function seedWaiting(db: Queryable, plan: SeedPlan): Promise<void> {
  const { base, pods, seed } = plan;
  // Without statistics so far, the newest would be looked for among all.
  const newest = Math.max(0, plan.activities - 100 * BACKLOG);
  const away = String(Math.max(1, Math.floor(pods / 100)));
  await db.raw(
    `update destinations set attempts = 9, due_at = now() + interval '10 days',
       last_error = 'the pod did not answer', unreachable_since = now() - interval '3 days'
     where kind = 'pod' and id > ${String(base.destination)}
       and id <= ${String(base.destination)} + ${away}`,
  );
  await db.raw(
    `insert into deliveries (destination_id, activity_id, edition, root_guid, attempts, next_attempt)
     select ${DESTINATION.pod("k", plan)}, a.id, a.changed, a.root_guid, (a.id % 20 = 0)::integer,
            now() + interval '10 days'
     from (select a.id, a.changed, a.root_guid from activities a join people p on p.id = a.author_id
           where p.network = 'xmpp' and a.id > ${String(base.activity + newest)} and a.deleted_at is null
             and a.audience = 'public' order by a.id desc limit ${String(BACKLOG)}) as a,
          generate_series(1, ${away}) as k`,
  );
  await db.raw(
    `with host as (
       update destinations set due_at = now() + interval '10 days'
       where kind = 'inbox' and id > ${DESTINATION.inbox("0", plan)}
         and id <= ${DESTINATION.inbox(away, plan)} returning id)
     insert into inbox (destination_id, kind, body, waits_for, attempts, next_attempt)
     select host.id, 'public', convert_to(repeat('QUJDREVG', 150), 'UTF8'),
            ${guid("awaited", "host.id * 100 + i", seed)}, 1, now() + interval '10 days'
     from host, generate_series(1, 20) as i`,
  );
}
