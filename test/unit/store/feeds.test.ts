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
  feedTouched,
  feedOf,
  feedReadable,
  recordItem,
  seenItem,
  seenItems,
  type FeedCheck,
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

function check(changes: Partial<FeedCheck> = {}): FeedCheck {
  return {
    watched: true,
    subscribed: true,
    baseline: true,
    missed: false,
    audited: false,
    nextCheckAt: later(9e6),
    ...changes,
  };
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
    await seenItems(store.db, bob.key, NODE, ["first-post", "second", "' or 1=1 --"]),
    new Map([["first-post", { hash: "hash 2", state: "published" }]]),
  );
  assert.deepEqual(await seenItems(store.db, bob.key, NODE, []), new Map());
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
  assert.equal((await seenItems(store.db, bob.key, NODE, [itemId])).size, 1);
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
      way: null,
      watching: false,
      auditDue: true,
      few: true,
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
  await feedChecked(store.db, bob.key, check({ audited: true }));
  await feedChecked(store.db, bob.key, check({ baseline: false }));
  assert.equal(await feedDelivered(store.db, bob.key, "presence"), true, "this way is news");
  assert.equal(await feedDelivered(store.db, bob.key, "presence"), false);
  const feed = await feedOf(store.db, bob.jid);
  assert.deepEqual(
    { ...feed, personKey: null, jid: null, since: null },
    {
      personKey: null,
      jid: null,
      since: null,
      subscribed: true,
      baseline: true,
      checks: 2,
      delivers: true,
      way: "presence",
      watching: true,
      auditDue: false,
      few: true,
    },
  );
  assert.deepEqual(await claimDueFeeds(store.db, 10), []);
  await feedTouched(store.db, bob.key);
  assert.equal((await claimDueFeeds(store.db, 10))[0]?.checks, 0, "looks begin anew");
  await feedChecked(store.db, bob.key, check({ watched: false }));
  assert.equal((await feedOf(store.db, bob.jid))?.watching, false);
  await feedDue(store.db, bob.key);
  assert.equal((await claimDueFeeds(store.db, 10)).length, 1);
});

test("after a reconnect everybody is looked at again and subscribed anew", async () => {
  await using store = await testDatabase();
  for (const name of ["a", "b"]) {
    const person = await account(store.db, `${name}@example.org`);
    await feedChecked(store.db, person.key, check());
  }
  await allFeedsDue(store.db);
  const due = await claimDueFeeds(store.db, 10);
  assert.deepEqual(
    due.map((feed) => [feed.subscribed, feed.baseline, feed.watching]),
    [
      [false, true, false],
      [false, true, false],
    ],
  );
});

test("a read that found what no event brought makes the reads frequent again", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  await feedChecked(store.db, bob.key, check());
  await feedDelivered(store.db, bob.key, "subscription");
  await feedChecked(store.db, bob.key, check({ missed: true }));
  const feed = await feedOf(store.db, bob.jid);
  assert.deepEqual([feed?.delivers, feed?.way, feed?.checks], [false, null, 0]);
});

test("a subscription that may be lost is made again, and all is compared", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  await feedChecked(store.db, bob.key, check({ audited: true }));
  await feedDue(store.db, bob.key);
  assert.equal((await feedOf(store.db, bob.jid))?.subscribed, true);
  await feedDue(store.db, bob.key, true);
  const [due] = await claimDueFeeds(store.db, 10);
  assert.deepEqual([due?.subscribed, due?.auditDue], [false, true]);
});

test("pitfall 39: only an open node that closes is news, each time once", async () => {
  await using store = await testDatabase();
  const bob = await account(store.db);
  const told: boolean[] = [];
  for (const readable of [false, true, true, false, false, true, false]) {
    told.push(await feedReadable(store.db, bob.key, readable));
  }
  assert.deepEqual(told, [false, false, false, true, false, false, true]);
  assert.equal(await claimPrivateNotice(store.db, bob.key), false, "that says the same");
});
