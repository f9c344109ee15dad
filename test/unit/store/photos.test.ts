import assert from "node:assert/strict";
import { test } from "node:test";
import type { Audience } from "../../../src/activitystreams/activity.ts";
import { entombActivity, insertActivity } from "../../../src/store/activities.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  closeLocal,
  insertLocal,
  reopenLocal,
  type StoredLocal,
} from "../../../src/store/people.ts";
import { insertPhotos, photoSource } from "../../../src/store/photos.ts";
import { createVault } from "../../../src/store/vault.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber, localPerson, remotePost } from "../../support/fixtures.ts";

const vault = createVault("a key for tests");
const [FIRST, SECOND] = [guidNumber(11), guidNumber(12)];
const at = (name: string): string => `https://upload.example.org/${name}`;

/** A post of two photos. */
async function posted(
  db: Database,
  audience: Audience = "public",
): Promise<{ readonly author: StoredLocal; readonly activityId: string }> {
  const author = await insertLocal(db, vault, localPerson());
  const post = remotePost({ guid: guidNumber(1) }, { audience });
  const activityId = await insertActivity(db, guidNumber(1), author.key, post);
  assert.ok(activityId !== null);
  await insertPhotos(db, activityId, [
    { guid: FIRST, source: at("a.jpg") },
    { guid: SECOND, source: at("b.jpg") },
  ]);
  return { author, activityId };
}

for (const audience of ["public", "limited"] as const) {
  test(`each photo of a ${audience} post is found where it lies`, async () => {
    await using store = await testDatabase();
    await posted(store.db, audience);
    assert.deepEqual(await photoSource(store.db, FIRST), { url: at("a.jpg"), audience });
    assert.deepEqual(await photoSource(store.db, SECOND), { url: at("b.jpg"), audience });
    assert.equal(await photoSource(store.db, guidNumber(13)), null);
    assert.equal(await photoSource(store.db, guidNumber(1)), null, "the post's own GUID");
  });
}

test("the photos of a deleted post are gone with it", async () => {
  await using store = await testDatabase();
  const { activityId } = await posted(store.db);
  await entombActivity(store.db, activityId);
  assert.equal(await photoSource(store.db, FIRST), null);
  assert.equal(await photoSource(store.db, SECOND), null);
});

test("the photos of somebody who has left are gone, and come back with them", async () => {
  await using store = await testDatabase();
  const { author } = await posted(store.db);
  await closeLocal(store.db, author);
  assert.equal(await photoSource(store.db, FIRST), null);
  await reopenLocal(store.db, author.jid);
  assert.equal((await photoSource(store.db, FIRST))?.url, at("a.jpg"));
});
