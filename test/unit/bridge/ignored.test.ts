/** What is said by whom the author of a post ignores, and votes for what was never offered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { readThread } from "../../../src/bridge/read.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { postOf } from "./bench.ts";
import {
  befriend,
  CAROLS_POD,
  commentBy,
  envelopes,
  likeBy,
  QUESTION,
  takeBack,
  threadBench,
  voteBy,
  withBobs,
  type Thread,
} from "./thread-bench.ts";

const POST = guidNumber(0x1111);
const COMMENT = guidNumber(0x2222);
const RELAY = "<comment>as it was signed</comment>";

async function words({ bench, dave }: Thread, post: Guid): Promise<string[] | undefined> {
  const query = { max: 50, order: "creation" } as const;
  const found = await readThread(post, dave.jid, query, bench.store);
  return found?.page.items.map(({ activity: { verb } }) => verb);
}

test("whom the author of a post has blocked says nothing below it", async () => {
  await using world = await threadBench();
  const { bench, bob, carol } = world;
  const post = await withBobs(world);
  await bench.store.transaction((tx) =>
    tx.changeRelationship(bob.key, carol.key, { blocked: true }),
  );
  await bench.receive(commentBy(carol, post, COMMENT), carol, undefined, RELAY);
  await bench.receive(commentBy(carol, post, COMMENT), carol, undefined, RELAY);
  await bench.receive(voteBy(carol, guidNumber(0x41)), carol).catch(() => undefined);
  assert.deepEqual(await world.sent("pod"), { [CAROLS_POD]: ["delete"] }, "taken back, once");
  assert.deepEqual(envelopes(await bench.waiting("pod", CAROLS_POD)), [
    { by: bob.diasporaId, sealer: null, relay: null },
  ]);
  assert.deepEqual(await words(world, post), []);
  assert.deepEqual(await bench.reading(bob.jid), []);
  await bench.receive(takeBack(carol, COMMENT), carol);
  assert.equal(await bench.count("deliveries"), 1, "and nothing is answered to the end of it");
});

test("whom the author of a limited post has blocked is told so alone", async () => {
  await using world = await threadBench();
  const { alice, bench, bob, carol } = world;
  for (const friend of [alice, carol]) await befriend(world, bob, friend);
  const post = await withBobs(world, "limited");
  await bench.store.transaction((tx) =>
    tx.changeRelationship(bob.key, carol.key, { blocked: true }),
  );
  await bench.receive(likeBy(carol, post, guidNumber(0x31)), carol, bob);
  assert.deepEqual(await world.sent("pod"), {});
  assert.deepEqual(await world.sent("person"), { [personAddress(carol)]: ["delete"] });
});

test("a vote for what the poll does not offer is refused", async () => {
  await using world = await threadBench();
  const { alice, bench, carol } = world;
  await bench.receive(postOf(alice, { guid: POST, question: QUESTION }), alice);
  const vote = voteBy(carol, guidNumber(0x41), guidNumber(0x9993));
  await assert.rejects(bench.receive(vote, alice), (error) =>
    isDxError(error, "DX_NO_SUCH_ANSWER"),
  );
});
