import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDxError } from "../../../src/errors/error.ts";
import { firstRow, openDatabase, rows } from "../../../src/store/database.ts";
import {
  claimDestinations,
  forgetIdleHosts,
  releaseDestination,
} from "../../../src/store/destinations.ts";
import {
  createInboxWriter,
  finishInbox,
  pendingInbox,
  type InboxMessage,
} from "../../../src/store/inbox.ts";
import {
  arrived,
  createInboxRetries,
  isQuietWaiting,
  holdInbox,
  retryInbox,
} from "../../../src/store/inbox-retries.ts";
import { COUNT_EVERY_MS } from "../../../src/store/inbox-shares.ts";
import { databaseProxy } from "../../support/database-proxy.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { assertDueNow, countRows, dueIn } from "./queue-support.ts";

const ROOMY = { maxRows: 10_000, maxInFlight: 10_000 };
const HOST = "pod.example";

function message(body: string, changes: Partial<InboxMessage> = {}): InboxMessage {
  return {
    kind: "public",
    recipient: null,
    body: Buffer.from(body),
    claimedHost: HOST,
    ...changes,
  };
}

test("a message is durable when it is acknowledged, bytes and all", async () => {
  await using store = await testDatabase();
  const bytes = Buffer.from([0, 255, 128, 10, 13]);
  const inbox = createInboxWriter(store.db, ROOMY, () => undefined);
  const sent = message("", { kind: "private", recipient: guidNumber(1), body: bytes });
  await inbox.add(sent);
  const [claimed] = await claimDestinations(store.db, "inbox", 1, 10);
  assert.ok(claimed !== undefined);
  const [kept, ...rest] = await pendingInbox(store.db, claimed.id, 10);
  assert.deepEqual(rest, []);
  assert.ok(kept !== undefined);
  const { id, receivedAt, waited, ...what } = kept;
  assert.match(id, /^\d+$/);
  assert.ok(Math.abs(Date.now() - receivedAt.getTime()) < 60_000);
  assert.ok(waited >= 0 && waited < 60);
  assert.deepEqual(what, { ...sent, attempts: 0, quietBefore: null });
});

test("messages that arrive together are stored in few statements, in order, and all acknowledged", async () => {
  await using store = await testDatabase();
  let stored = 0;
  const inbox = createInboxWriter(store.db, ROOMY, () => {
    stored += 1;
  });
  const bodies = Array.from({ length: 500 }, (_, index) => String(index));
  await Promise.all(bodies.map((body) => inbox.add(message(body))));
  assert.ok(stored < 20, `${String(stored)} statements`);
  const [claimed] = await claimDestinations(store.db, "inbox", 1, 10);
  assert.ok(claimed !== undefined);
  const kept = await pendingInbox(store.db, claimed.id, 1000);
  assert.deepEqual(
    kept.map((row) => row.body.toString()),
    bodies,
  );
});

test("large messages come few at a time, and what is left is due at once", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const inbox = createInboxWriter(db, ROOMY, () => undefined);
  const sizes = [200, 200, 200, 2_000, 1];
  for (const size of sizes) await inbox.add(message("x".repeat(size * 1024)));
  const batches: number[][] = [];
  for (let n = 0; n < 3; n += 1) {
    const [claimed] = await claimDestinations(db, "inbox", 1, 10);
    assert.ok(claimed !== undefined);
    const batch = await pendingInbox(db, claimed.id, 20);
    batches.push(batch.map(({ body }) => body.length / 1024));
    for (const { id } of batch) await finishInbox(db, id);
    await releaseDestination(db, claimed, 1, { state: "drained" });
  }
  assert.deepEqual(batches, [[200, 200], [200, 2_000], [1]]);
});

test("each claimed host has its own queue", async () => {
  await using store = await testDatabase();
  const inbox = createInboxWriter(store.db, ROOMY, () => undefined);
  const hosts = ["a.example", "b.example", "a.example", "[2001:db8::1]", "192.0.2.1"];
  await Promise.all(
    hosts.map((claimedHost, index) => inbox.add(message(String(index), { claimedHost }))),
  );
  const claimed = await claimDestinations(store.db, "inbox", 1, 10);
  const queues = await Promise.all(
    claimed.map(async (one) => {
      const kept = await pendingInbox(store.db, one.id, 10);
      return [one.address, kept.map((row) => row.body.toString())] as const;
    }),
  );
  assert.deepEqual(Object.fromEntries(queues), {
    "a.example": ["0", "2"],
    "b.example": ["1"],
    "[2001:db8::1]": ["3"],
    "192.0.2.1": ["4"],
  });
});

