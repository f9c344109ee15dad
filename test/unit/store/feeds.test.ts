import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../../src/store/database.ts";
import {
  allFeedsDue,
  claimDueFeeds,
  claimPrivateNotice,
  feedChecked,
  feedDelivered,
  feedDue,
  feedOf,
  recordItem,
  seenItem,
  unseenItems,
} from "../../../src/store/feeds.ts";
import { closeLocal, insertLocal, type StoredLocal } from "../../../src/store/people.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { jid, localPerson } from "../../support/fixtures.ts";

const vault = createVault("a key for tests");
const NODE = "urn:xmpp:microblog:0";

async function account(db: Database, name = "bob@example.org"): Promise<StoredLocal> {
  return await insertLocal(db, vault, localPerson({ jid: jid(name) }));
}

const later = (ms: number): Date => new Date(Date.now() + ms);

test("an item is remembered with what became of it, per person, node and id", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  const key = { personKey: bob.key, node: NODE, itemId: "first-post" };
  assert.equal(await seenItem(store.db, key), null);
  await recordItem(store.db, key, "hash 1", "withheld");
  await recordItem(store.db, key, "hash 2", "published");
  assert.deepEqual(await seenItem(store.db, key), { hash: "hash 2", state: "published" });
  const eve = await account(store.db, "eve@example.org");
  assert.equal(await seenItem(store.db, { ...key, personKey: eve.key }), null);
  assert.equal(await seenItem(store.db, { ...key, node: "other" }), null);
  assert.deepEqual(
    await unseenItems(store.db, bob.key, NODE, ["first-post", "second", "' or 1=1 --"]),
    new Set(["second", "' or 1=1 --"]),
  );
  assert.deepEqual(await unseenItems(store.db, bob.key, NODE, []), new Set());
});

test("an item id as long as a JID may be is remembered, in any script", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  // Random, so that PostgreSQL cannot make it smaller than an index entry may be.
  let itemId = "";
  for (let index = 0; index < 341; index += 1) {
    itemId += String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 0x5000));
  }
  await recordItem(store.db, { personKey: bob.key, node: NODE, itemId }, "hash", "before");
  assert.deepEqual(await unseenItems(store.db, bob.key, NODE, [itemId]), new Set());
});

test("the author is told once, also by two who are about to tell", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  const told = await Promise.all([1, 2, 3, 4].map(() => claimPrivateNotice(store.db, bob.key)));
  assert.equal(told.filter(Boolean).length, 1);
});

test("a new account is looked at at once, one that left is not", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  const eve = await account(store.db, "eve@example.org");
  await closeLocal(store.db, eve);
  const due = await claimDueFeeds(store.db, 10);
  assert.deepEqual(
    due.map((feed) => feed.jid),
    [bob.jid],
  );
  assert.equal(await feedOf(store.db, eve.jid), null);
  const [feed] = due;
  assert.deepEqual(
    { ...feed, since: null },
    {
      personKey: bob.key,
      jid: bob.jid,
      subscribed: false,
      baseline: false,
      since: null,
      checks: 0,
      delivers: false,
    },
  );
});

test("a feed that is being looked at is not given out twice", async () => {
  await using store = await testDatabase();
  for (const name of ["a", "b", "c", "d", "e"]) await account(store.db, `${name}@example.org`);
  const claims = await Promise.all([1, 2, 3].map(() => claimDueFeeds(store.db, 2)));
  const jids = claims.flat().map((feed) => feed.jid);
  assert.equal(new Set(jids).size, jids.length);
  const rest = await claimDueFeeds(store.db, 10);
  assert.equal(jids.length + rest.length, 5);
  assert.deepEqual(await claimDueFeeds(store.db, 10), []);
});

test("what a look found is kept, and the baseline is never lost again", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  await feedChecked(store.db, bob.key, {
    subscribed: true,
    baseline: true,
    nextCheckAt: later(60_000),
  });
  await feedChecked(store.db, bob.key, {
    subscribed: true,
    baseline: false,
    nextCheckAt: later(60_000),
  });
  await feedDelivered(store.db, bob.key);
  const feed = await feedOf(store.db, bob.jid);
  assert.deepEqual(
    [feed?.subscribed, feed?.baseline, feed?.checks, feed?.delivers],
    [true, true, 2, true],
  );
  assert.deepEqual(await claimDueFeeds(store.db, 10), []);
  await feedDue(store.db, bob.key);
  assert.equal((await claimDueFeeds(store.db, 10)).length, 1);
});

test("after a reconnect everybody is looked at again and subscribed anew", async () => {
  await using store = await testDatabase();
  for (const name of ["a", "b"]) {
    const person = await account(store.db, `${name}@example.org`);
    await feedChecked(store.db, person.key, {
      subscribed: true,
      baseline: true,
      nextCheckAt: later(9e6),
    });
  }
  await allFeedsDue(store.db);
  const due = await claimDueFeeds(store.db, 10);
  assert.deepEqual(
    due.map((feed) => [feed.subscribed, feed.baseline]),
    [
      [false, true],
      [false, true],
    ],
  );
});
