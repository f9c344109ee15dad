import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase, type Database } from "../../../src/store/database.ts";
import { deliveryFigures, inboxFigures, isReadOnly } from "../../../src/store/figures.ts";
import { testDatabase } from "../../support/database.ts";

interface Waiting {
  readonly kind: string;
  readonly due: string;
  readonly attempts?: number;
  readonly since?: string;
  readonly rows: number;
}

async function put(db: Database, waiting: Waiting): Promise<void> {
  const { kind, due, attempts = 0, since = null, rows } = waiting;
  await db.raw(
    `with made as (
       insert into destinations (kind, address, due_at, attempts, unreachable_since)
       values (?, gen_random_uuid()::text, ${due}, ?, ${since ?? "null"}) returning id)
     insert into deliveries (destination_id, root_guid, signal)
     select made.id, n::text, '{"kind":"words","text":""}'
     from made, generate_series(1, ?) as n`,
    [kind, attempts, rows],
  );
}

const AGO = "now() - interval '1 minute'";
const LATER = "now() + interval '1 hour'";

test("what waits is counted by kind: those that are due, those that back off, those that are silent", async () => {
  await using store = await testDatabase();
  const { db } = store;
  await put(db, { kind: "pod", due: AGO, rows: 3 });
  await put(db, { kind: "pod", due: LATER, attempts: 2, since: AGO, rows: 4 });
  const long = "now() - interval '15 days'";
  await put(db, { kind: "pod", due: LATER, attempts: 20, since: long, rows: 1 });
  // Put off alone: its destination is well.
  await put(db, { kind: "pod", due: LATER, rows: 1 });
  await put(db, { kind: "jid", due: "now() - interval '2 minutes'", attempts: 1, rows: 1 });
  const figures = await deliveryFigures(db);
  assert.deepEqual(
    figures.map(({ kind, waiting, backingOff, silent }) => [kind, waiting, backingOff, silent]),
    [
      ["pod", 9, 2, 1],
      ["person", 0, 0, 0],
      ["jid", 1, 0, 0],
      ["stream", 0, 0, 0],
      ["node", 0, 0, 0],
    ],
  );
  const [pod, , jid] = figures;
  assert.ok((pod?.oldest ?? 0) >= 60 && (pod?.oldest ?? 0) < 120);
  assert.equal(jid?.oldest, 0, "who did not answer is not among the oldest");
});

test("however much waits, it is counted no further than 10,000", async () => {
  await using store = await testDatabase();
  await put(store.db, { kind: "pod", due: LATER, attempts: 9, rows: 10_050 });
  const [pod] = await deliveryFigures(store.db);
  assert.equal(pod?.waiting, 10_000);
});

test("the oldest message is the first that nobody has tried, and the inbox is counted to its limit", async () => {
  await using store = await testDatabase();
  const { db } = store;
  assert.deepEqual(await inboxFigures(db, 10), { waiting: 0, oldest: 0 });
  await db.raw(
    `with made as (
       insert into destinations (kind, address) values ('inbox', 'pod.example') returning id)
     insert into inbox (destination_id, kind, body, received_at, attempts, next_attempt)
     select made.id, 'public', '', now() - age, tries, now() + wait
     from made, (values (interval '1 day', 3, interval '0'), (interval '2 hours', 0, interval '1 hour'),
                        (interval '1 minute', 0, interval '0'), (interval '1 second', 0, interval '0'))
       as given (age, tries, wait)`,
  );
  const { waiting, oldest } = await inboxFigures(db, 10);
  assert.equal(waiting, 4);
  assert.ok(oldest >= 60 && oldest < 120);
  assert.equal((await inboxFigures(db, 2)).waiting, 3);
});

test("a database that was told only to read is known, as PostgreSQL's managed services do with a full disk", async () => {
  await using store = await testDatabase();
  assert.equal(await isReadOnly(store.db), false);
  const url = new URL(store.url);
  url.searchParams.set("options", "-c default_transaction_read_only=on");
  const db = openDatabase({ url: url.href, poolSize: 1 });
  try {
    assert.equal(await isReadOnly(db), true);
  } finally {
    await db.destroy();
  }
});