test("a full backlog is refused, and taken again when it is worked off", async () => {
  await using store = await testDatabase();
  const inbox = createInboxWriter(store.db, { maxRows: 3, maxInFlight: 10 }, () => undefined);
  for (const body of ["1", "2", "3"]) await inbox.add(message(body));
  await assert.rejects(inbox.add(message("4")), (error) => isDxError(error, "DX_BACKLOG_FULL"));
  assert.equal(await countRows(store.db, "inbox"), 3);
  await store.db.raw("delete from inbox");
  // It counts once a second.
  await sleep(1_100);
  await inbox.add(message("5"));
  assert.equal(await countRows(store.db, "inbox"), 1);
});

test("a backlog that another process filled is seen", async () => {
  await using store = await testDatabase();
  const other = createInboxWriter(store.db, ROOMY, () => undefined);
  await Promise.all(["1", "2", "3"].map((body) => other.add(message(body))));
  const inbox = createInboxWriter(store.db, { maxRows: 3, maxInFlight: 10 }, () => undefined);
  await assert.rejects(inbox.add(message("4")), (error) => isDxError(error, "DX_BACKLOG_FULL"));
});

test("what waits in memory is bounded too", async () => {
  await using store = await testDatabase();
  const inbox = createInboxWriter(store.db, { maxRows: 100, maxInFlight: 5 }, () => undefined);
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) => inbox.add(message(String(index)))),
  );
  const refused = results.filter((result) => result.status === "rejected");
  assert.ok(refused.length > 0 && refused.length < 20);
  assert.ok(refused.every((result) => isDxError(result.reason, "DX_BACKLOG_FULL")));
  assert.equal(await countRows(store.db, "inbox"), 20 - refused.length);
});

test("while the database is away nothing is acknowledged; when it is back everything works", async () => {
  await using store = await testDatabase();
  await using proxy = await databaseProxy(store.url);
  const db = openDatabase({ url: proxy.url, poolSize: 2 });
  try {
    const inbox = createInboxWriter(db, ROOMY, () => undefined);
    await inbox.add(message("before"));
    proxy.cut();
    const results = await Promise.allSettled(
      ["1", "2", "3"].map((body) => inbox.add(message(body))),
    );
    for (const result of results) {
      assert.ok(result.status === "rejected");
      assert.ok(isDxError(result.reason, "DX_STORE_UNAVAILABLE"), String(result.reason));
    }
    proxy.mend();
    await inbox.add(message("after"));
    const bodies = await firstRow<{ all: string }>(
      store.db,
      "select string_agg(convert_from(body, 'UTF8'), ',' order by id) as all from inbox",
    );
    assert.equal(bodies?.all, "before,after");
  } finally {
    await db.destroy();
  }
});

test("a message that is put off waits alone, and its host is due when it is", async () => {
  await using store = await testDatabase();
  const inbox = createInboxWriter(store.db, ROOMY, () => undefined);
  for (const body of ["poison", "good"]) await inbox.add(message(body));
  const [claimed] = await claimDestinations(store.db, "inbox", 1, 10);
  assert.ok(claimed !== undefined);
  const [poison, good] = await pendingInbox(store.db, claimed.id, 10);
  assert.ok(poison !== undefined && good !== undefined);
  const later = new Date(Date.now() + 600_000);
  await retryInbox(store.db, { id: poison.id, next: later, error: "no key" });
  assert.deepEqual(
    (await pendingInbox(store.db, claimed.id, 10)).map((row) => row.id),
    [good.id],
  );
  await finishInbox(store.db, good.id);
  await releaseDestination(store.db, claimed, 1, { state: "drained" });
  const seconds = await dueIn(store.db, HOST);
  assert.ok(seconds !== null && seconds > 500, String(seconds));
  const before = new Date(Date.now() - 1);
  await retryInbox(store.db, { id: poison.id, next: before, error: "no key" });
  assert.equal((await pendingInbox(store.db, claimed.id, 10))[0]?.attempts, 2);
});

