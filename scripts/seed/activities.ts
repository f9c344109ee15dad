/** What people said: posts, and the threads below them, in the order in which it was said. */
import type { Queryable } from "../../src/store/database.ts";
import { BEGIN } from "./people.ts";
import {
  authorOf,
  DRAW,
  isDeleted,
  isLimited,
  isLocal,
  localNumber,
  localPeople,
  numbered,
  ONCE,
  remoteNumber,
  remotePeople,
  type SeedPlan,
} from "./plan.ts";
import { among, guid, uniform } from "./random.ts";

/** All of it was said in three years. */
const YEARS_SECONDS = 3 * 365 * 86_400;

const WORDS = "repeat('Some words that somebody wrote to others. ', 16)";
const said = (n: string, most: number, seed: number): string =>
  `left(${WORDS}, 20 + (power(${uniform(n, DRAW.length, seed)}, 2) * ${String(most)})::integer)`;

const TYPE = `case when slot < 6 then 'note' when slot < 11 then 'comment' when slot < 18 then 'opinion'
  when slot = 18 then 'share' when n % 40 = 19 then 'participation' else 'tombstone' end`;
const VERB = `case type when 'opinion' then 'like' when 'share' then 'share' when 'participation' then 'join'
  when 'tombstone' then 'delete' else 'post' end`;

/** As src/activitystreams names its parts. */
function object(seed: number): string {
  return `case type
    when 'note' then jsonb_build_object('type', type, 'guid', guid, 'markdown', ${said("n", 600, seed)},
      'tags', jsonb_build_array('tag' || n % 100), 'photos', '[]'::jsonb)
    when 'comment' then jsonb_build_object('type', type, 'guid', guid, 'markdown', ${said("n", 250, seed)},
      'inReplyTo', root_guid)
    when 'opinion' then jsonb_build_object('type', type, 'guid', guid,
      'about', jsonb_build_object('type', 'post', 'guid', root_guid))
    when 'share' then jsonb_build_object('type', type, 'guid', guid, 'root',
      jsonb_build_object('author', 'person' || root_author || '@pod1.example', 'guid', root_guid))
    when 'participation' then jsonb_build_object('type', type, 'guid', guid, 'post', root_guid)
    else jsonb_build_object('type', type, 'guid', ${guid("gone", "n", seed)}, 'targetType', 'Post') end`;
}

/** The envelope of somebody elsewhere below a post of here: its readers get it as it came. */
const RELAY = `case when type in ('comment', 'opinion') and not ${isLocal("author")}
  and ${isLocal("root_author")} then rpad('<?xml version="1.0"?><me:env>', 900, 'QUJDREVG') end`;

export async function seedActivities(
  db: Queryable,
  plan: SeedPlan,
  first: number,
  last: number,
): Promise<void> {
  const { base, seed, activities } = plan;
  const id = String(base.activity + 1);
  const person = String(base.person);
  const step = String(YEARS_SECONDS / Math.max(1, activities));
  const own = `type in ('note', 'share', 'tombstone')`;
  await db.raw(
    `insert into activities (id, guid, author_id, verb, type, audience, object, published, stored_at,
       deleted_at, above_guid, root_guid, item_id, relay, changed) overriding system value
     select ${id} + n, guid, ${person} + author, ${VERB}, type,
            case when type <> 'share' and ${isLimited("root", plan)} then 'limited' else 'public' end,
            case when not deleted then ${object(seed)} end, at, at, case when deleted then at end,
            case when type not in ('note', 'tombstone') then root_guid end,
            case when ${own} then guid else root_guid end, guid,
            case when not deleted then ${RELAY} end, at
     from (
       select numbered.*, ${TYPE} as type, ${guid("activity", `${id} + n`, seed)} as guid,
              ${guid("activity", `${id} + root`, seed)} as root_guid,
              ${authorOf("n", plan)} as author, ${authorOf("root", plan)} as root_author,
              ${isDeleted("n", plan)} as deleted,
              ${BEGIN} + make_interval(secs => n * ${step}) as at
       from (${numbered(plan, first, last)}) as numbered ${ONCE}) as drawn`,
  );
}

/** Who may see what is for few: people of the other side than its author. */
export async function seedAudiences(
  db: Queryable,
  plan: SeedPlan,
  first: number,
  last: number,
): Promise<void> {
  const { base, seed } = plan;
  const here = localPeople(plan);
  const there = remotePeople(plan);
  const person = String(base.person);
  const draw = among("n", DRAW.readers, seed, 1_000_000_000);
  await db.raw(
    `insert into audiences (activity_id, person_id)
     select ${String(base.activity + 1)} + n, case
       when ${isLocal("author")} then ${person} + ${remoteNumber(`(${draw} + i) % ${String(there)} + 1`)}
       else ${person} + ${localNumber(`(${draw} + i) % ${String(here)} + 1`)} end
     from (select n, ${authorOf("n", plan)} as author
           from generate_series(${String(first)}::bigint, ${String(last)}::bigint) as n
           where n % 20 < 6 and ${isLimited("n", plan)}) as limited
     cross join lateral generate_series(0, least(${String(Math.min(here, there))} - 1,
       floor(${uniform("n", DRAW.readers, seed + 1)} * 12))::integer) as i`,
  );
}
