/** What waits for somebody's yes, and what does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity, RelationActivity } from "../../../src/activitystreams/activity.ts";
import { createStandings } from "../../../src/activitystreams/standing.ts";
import type { VerifiedActivity } from "../../../src/bridge/receive.ts";
import { quarantined } from "../../../src/daemon/quarantine.ts";
import { rows } from "../../../src/store/database.ts";
import { createInboxWriter } from "../../../src/store/inbox.ts";
import { waitingStrangers } from "../../../src/store/quarantine.ts";
import { createRemotePeople } from "../../../src/store/remote-cache.ts";
import { testDatabase } from "../../support/database.ts";
import { remotePost } from "../../support/fixtures.ts";
import { actorOf, social } from "../store/social-support.ts";

const MODERATION = { pods: "open", quarantine: "people", quarantineDays: 14 } as const;

async function world() {
  const database = await testDatabase();
  const { db } = database;
  const { alice, bob } = await social(db);
  const writer = createInboxWriter(db, { maxRows: 100, maxInFlight: 100 }, () => undefined);
  const through: Activity[] = [];
  const storage = {
    db,
    remotes: createRemotePeople(db),
    standings: { now: () => createStandings([], false) },
  };
  const receive = quarantined(
    { config: { moderation: MODERATION }, storage, wake: () => undefined },
    ({ activity }) => {
      through.push(activity);
      return Promise.resolve(true);
    },
  );
  return {
    alice,
    bob,
    /** Verbs of what came through at once. */
    through: () => through.map(({ verb }) => verb),
    waiting: async () => (await waitingStrangers(db, bob.key, 10)).map(({ what }) => what),
    relation(verb: RelationActivity["verb"]): Activity {
      const object = { type: "person", id: bob.diasporaId } as const;
      return { ...remotePost(), actor: actorOf(alice), verb, object, audience: "limited" };
    },
    async comes(activity: Activity, recipient: VerifiedActivity["recipient"]) {
      await writer.add({
        ...{ kind: "private", recipient: bob.guid, body: Buffer.from("") },
        claimedHost: "192.0.2.1",
      });
      const [row] = await rows<{ id: string }>(db, "select id from inbox order by id desc limit 1");
      await receive({ activity, sender: alice.diasporaId, recipient }, row?.id ?? "");
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

test("a post that names somebody goes to its readers at once, and nobody else is told of it", async () => {
  await using here = await world();
  const { alice, bob } = here;
  const naming = { markdown: `@{${bob.diasporaId}} is here` };
  const post = remotePost(naming, { actor: actorOf(alice), audience: "limited" });
  await here.comes(post, null);
  await here.comes(post, bob.guid);
  assert.deepEqual(await here.waiting(), []);
  assert.deepEqual(here.through(), ["post", "post"]);
});

for (const end of ["unfollow", "block"] as const) {
  test(`a follow that ends by “${end}” before anybody said yes does not come back`, async () => {
    await using here = await world();
    const { bob, relation } = here;
    await here.comes(relation("follow"), bob.guid);
    assert.deepEqual(await here.waiting(), ["follow"]);
    await here.comes(relation(end), bob.guid);
    assert.deepEqual(await here.waiting(), []);
    assert.deepEqual(here.through(), [end]);
    await here.comes(relation("follow"), bob.guid);
    assert.deepEqual(await here.waiting(), ["follow"], "another one waits as the first did");
  });
}