test("a message that is held for its pod's sake was not tried, and counts among none that wait for another try", async () => {
  await using store = await testDatabase();
  const inbox = createInboxWriter(store.db, ROOMY, () => undefined);
  for (const body of ["held", "other"]) await inbox.add(message(body));
  const [claimed] = await claimDestinations(store.db, "inbox", 1, 10);
  assert.ok(claimed !== undefined);
  const [held, other] = await pendingInbox(store.db, claimed.id, 10);
  assert.ok(held !== undefined && other !== undefined);
  await holdInbox(store.db, held.id, new Date(Date.now() + 60_000));
  const rest = await pendingInbox(store.db, claimed.id, 10);
  assert.deepEqual(
    rest.map(({ id }) => id),
    [other.id],
  );
  assert.deepEqual(await store.db("inbox").pluck("attempts"), [0, 0]);
  await finishInbox(store.db, other.id);
  await releaseDestination(store.db, claimed, 1, { state: "drained" });
  const seconds = await dueIn(store.db, HOST);
  assert.ok(seconds !== null && seconds > 50 && seconds <= 60, String(seconds));
});

test("a message that arrives while its host is worked on keeps the host due", async () => {
  await using store = await testDatabase();
  const inbox = createInboxWriter(store.db, ROOMY, () => undefined);
  await inbox.add(message("first"));
  const [claimed] = await claimDestinations(store.db, "inbox", 1, 10);
  assert.ok(claimed !== undefined);
  const [first] = await pendingInbox(store.db, claimed.id, 10);
  await inbox.add(message("second"));
  await finishInbox(store.db, first?.id ?? "");
  await releaseDestination(store.db, claimed, 1, { state: "drained" });
  await assertDueNow(store.db, HOST);
});

test("hosts that were claimed once leave nothing, and nothing that waits is lost by it", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const inbox = createInboxWriter(db, ROOMY, () => undefined);
  const add = (host: string): Promise<void> => inbox.add(message(host, { claimedHost: host }));
  await Promise.all(["done.example", "waits.example", "later.example"].map(add));
  for (const claimed of await claimDestinations(db, "inbox", 1, 10)) {
    const [row] = await pendingInbox(db, claimed.id, 10);
    assert.ok(row !== undefined);
    if (claimed.address === "waits.example") continue;
    if (claimed.address === "done.example") await finishInbox(db, row.id);
    else {
      const next = new Date(Date.now() + 3_600_000);
      await retryInbox(db, { id: row.id, next, error: "x" });
    }
    await releaseDestination(db, claimed, 1, { state: "drained" });
  }
  await forgetIdleHosts(db);
  const left = await rows<{ address: string }>(db, "select address from destinations order by 1");
  assert.deepEqual(
    left.map(({ address }) => address),
    ["later.example", "waits.example"],
  );
  for (let round = 0; round < 20; round += 1) {
    await Promise.all([add("done.example"), forgetIdleHosts(db)]);
    const claimed = await claimDestinations(db, "inbox", 2, 10);
    const [done] = claimed.filter(({ address }) => address === "done.example");
    assert.ok(done !== undefined);
    const [row] = await pendingInbox(db, done.id, 10);
    assert.equal(row?.body.toString(), "done.example");
    await Promise.all([
      finishInbox(db, row.id).then(() => releaseDestination(db, done, 2, { state: "drained" })),
      forgetIdleHosts(db),
    ]);
  }
});

test("what waits for another try never keeps new messages out", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const limits = { maxRows: 10, maxInFlight: 10 };
  const inbox = createInboxWriter(db, limits, () => undefined);
  const putOff = createInboxRetries(db, limits);
  const later = new Date(Date.now() + 3_600_000);
  const kept: boolean[] = [];
  for (let n = 0; n < 8; n += 1) {
    await inbox.add(message(String(n)));
    const row = await firstRow<{ id: string }>(db, "select max(id) as id from inbox");
    assert.ok(row !== undefined);
    const isKept = await putOff(row.id, later, "away");
    if (!isKept) await finishInbox(db, row.id);
    kept.push(isKept);
  }
  assert.deepEqual(kept, [true, true, true, true, true, false, false, false]);
  const fresh = createInboxRetries(db, limits);
  assert.equal(await fresh("0", later, "counted anew"), false);
  await inbox.add(message("still welcome"));
});

