/** People, their pods, what is between them, and where things go out to them. */
import type { Queryable } from "../../src/store/database.ts";
import {
  DESTINATION,
  localNumber,
  localPeople,
  remoteNumber,
  remotePeople,
  SEEDED_DOMAIN,
  type SeedPlan,
} from "./plan.ts";
import { guid, uniform, zipf } from "./random.ts";

/**
 * As long as the PEM of an RSA key of 4,096 bits, and none: seeded people never sign anything here,
 * and what they have signed was verified before it was stored. Making a million keys takes weeks.
 */
const KEY = `rpad('a public key of somebody who was seeded ', 800, '0123456789abcdef')`;

/** How old the oldest of it is; fixed, so that the same seed gives the same rows. */
export const BEGIN = "timestamptz '2023-06-01 00:00:00Z'";

const podUrl = (k: string): string => `'https://pod' || (${k}) || '.example/'`;

export async function seedPeople(db: Queryable, plan: SeedPlan): Promise<void> {
  const { base, pods, people, seed } = plan;
  const id = String(base.person);
  await db.raw(
    `insert into pods (id, url, first_seen_at) overriding system value
     select ${String(base.pod)} + k, ${podUrl(`${String(base.pod)} + k`)}, ${BEGIN}
     from generate_series(1, ${String(pods)}) as k`,
  );
  await db.raw(
    `insert into people (id, network, guid, diaspora_id, jid, name, public_key, created_at)
       overriding system value
     select ${id} + k, 'xmpp', ${guid("person", `${id} + k`, seed)}, name || '@${SEEDED_DOMAIN}',
            name || '@${SEEDED_DOMAIN}', name, ${KEY}, ${BEGIN}
     from (select ${localNumber("j")} as k from generate_series(1, ${String(localPeople(plan))}) as j) as here
     cross join lateral (select 'person' || (${id} + k) as name) as named`,
  );
  // Large pods have most of the people.
  const pod = zipf(uniform("r", 21, seed), pods);
  await db.raw(
    `insert into people (id, network, guid, diaspora_id, pod_id, name, public_key, created_at,
       photo_url) overriding system value
     select ${id} + k, 'diaspora', ${guid("person", `${id} + k`, seed)},
            name || '@pod' || (${String(base.pod)} + pod) || '.example', ${String(base.pod)} + pod,
            name, ${KEY}, ${BEGIN},
            'https://pod' || (${String(base.pod)} + pod) || '.example/uploads/images/thumb_' || k || '.jpg'
     from (select r, ${remoteNumber("r")} as k, ${pod} as pod
           from generate_series(1::bigint, ${String(remotePeople(plan))}::bigint) as r) as there
     cross join lateral (select 'person' || (${id} + k) as name) as named`,
  );
  await db.raw(
    `insert into profiles (person_id, profile, edited, search)
     select id, jsonb_build_object('type', 'profile', 'name', name, 'bio', repeat('Words about me. ', 8),
              'tags', jsonb_build_array('tag', 'another'), 'searchable', true, 'nsfw', false),
            ${BEGIN}, lower(name || ' ' || diaspora_id)
     from people where network = 'diaspora' and id > ${id} and id <= ${id} + ${String(people)}`,
  );
}

/** Whom somebody here follows: few follow hundreds, and some are followed by a great part. */
const MOST_FOLLOWED = 150;

/**
 * Both ways: those of here follow, and are followed. Each follow is drawn from a part of the ranks
 * of its own, so that one person is seldom drawn twice.
 */
export async function seedRelationships(db: Queryable, plan: SeedPlan): Promise<void> {
  const { base, seed } = plan;
  const follows = `ceil(power(${uniform("j", 31, seed)}, 3) * ${String(MOST_FOLLOWED)})::integer`;
  const chance = `((i - ${uniform("j * 200 + i", 32, seed)}) / many)`;
  const followed = zipf(chance, remotePeople(plan));
  const fans = `ceil(power(${uniform("r", 33, seed)}, 3) * 8)::integer`;
  const local = zipf(`((i - ${uniform("r * 10 + i", 34, seed)}) / many)`, localPeople(plan));
  const id = (k: string): string => `${String(base.person)} + ${k}`;
  await db.raw(
    `insert into relationships (local_id, remote_id, following, sharing, updated_at)
     select local_id, remote_id, bool_or(following), bool_or(not following), ${BEGIN} from (
       select ${id(localNumber("j"))} as local_id, ${id(remoteNumber(followed))} as remote_id,
              true as following
       from generate_series(1::bigint, ${String(localPeople(plan))}::bigint) as j
       cross join lateral (select ${follows} as many) as wishes
       cross join lateral generate_series(1, many) as i
       union all
       select ${id(localNumber(local))}, ${id(remoteNumber("r"))}, false
       from generate_series(1::bigint, ${String(remotePeople(plan))}::bigint) as r
       cross join lateral (select ${fans} as many) as wishes
       cross join lateral generate_series(1, many) as i) as drawn
     where local_id is not null and remote_id is not null
     group by local_id, remote_id`,
  );
  await db.raw(
    `insert into subscriptions (person_id, node, jid, created_at, pubsub, presence)
     select r.remote_id, 'urn:xmpp:microblog:0', p.jid, ${BEGIN}, r.local_id % 3 > 0, r.local_id % 3 = 0
     from relationships r join people p on p.id = r.local_id
     where r.following and r.local_id > ${String(base.person)}`,
  );
}

/** They are all idle: nothing is due, and a daemon that is started on this leaves them alone. */
export async function seedDestinations(db: Queryable, plan: SeedPlan): Promise<void> {
  const { base, pods, people } = plan;
  const id = String(base.person);
  const pod = podUrl(`${String(base.pod)} + k`);
  const host = `'pod' || (${String(base.pod)} + k) || '.example'`;
  const idle = (kind: keyof typeof DESTINATION, address: string, from: string): Promise<unknown> =>
    db.raw(
      `insert into destinations (id, kind, address) overriding system value
       select ${DESTINATION[kind]("k", plan)}, '${kind}', ${address} from ${from}`,
    );
  await idle("pod", pod, `generate_series(1, ${String(pods)}) as k`);
  await idle("inbox", host, `generate_series(1, ${String(pods)}) as k`);
  const all = `(select p.id - ${id} as k, p.id, p.guid, p.jid, p.network, pods.url
    from people p left join pods on pods.id = p.pod_id
    where p.id > ${id} and p.id <= ${id} + ${String(people)}) as p`;
  await idle("stream", "p.id::text", all);
  await idle("person", "p.url || ' ' || p.guid", `${all} where p.network = 'diaspora'`);
  await idle("jid", "p.jid", `${all} where p.network = 'xmpp'`);
}
