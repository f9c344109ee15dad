/** Rows for the XMPP bench, put into the database at once: what takes time here is not measured. */
import type { Database } from "../src/store/database.ts";

const NOTE = `jsonb_build_object('type', 'note', 'guid', g.guid, 'markdown',
  'A post of some length, with a *word* or two in it, number ' || g.n || '. ' || repeat('Words. ', 40),
  'tags', '[]'::jsonb, 'photos', '[]'::jsonb)`;

/** So many more posts of this person, some seconds apart, the newest now. Returns the ids. */
export async function addPosts(
  db: Database,
  diasporaId: string,
  count: number,
  prefix: string,
): Promise<string[]> {
  const result: { rows: { id: string }[] } = await db.raw(
    `insert into activities (guid, author_id, verb, type, audience, object, published, changed, root_guid, item_id)
     select g.guid, p.id, 'post', 'note', 'public', ${NOTE},
            now() - make_interval(secs => (? - g.n) * 7), now(),
            g.guid, g.guid
     from (select n, ? || lpad(n::text, 20, '0') as guid from generate_series(1, ?::int) as n) as g,
          people p
     where p.diaspora_id = ? returning id`,
    [count, prefix, count, diasporaId],
  );
  return result.rows.map((row) => row.id);
}

/** No statement may take as long as a million rows do. */
const PART = 50_000;

/** Posts of a thousand other people on a hundred pods. */
export async function addCrowd(db: Database, posts: number, prefix: string): Promise<void> {
  await db.raw(
    `insert into pods (url) select 'https://pod' || n || '.example/' from generate_series(1, 100) n
     on conflict do nothing`,
  );
  await db.raw(
    `insert into people (network, guid, diaspora_id, name, public_key, pod_id)
     select 'diaspora', 'crowd' || lpad(n::text, 27, '0'), 'p' || n || '@pod' || (n % 100 + 1) || '.example',
            'Person ' || n, 'no key', (select id from pods where url = 'https://pod' || (n % 100 + 1) || '.example/')
     from generate_series(1, 1000) n on conflict do nothing`,
  );
  for (let from = 1; from <= posts; from += PART) {
    await db.raw(
      `insert into activities (guid, author_id, verb, type, audience, object, published, changed,
         root_guid, item_id)
       select g.guid, p.id, 'post', 'note', 'public', ${NOTE}, now() - make_interval(secs => g.n),
              now(), g.guid, g.guid
       from (select n, ? || lpad(n::text, 20, '0') as guid
             from generate_series(?::int, ?::int) as n) as g
       join people p on p.guid = 'crowd' || lpad((g.n % 1000 + 1)::text, 27, '0')`,
      [prefix, from, Math.min(posts, from + PART - 1)],
    );
  }
  await db.raw("vacuum analyze activities");
}

/** The readers' subscriptions, as their `<subscribe/>` would have made them. */
export async function addReaders(
  db: Database,
  diasporaId: string,
  node: string,
  jids: readonly string[],
): Promise<void> {
  await db.raw(
    `insert into subscriptions (person_id, node, jid, pubsub)
     select p.id, ?, reader, true from people p, unnest(?::text[]) as reader where p.diaspora_id = ?
     on conflict do nothing`,
    [node, [...jids], diasporaId],
  );
}

/** These posts wait for the readers of this person, as if they had just come. */
export async function putOut(
  db: Database,
  diasporaId: string,
  ids: readonly string[],
): Promise<void> {
  await db.raw(
    `with stream as (
       insert into destinations (kind, address, due_at)
       select 'stream', id::text, 'infinity' from people where diaspora_id = ?
       on conflict (kind, address) do update set due_at = 'infinity'
       returning id)
     insert into deliveries (destination_id, activity_id, root_guid)
     select stream.id, a.id, a.guid from activities a, stream
     where a.id = any(?::bigint[]) order by a.id`,
    [diasporaId, [...ids]],
  );
}

/** What waits goes out now. */
export async function wakeStreams(db: Database): Promise<void> {
  await db.raw(
    `with woken as (
       update destinations set wakes = wakes + 1, due_at = now() where kind = 'stream'
       returning id)
     select pg_notify('diaspora_x_wake', 'stream the bench') from woken`,
  );
}

/** People of the own server who have opted in, for the memory that they take. */
export async function addLocalPeople(db: Database, count: number): Promise<void> {
  await db.raw(
    `insert into people (network, guid, diaspora_id, jid, name, public_key)
     select 'xmpp', 'local' || lpad(n::text, 27, '0'), 'l' || n || '@home.example',
            'l' || n || '@home.example', 'L' || n, 'no key'
     from generate_series(1, ?::int) n on conflict do nothing`,
    [count],
  );
  await db.raw(
    `insert into feeds (person_id, subscribed, baseline, next_check_at)
     select id, true, true, now() + interval '6 hours' from people
     where guid like 'local%' on conflict do nothing`,
  );
}
