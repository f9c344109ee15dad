/** Who has a post by way of somebody else hears that it is gone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import type { Account, KnownPerson } from "../../../src/bridge/ports.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { bridgeBench, deleteOf, NODE, NOW, postOf, subscribe, type Bench } from "./bench.ts";
import { said, threadBench, withBobs } from "./thread-bench.ts";

const POST = guidNumber(0x1111);
const SHARE = guidNumber(0x5555);

async function passOn(bench: Bench, by: KnownPerson, of: KnownPerson | Account, guid: Guid) {
  const root = { author: of.diasporaId, guid };
  const object = { type: "share", guid: SHARE, root } as const;
  const published = new Date(NOW.getTime() - 60_000);
  await bench.receive({ ...said(by), verb: "share", object, published }, by);
}

/** What this reader gets of the share, and whether it has words of its post. */
async function shown(bench: Bench, reader: Account) {
  return (await bench.reading(reader.jid)).flatMap(({ rootGuid, form, content }) =>
    content.type === "activity" && content.activity.object.type === "share"
      ? [{ rootGuid, form, whole: content.root !== null, edited: content.activity.object.edited }]
      : [],
  );
}

test("who got a post by a reshare of it hears that it is gone, in place of what they have", async () => {
  await using bench = await bridgeBench();
  const [bob, dave] = [await bench.account(), await bench.account("dave@example.org")];
  const [alice, carol] = [await bench.remote(), await bench.remote("carol@other.example")];
  await subscribe(bench, carol, bob.jid);
  await bench.store.transaction((tx) => tx.addSubscription(carol.key, NODE, dave.jid, "presence"));
  await bench.receive(postOf(alice, { guid: POST }), alice);
  await passOn(bench, carol, alice, POST);
  const whole = { rootGuid: SHARE, whole: true, edited: undefined };
  assert.deepEqual(await shown(bench, bob), [{ ...whole, form: "event" }]);
  assert.deepEqual(await shown(bench, dave), [{ ...whole, form: "chat" }]);
  await bench.deliverAll();
  await bench.receive(deleteOf(alice, POST), alice);
  await bench.receive(deleteOf(alice, POST), alice);
  const gone = { rootGuid: SHARE, whole: false, edited: NOW };
  assert.deepEqual(await shown(bench, bob), [{ ...gone, form: "event" }]);
  assert.deepEqual(await shown(bench, dave), [{ ...gone, form: "chat" }]);
  assert.deepEqual(await bench.stream(carol, bob), [SHARE]);
});

test("who has half of a stream behind them hears of it as well", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  const carol = await bench.remote("carol@other.example");
  await subscribe(bench, carol, bob.jid);
  await bench.receive(postOf(alice, { guid: POST }), alice);
  await passOn(bench, carol, alice, POST);
  await bench.receive(deleteOf(alice, POST), alice);
  // The first of them may be out for some of its readers already.
  assert.equal((await shown(bench, bob)).length, 2);
});

test("a post of somebody here that is taken back is gone where it was passed on, by whomever", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave, carol } = thread;
  const eve = await bench.account("eve@example.org");
  await subscribe(bench, carol, dave.jid);
  const hosted = `/user/${dave.jid}/posts`;
  await bench.store.transaction((tx) => tx.addSubscription(dave.key, hosted, eve.jid, "pubsub"));
  const guid = await withBobs(thread);
  await passOn(bench, carol, bob, guid);
  const own = await acts.share({ jid: dave.jid, root: guid });
  await bench.deliverAll();
  await acts.retract({ jid: bob.jid, guid });
  const gone = { form: "event", whole: false, edited: NOW };
  assert.deepEqual(await shown(bench, dave), [{ ...gone, rootGuid: SHARE }]);
  assert.deepEqual(await shown(bench, eve), [{ ...gone, rootGuid: own }]);
});

test("nothing is said by who has left, and nothing of a share that is gone itself", async () => {
  await using bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  const carol = await bench.remote("carol@other.example");
  await subscribe(bench, carol, bob.jid);
  await bench.receive(postOf(alice, { guid: POST }), alice);
  await passOn(bench, carol, alice, POST);
  await bench.receive(deleteOf(carol, SHARE), carol);
  await bench.deliverAll();
  await bench.receive(deleteOf(alice, POST), alice);
  assert.deepEqual(await bench.reading(bob.jid), []);
});
