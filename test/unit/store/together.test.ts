import assert from "node:assert/strict";
import { test } from "node:test";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { createStore } from "../../../src/store/adapter.ts";
import type { Database } from "../../../src/store/database.ts";
import { rows } from "../../../src/store/database.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber, remotePerson, remotePost } from "../../support/fixtures.ts";

interface Bench {
  readonly store: ReturnType<typeof createStore>;
  readonly authorKey: string;
  /** Stores post number n and puts it out to its author's readers, as the rules do. */
  put(number: number, trouble?: Error): Promise<string | null>;
}

async function bench(db: Database): Promise<Bench> {
  const remotes = createRemotePeople(db);
  const store = createStore(db, createVault("a key for tests"), remotes);
  const { key: authorKey } = await remotes.remember(remotePerson());
  return {
    store,
    authorKey,
    put: (number, trouble) =>
      store.together(async (tx) => {
        const guid = guidNumber(number);
        const post = remotePost();
        const activity = { ...post, object: { ...post.object, guid } };
        const id = await tx.insertActivity(guid, authorKey, activity);
        if (id === null) return null;
        assert.equal((await tx.findActivity(guid))?.id, id);
        assert.equal(await tx.findActivity(guidNumber(10_000 + number)), null);
        const stream = { personKey: authorKey, node: "urn:xmpp:microblog:0", only: null };
        await tx.deliverToReaders(id, guid, stream);
        assert.equal(await tx.anyFollower(authorKey), null);
        if (trouble !== undefined) throw trouble;
        assert.equal(await tx.arrived([guid]), false);
        return id;
      }),
  };
}

async function storedGuids(db: Database, table: "activities" | "deliveries"): Promise<string[]> {
  const column = table === "activities" ? "guid" : "root_guid";
  const found = await rows<{ guid: string }>(
    db,
    `select ${column} as guid from ${table} order by id`,
  );
  return found.map(({ guid }) => guid);
}

const numbers = Array.from({ length: 30 }, (_, at) => at);

test("posts that are stored together are stored as if each came alone, in their order", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const { put } = await bench(db);
  const ids = await Promise.all(numbers.map((number) => put(number)));
  assert.equal(new Set(ids).size, numbers.length);
  const guids = numbers.map(guidNumber);
  assert.deepEqual(await storedGuids(db, "activities"), guids);
  assert.deepEqual(await storedGuids(db, "deliveries"), guids);
});

test("the same post twice among those that go together is stored once", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const { put } = await bench(db);
  const [first, second, third] = await Promise.all([put(1), put(1), put(2)]);
  assert.notEqual(first, null);
  assert.equal(second, null);
  assert.notEqual(third, null);
  assert.deepEqual(await storedGuids(db, "deliveries"), [guidNumber(1), guidNumber(2)]);
});

test("one that fails leaves nothing behind, and the others are stored", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const { put } = await bench(db);
  const trouble = new DxError("DX_SUSPENDED");
  const ends = await Promise.allSettled(
    numbers.map((number) => put(number, number === 7 ? trouble : undefined)),
  );
  const failed = ends.flatMap((end, at) => (end.status === "rejected" ? [{ at, end }] : []));
  assert.equal(failed.length, 1);
  assert.equal(failed[0]?.at, 7);
  assert.ok(isDxError(failed[0].end.reason, "DX_SUSPENDED"));
  const kept = numbers.filter((number) => number !== 7).map(guidNumber);
  assert.deepEqual(await storedGuids(db, "activities"), kept);
  assert.deepEqual(await storedGuids(db, "deliveries"), kept);
});
