import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import * as base from "../../../migrations/20261121-base.ts";
import * as social from "../../../migrations/20261122-social.ts";
import { firstRow, rows, run, type Database } from "../../../src/store/database.ts";
import { findActivity } from "../../../src/store/known.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { streamPage } from "../../../src/store/streams.ts";
import { bareDatabase } from "../../support/database.ts";
import { guidNumber, note } from "../../support/fixtures.ts";

/** As the version before left it. */
async function before(db: Database): Promise<string> {
  await base.up(db);
  await run(db, "insert into pods (url) values ('https://pod.example/')");
  const alice = await firstRow<{ id: string }>(
    db,
    `insert into people (network, guid, diaspora_id, name, public_key, pod_id)
     select 'diaspora', ?, 'alice@pod.example', 'Alice', 'key', id from pods returning id`,
    [guidNumber(0xa)],
  );
  assert.ok(alice !== undefined);
  const objects = [
    ["post", note({ guid: guidNumber(1) })],
    ["follow", { type: "person", id: "bob@example.org" }],
    ["delete", { type: "tombstone", guid: guidNumber(9), targetType: "Post" }],
  ] as const;
  for (const [index, [verb, object]] of objects.entries()) {
    await run(
      db,
      `insert into activities (guid, author_id, verb, audience, object, published)
       values (?, ?, ?, 'public', ?::jsonb, '2026-01-02T03:04:05.678Z')`,
      [guidNumber(index + 1), alice.id, verb, JSON.stringify(object)],
    );
  }
  await run(db, "insert into subscriptions (person_id, node, jid) values (?, 'n', 'bob@x')", [
    alice.id,
  ]);
  await run(db, "insert into destinations (kind, address) values ('jid', 'bob@x')");
  await run(
    db,
    `insert into deliveries (destination_id, activity_id, root_guid)
     select d.id, a.id, a.guid from destinations d, activities a where a.verb = 'post'`,
  );
  await run(
    db,
    `insert into deliveries (destination_id, notice, root_guid)
     select id, 'Hello', 'notice' from destinations`,
  );
  return alice.id;
}

const MIGRATIONS = new URL("../../../migrations/", import.meta.url);

/** What reads it is of today. */
async function everythingSince(db: Database): Promise<void> {
  const files = (await readdir(MIGRATIONS)).sort();
  for (const file of files.slice(1)) {
    // The border at which a module from our own folder is believed to be a migration.
    const migration = (await import(new URL(file, MIGRATIONS).href)) as typeof social;
    await migration.up(db);
  }
}

test("what was stored and what waits is as good afterwards", async () => {
  await using store = await bareDatabase();
  const { db } = store;
  const authorKey = await before(db);
  await everythingSince(db);
  const known = await findActivity(db, guidNumber(1));
  assert.deepEqual([known?.itemId, known?.rootGuid], [guidNumber(1), guidNumber(1)]);
  for (const [number, verb] of [
    [2, "follow"],
    [3, "delete"],
  ] as const) {
    assert.equal((await findActivity(db, guidNumber(number)))?.activity?.verb, verb);
  }
  for (const order of ["creation", "modification"] as const) {
    const page = await streamPage(db, { authorKey, readerKey: null, max: 9, order });
    assert.deepEqual([page.count, page.items[0]?.itemId], [1, guidNumber(1)]);
  }
  const [destination] = await db("destinations").pluck<string[]>("id");
  const waiting = await pendingDeliveries(db, [destination ?? ""], 9);
  assert.deepEqual(
    waiting.map(({ content }) => (content.type === "signal" ? content.signal : content.type)),
    ["activity", { kind: "words", text: "Hello" }],
  );
  const [subscription] = await rows<object>(db, "select pubsub, presence from subscriptions");
  assert.deepEqual(subscription, { pubsub: true, presence: false });
});

test("it can be undone, with what was stored before, and done again", async () => {
  await using store = await bareDatabase();
  const { db } = store;
  await before(db);
  const schema = (): Promise<unknown[]> =>
    rows(
      db,
      `select table_name, column_name, data_type, is_nullable, column_default
       from information_schema.columns where table_schema = 'public'
       union all select tablename, indexname, indexdef, '', '' from pg_indexes
       where schemaname = 'public' order by 1, 2`,
    );
  const stored = async (): Promise<unknown[]> => [
    await db("activities").orderBy("id"),
    await db("deliveries").orderBy("id"),
    await db("subscriptions"),
  ];
  const [tables, data] = [await schema(), await stored()];
  await social.up(db);
  assert.notDeepEqual(await schema(), tables);
  await social.down(db);
  assert.deepEqual(await schema(), tables);
  assert.deepEqual(await stored(), data);
  await social.up(db);
});