test("comments on posts that never were have a share of each host, and take nobody else's", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const inbox = createInboxWriter(db, ROOMY, () => undefined);
  const putOff = createInboxRetries(db, { maxRows: 1_000, maxOrphans: 2 });
  const later = new Date(Date.now() + 3_600_000);
  const kept: boolean[] = [];
  for (const claimedHost of [HOST, HOST, HOST, "other.example"]) {
    await inbox.add(message(claimedHost, { claimedHost }));
    const row = await firstRow<{ id: string }>(db, "select max(id) as id from inbox");
    assert.ok(row !== undefined);
    kept.push(await putOff(row.id, later, "orphan", "no post"));
  }
  assert.deepEqual(kept, [true, true, false, true]);
  const first = await firstRow<{ id: string }>(db, "select min(id) as id from inbox");
  assert.equal(await putOff(first?.id ?? "", later, "orphan", "no post"), true, "counted once");
});

test("pitfall 62: what waits for something is due as soon as that is here, and nothing else is", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const inbox = createInboxWriter(db, ROOMY, () => undefined);
  await Promise.all(["like", "comment", "other"].map((body) => inbox.add(message(body))));
  const [claimed] = await claimDestinations(db, "inbox", 1, 10);
  assert.ok(claimed !== undefined);
  const next = new Date(Date.now() + 3_600_000);
  for (const row of await pendingInbox(db, claimed.id, 10)) {
    const waitsFor = row.body.toString() === "other" ? "another" : "the post";
    await retryInbox(db, { id: row.id, next, error: "orphan", waitsFor });
  }
  await releaseDestination(db, claimed, 1, { state: "drained" });
  assert.deepEqual(await claimDestinations(db, "inbox", 1, 10), []);
  assert.equal(await arrived(db, ["nothing waits for this"]), false);
  assert.equal(await arrived(db, ["the post"]), true);
  const [again] = await claimDestinations(db, "inbox", 1, 10);
  assert.ok(again !== undefined, "its host is due");
  const due = await pendingInbox(db, again.id, 10);
  assert.deepEqual(
    due.map(({ body }) => body.toString()),
    ["like", "comment"],
  );
});

test("what was asked for says until when it is no news, and is waited for by its host", async () => {
  await using store = await testDatabase();
  const inbox = createInboxWriter(store.db, ROOMY, () => undefined);
  const quietBefore = new Date("2026-05-01T12:00:00Z");
  await inbox.add(message("a post", { quietBefore }));
  await inbox.add(message("news", { claimedHost: "other.example" }));
  assert.equal(await isQuietWaiting(store.db, HOST), true);
  assert.equal(await isQuietWaiting(store.db, "other.example"), false);
  const [claimed] = await claimDestinations(store.db, "inbox", 1, 1);
  assert.ok(claimed !== undefined);
  const [row] = await pendingInbox(store.db, claimed.id, 10);
  assert.deepEqual(row?.quietBefore, quietBefore);
});

test("a host that floods the inbox fills its part of it, and the others are taken as ever", async () => {
  await using store = await testDatabase();
  const limits = { maxRows: 40, maxInFlight: 100 };
  const writer = createInboxWriter(store.db, limits, () => undefined);
  const from = (host: string) => writer.add(message("words", { claimedHost: host }));
  for (let count = 0; count < 15; count += 1) await from("flood.example");
  for (let count = 0; count < 6; count += 1) await from(`quiet${String(count)}.example`);
  await sleep(COUNT_EVERY_MS + 50);
  const late = await Promise.allSettled([
    from("flood.example"),
    from("quiet0.example"),
    from("flood.example"),
    from("new.example"),
  ]);
  assert.deepEqual(
    late.map(({ status }) => status),
    ["rejected", "fulfilled", "rejected", "fulfilled"],
  );
  assert.ok(late[0].status === "rejected" && isDxError(late[0].reason, "DX_BACKLOG_FULL"));
});
