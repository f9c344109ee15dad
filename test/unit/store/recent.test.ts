/** What somebody could have been shown lately, and what was said in private. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { recentMessages, recentPosts } from "../../../src/store/recent.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { bridgeBench, postOf, subscribe } from "../bridge/bench.ts";

test("what came last is first, whatever its pod's clock says; what is gone is not there", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await subscribe(bench, alice, bob.jid);
  for (const [number, day] of [
    [1, "2026-01-03"],
    [2, "2026-01-01"],
    [3, "2026-01-02"],
  ] as const) {
    const post = postOf(alice, { guid: guidNumber(number) });
    await bench.receive({ ...post, published: new Date(day) }, alice);
  }
  const guids = async (): Promise<string[]> =>
    (await recentPosts(bench.db, bob.jid, 10)).map(({ activity }) => activity.object.guid);
  assert.deepEqual(await guids(), [3, 2, 1].map(guidNumber));
  const known = await bench.store.findActivity(guidNumber(3));
  await bench.store.transaction((tx) => tx.entombActivity(known?.id ?? ""));
  assert.deepEqual(await guids(), [2, 1].map(guidNumber));
});

test("who never wrote to each other have no messages", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  assert.deepEqual(await recentMessages(bench.db, bob.key, alice.key, 10), []);
});
