/** Who is named in somebody's post hears of it without reading that person. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PostActivity } from "../../../src/activitystreams/activity.ts";
import type { DiasporaId } from "../../../src/activitystreams/ids.ts";
import { tellMentioned } from "../../../src/bridge/mentioned.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { bridgeBench, NOW, postOf, subscribe, type Bench } from "./bench.ts";

const GUID = guidNumber(0x3333);
const DAY_MS = 86_400_000;

const naming = (...ids: readonly DiasporaId[]): { guid: typeof GUID; markdown: string } => ({
  guid: GUID,
  markdown: ids.map((id) => `Do you know @{Somebody; ${id}}?`).join(" "),
});

/** Written an hour ago. */
const fresh = (activity: PostActivity): PostActivity => ({
  ...activity,
  published: new Date(NOW.getTime() - 3_600_000),
});

async function chats(bench: Bench): Promise<readonly string[]> {
  return await bench.addresses("jid");
}

test("somebody here who is named gets the post as a chat message, once", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  const post = fresh(postOf(alice, naming(bob.diasporaId, bob.diasporaId)));
  await bench.receive(post, alice);
  await bench.receive(post, alice);
  const [told, ...more] = await bench.waiting("jid", bob.jid);
  assert.equal(told?.form, "chat");
  assert.equal(told.rootGuid, GUID);
  assert.deepEqual(more, []);
});

test("who reads the author gets the post as always, and no other message", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await subscribe(bench, alice, bob.jid);
  await bench.deliverAll();
  await bench.receive(fresh(postOf(alice, naming(bob.diasporaId))), alice);
  assert.deepEqual(await chats(bench), []);
  assert.equal((await bench.reading(bob.jid)).length, 1);
});

test("a limited post names only to whom this copy is addressed", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  const dave = await bench.account("dave@example.org");
  const post = fresh(postOf(alice, naming(bob.diasporaId, dave.diasporaId), "limited"));
  await bench.receive(post, alice, bob);
  assert.deepEqual(await chats(bench), [bob.jid]);
});

test("an old post, and one of somebody who is blocked, is told to nobody by name", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.receive(
    { ...postOf(alice, naming(bob.diasporaId)), published: new Date(NOW.getTime() - 8 * DAY_MS) },
    alice,
  );
  assert.deepEqual(await chats(bench), []);
  await bench.db.raw(
    "insert into relationships (local_id, remote_id, blocked) values (?, ?, true)",
    [bob.key, alice.key],
  );
  const second = { ...naming(bob.diasporaId), guid: guidNumber(0x3334) };
  await bench.receive(fresh(postOf(alice, second)), alice);
  assert.deepEqual(await bench.waiting("jid", bob.jid), []);
});

test("who is silenced names nobody", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  const activity = fresh(postOf(alice, naming(bob.diasporaId)));
  await bench.store.transaction(async (tx) => {
    const id = await tx.insertActivity(GUID, alice.key, activity);
    assert.ok(id !== null);
    const silenced = { ...alice, standing: "silence" } as const;
    await tellMentioned(tx, { id, activity }, silenced, null, bench.effects);
  });
  assert.deepEqual(await chats(bench), []);
});

test("who is named by everybody hears of twenty posts a day", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  for (let index = 0; index < 25; index += 1) {
    const post = { ...naming(bob.diasporaId), guid: guidNumber(0x4000 + index) };
    await bench.receive(fresh(postOf(alice, post)), alice);
  }
  assert.equal((await bench.waiting("jid", bob.jid)).length, 20);
});
