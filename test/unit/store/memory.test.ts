import assert from "node:assert/strict";
import { test } from "node:test";
import { rows } from "../../../src/store/database.ts";
import {
  claimNotice,
  countToday,
  forgetSaid,
  rememberSaid,
  saidAs,
} from "../../../src/store/memory.ts";
import { closeLocal, reopenLocal } from "../../../src/store/people.ts";
import { preferencesOf, setPreferences } from "../../../src/store/preferences.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { countRows } from "./queue-support.ts";
import { social } from "./social-support.ts";

test("of callers that meet, one says it; to another person, or for another purpose, it is said too", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob, eve } = await social(db);
  const claims = await Promise.all(
    Array.from({ length: 8 }, () => claimNotice(db, bob.key, "encryption")),
  );
  assert.equal(claims.filter(Boolean).length, 1);
  assert.equal(await claimNotice(db, bob.key, "comments"), true);
  assert.equal(await claimNotice(db, eve.key, "encryption"), true);
});

test("pitfall 86: of many at once no more than so many count on one day, and tomorrow as many again", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob, eve } = await social(db);
  const count = (who = bob, most = 20) => countToday(db, who.key, "subscribe", most);
  const counted = await Promise.all(Array.from({ length: 30 }, () => count()));
  assert.equal(counted.filter(Boolean).length, 20);
  assert.equal(await count(eve), true);
  assert.equal(await count(eve, 0), false);
  assert.equal(await countToday(db, bob.key, "another", 0), false);
  await rows(db, "update counters set day = day - 1");
  assert.deepEqual([await count(bob, 1), await count(bob, 1)], [true, false]);
  assert.equal(await countRows(db, "counters"), 2, "one row, however many days");
});

test("what a message became is known for thirty days, by any name, and then forgotten", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob, eve } = await social(db);
  const long = "x".repeat(10_000);
  const said = (name: string, who = bob) => saidAs(db, who.key, name);
  await rememberSaid(db, bob.key, "m1", guidNumber(1));
  await rememberSaid(db, bob.key, long, guidNumber(2));
  await rememberSaid(db, bob.key, `${long}y`, guidNumber(3));
  assert.deepEqual([await said("m1"), await said(long)], [guidNumber(1), guidNumber(2)]);
  assert.deepEqual([await said("m1", eve), await said("m2")], [null, null]);
  await rememberSaid(db, bob.key, "m1", guidNumber(4));
  assert.equal(await said("m1"), guidNumber(4), "a name that is used again means the later one");
  await rows(db, "update said set at = at - interval '31 days' where message_id = 'm1'");
  assert.equal(await said("m1"), null);
  await forgetSaid(db);
  assert.equal(await countRows(db, "said"), 2);
});

test("preferences are the defaults until something is chosen, and a choice changes nothing else", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob } = await social(db);
  const defaults = await preferencesOf(db, bob.key);
  assert.deepEqual(defaults, {
    reads: "auto",
    comments: "all",
    followers: "ask",
    edits: "correction",
    limited: "home",
    listed: false,
    searchable: false,
  });
  await setPreferences(db, bob.key, {});
  assert.deepEqual(await preferencesOf(db, bob.key), defaults, "the columns have the same ones");
  await setPreferences(db, bob.key, { reads: "both" });
  await setPreferences(db, bob.key, { searchable: true, listed: true });
  const chosen = { ...defaults, reads: "both", searchable: true, listed: true };
  assert.deepEqual(await preferencesOf(db, bob.key), chosen);
});

test("who leaves and comes back is remembered", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob } = await social(db);
  await setPreferences(db, bob.key, { reads: "feed" });
  await claimNotice(db, bob.key, "encryption");
  await countToday(db, bob.key, "subscribe", 1);
  await rememberSaid(db, bob.key, "m1", guidNumber(1));
  await closeLocal(db, bob);
  await reopenLocal(db, bob.jid);
  assert.equal((await preferencesOf(db, bob.key)).reads, "feed");
  assert.equal(await claimNotice(db, bob.key, "encryption"), false);
  assert.equal(await saidAs(db, bob.key, "m1"), guidNumber(1));
});
