/** What `npm run seed` leaves behind: rows that the daemon itself could have written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seedDatabase } from "../../../scripts/seed/seed.ts";
import { SEEDED_DOMAIN } from "../../../scripts/seed/plan.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { firstRow, rows, type Database } from "../../../src/store/database.ts";
import { findActivity } from "../../../src/store/known.ts";
import { localByJid } from "../../../src/store/people.ts";
import { streamPage } from "../../../src/store/streams.ts";
import { countUsage } from "../../../src/store/usage.ts";
import { testDatabase } from "../../support/database.ts";
import { jid } from "../../support/fixtures.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";

const SEED = { people: 200, pods: 10, activities: 1_000, seed: 7 };

/** Of everything that does not say when it was made. */
async function print(db: Database): Promise<string> {
  const tables = [
    "select guid, diaspora_id, jid, name from people",
    "select guid, verb, type, audience, object, published, root_guid, above_guid from activities",
    "select l.outcome, a.guid, d.address from ledger l join activities a on a.id = l.activity_id join destinations d on d.id = l.destination_id",
    "select p.guid, q.guid as other, r.following, r.sharing from relationships r join people p on p.id = r.local_id join people q on q.id = r.remote_id",
  ];
  const sums = tables.map(
    (sql) => `(select md5(string_agg(t::text, ' ' order by t::text)) from (${sql}) as t)`,
  );
  const row = await firstRow<{ print: string }>(
    db,
    `select concat_ws(' ', ${sums.join(", ")}) as print`,
  );
  return row?.print ?? "";
}

async function definitions(db: Database): Promise<unknown[]> {
  return await rows(
    db,
    `select conrelid::regclass::text as of, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where connamespace = 'public'::regnamespace
     union all select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'
     order by 1, 2, 3`,
  );
}

test("the same seed makes the same rows, another one makes others", async () => {
  const prints: string[] = [];
  for (const seed of [7, 7, 8]) {
    await using store = await testDatabase();
    await store.db.raw("truncate people, pods, activities, destinations restart identity cascade");
    await seedDatabase(store.db, { ...SEED, seed });
    prints.push(await print(store.db));
  }
  assert.equal(prints[0], prints[1]);
  assert.notEqual(prints[0], prints[2]);
});

test("keys and indexes that were taken down are all there again", async () => {
  await using store = await testDatabase();
  const before = await definitions(store.db);
  await seedDatabase(store.db, SEED);
  assert.deepEqual(await definitions(store.db), before);
});

test("where people are already nothing is added without the word for it", async () => {
  await using store = await testDatabase();
  await seedDatabase(store.db, SEED);
  await assert.rejects(seedDatabase(store.db, SEED), (error) => isDxError(error));
  const added = await seedDatabase(store.db, { ...SEED, force: true });
  assert.ok(added > SEED.activities);
  const row = await firstRow<{ people: string }>(store.db, "select count(*) as people from people");
  assert.equal(Number(row?.people), 2 * SEED.people);
});

test("what was seeded is read as what was written: streams, threads, tombstones", async () => {
  await using store = await testDatabase();
  const { db } = store;
  await seedDatabase(db, SEED);
  const person = await localByJid(db, jid(`person10@${SEEDED_DOMAIN}`));
  assert.ok(person !== null || (await firstRow(db, "select 1 as one from people")) !== undefined);
  const authors = await rows<{ author: string }>(
    db,
    "select author_id as author from activities where type = 'note' group by 1 order by count(*) desc limit 3",
  );
  for (const { author: authorKey } of authors) {
    const page = await streamPage(db, {
      authorKey,
      readerKey: authorKey,
      order: "creation",
      max: 20,
    });
    assert.ok(page.items.length > 0);
  }
  const guids = await rows<{ guid: Guid; deleted: boolean }>(
    db,
    "select guid, deleted_at is not null as deleted from activities",
  );
  for (const { guid, deleted } of guids) {
    assert.equal((await findActivity(db, guid))?.activity === null, deleted, guid);
  }
  const astray = await rows(
    db,
    `select a.guid from activities a left join activities r on r.guid = a.root_guid
     where r.id is null or a.type in ('comment', 'opinion') and (r.type <> 'note' or r.audience <> a.audience)`,
  );
  assert.deepEqual(astray, [], "each stands below a post that is there, for the same people");
});

test("nothing of it is due within the next days: a daemon that starts on it leaves it alone", async () => {
  await using store = await testDatabase();
  await seedDatabase(store.db, SEED);
  const due = await rows(
    store.db,
    `select 1 from destinations where due_at < now() + interval '5 days'
     union all select 1 from deliveries where next_attempt < now() + interval '5 days'
     union all select 1 from inbox where next_attempt < now() + interval '5 days'
     union all select 1 from feeds`,
  );
  assert.deepEqual(due, []);
});

test("how many people and posts there are is counted in a part of them where there are many: NodeInfo of ten million took longer than any statement may", async () => {
  await using store = await testDatabase();
  await seedDatabase(store.db, { ...SEED, people: 2_000, activities: 4_000 });
  const exact = await countUsage(store.db);
  assert.equal(exact.people, 200);
  const near = await countUsage(store.db, 1_000);
  for (const what of ["people", "posts"] as const) {
    assert.ok(near[what] > exact[what] / 2 && near[what] < exact[what] * 2, what);
  }
  await store.db.raw("truncate people, pods, activities, destinations cascade");
});
