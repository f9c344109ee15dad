/** RFC 4685 §4: how many comments stand below a post. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageQuery } from "../../../src/activitystreams/stream.ts";
import { entombActivity } from "../../../src/store/activities.ts";
import { streamPage } from "../../../src/store/streams.ts";
import { testDatabase } from "../../support/database.ts";
import { social } from "./social-support.ts";

test("a post tells how many comments stand below it, and not how many likes", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice, bob, carol } = people;
  const quiet = await people.post(alice);
  const busy = await people.post(alice);
  await people.comment(bob, busy);
  const gone = await people.comment(carol, busy);
  await people.comment(carol, busy);
  await people.like(bob, busy);
  await entombActivity(store.db, gone.id);
  const ALL = { max: 50, order: "creation", authorKey: alice.key, readerKey: null } as const;
  const counts = async (query: Partial<PageQuery> = {}): Promise<(number | undefined)[]> =>
    (await streamPage(store.db, { ...ALL, ...query })).items.map(({ comments }) => comments);
  assert.deepEqual(await counts(), [2, 0]);
  assert.deepEqual(await counts({ after: busy.guid }), [0]);
  assert.deepEqual(await counts({ before: quiet.guid }), [2]);
  assert.deepEqual(await counts({ ids: [busy.guid] }), [2]);
});
