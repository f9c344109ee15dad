import assert from "node:assert/strict";
import { test } from "node:test";
import type { Seen } from "../../../src/activitystreams/stream.ts";
import { entombActivity } from "../../../src/store/activities.ts";
import type { Database } from "../../../src/store/database.ts";
import { everythingOf } from "../../../src/store/reports.ts";
import { testDatabase } from "../../support/database.ts";
import { social, type Said } from "./social-support.ts";

async function everything(db: Database, accountKey: string): Promise<Seen[]> {
  const found: Seen[] = [];
  for await (const seen of everythingOf(db, accountKey)) found.push(seen);
  return found;
}

test("everything that a person said, oldest first, however much; not what was taken back, nor others' words", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const root = await people.post(alice);
  const said: Said[] = [
    await people.post(bob, {}, { to: [alice] }),
    await people.share(bob, root, alice),
  ];
  for (let each = 0; each < 450; each += 1) said.push(await people.comment(bob, root));
  await entombActivity(db, (await people.post(bob)).id);
  const found = await everything(db, bob.key);
  assert.deepEqual(
    found.map(({ activity }) => activity),
    said.map(({ activity }) => activity),
  );
  assert.deepEqual(found[1]?.root?.activity, root.activity);
  assert.deepEqual(await everything(db, people.eve.key), []);
});
