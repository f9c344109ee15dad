/** Who is told what is said below a post: because they said that they take part. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import type { KnownPerson } from "../../../src/bridge/ports.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { NOW, postOf, subscribe, wordsOf } from "./bench.ts";
import {
  commentBy,
  envelopes,
  EVENT,
  likeBy,
  QUESTION,
  said,
  takeBack,
  threadBench,
  withBobs,
  type Thread,
} from "./thread-bench.ts";

const POST = guidNumber(0x1111);
const DAY_MS = 86_400_000;

/** Too old for anybody to take part just because they read it. */
async function oldPost({ bench, alice }: Thread): Promise<Guid> {
  await bench.receive(postOf(alice, { guid: POST, question: QUESTION, event: EVENT }), alice);
  await bench.deliverAll();
  return POST;
}

const ACTS = {
  "a comment": ({ acts, bob }: Thread) =>
    acts.comment({ jid: bob.jid, about: POST, markdown: "so it is", key: "1" }),
  "a like": ({ acts, bob }: Thread) => acts.like({ jid: bob.jid, about: POST }),
  "a vote": ({ acts, bob }: Thread) => acts.vote({ jid: bob.jid, post: POST, answer: 1 }),
  "an answer": ({ acts, bob }: Thread) =>
    acts.attend({ jid: bob.jid, post: POST, verb: "rsvp-yes" }),
  "a reshare": ({ acts, bob }: Thread) => acts.share({ jid: bob.jid, root: POST }),
} as const;

for (const [what, act] of Object.entries(ACTS)) {
  test(`with ${what} of somebody here the author of the post hears, in private, that they take part`, async () => {
    await using world = await threadBench();
    const { acts, alice, dave } = world;
    await oldPost(world);
    await act(world);
    assert.deepEqual(await world.sent("person"), { [personAddress(alice)]: ["join"] });
    await world.settle();
    await acts.comment({ jid: dave.jid, about: POST, markdown: "me too", key: "2" });
    assert.deepEqual(await world.sent("person"), {}, "what is said there comes here already");
  });
}

test("when the one who took part has left, the next one says it anew", async () => {
  await using world = await threadBench();
  const { acts, alice, bench, bob, dave } = world;
  await oldPost(world);
  await acts.like({ jid: bob.jid, about: POST });
  await world.settle();
  await bench.db.raw("update people set closed_at = now() where id = ?", [bob.key]);
  await acts.like({ jid: dave.jid, about: POST });
  assert.deepEqual(await world.sent("person"), { [personAddress(alice)]: ["join"] });
});

test("below a limited post nobody says so: its readers are told without asking", async () => {
  await using world = await threadBench();
  const { acts, alice, bench, bob } = world;
  await bench.receive(postOf(alice, { guid: POST }, "limited"), alice, bob);
  await bench.deliverAll();
  await acts.like({ jid: bob.jid, about: POST });
  assert.deepEqual(await world.sent("person"), { [personAddress(alice)]: ["like"] });
});

test("whoever of here reads the author takes part in a new public post, once", async () => {
  await using world = await threadBench();
  const { alice, bench, bob, carol } = world;
  const fresh = { published: new Date(NOW.getTime() - DAY_MS) };
  await bench.receive({ ...postOf(alice, { guid: POST }), ...fresh }, alice);
  await bench.receive({ ...postOf(alice, { guid: POST }), ...fresh }, alice);
  assert.deepEqual(await world.sent("person"), { [personAddress(alice)]: ["join"] });
  const [joined] = await bench.waiting("person", personAddress(alice));
  assert.ok(joined?.content.type === "activity");
  assert.equal(joined.content.author.diasporaId, bob.diasporaId);
  await bench.deliverAll();
  const unread = postOf(carol, { guid: guidNumber(2) });
  await bench.receive({ ...unread, ...fresh }, carol);
  const limited = postOf(alice, { guid: guidNumber(3) }, "limited");
  await bench.receive({ ...limited, ...fresh }, alice, bob);
  await bench.receive(postOf(alice, { guid: guidNumber(4) }), alice);
  assert.deepEqual(await world.sent("person"), {}, "not read, not public, not new");
});

test("who takes part only by reading does not count as taking part for the comments in their chat", async () => {
  await using world = await threadBench();
  const { alice, bench, bob } = world;
  await subscribe(bench, alice, bob.jid);
  await bench.store.transaction((tx) =>
    tx.setPreferences(bob.key, { reads: "chat", comments: "mine" }),
  );
  await bench.receive({ ...postOf(alice, { guid: POST }), published: NOW }, alice);
  await bench.deliverAll();
  await bench.receive(commentBy(alice, POST, guidNumber(5)), alice);
  assert.deepEqual(await bench.reading(bob.jid), []);
});

function joinBy(by: KnownPerson, post: Guid, guid = guidNumber(0x61)) {
  return { ...said(by), verb: "join", object: { type: "participation", guid, post } } as const;
}

const EVES_POD = "https://third.example/";

test("whoever begins to take part gets what was said before, as it went to all others, once", async () => {
  await using world = await threadBench();
  const { acts, bench, bob, carol, dave } = world;
  const eve = await bench.remote("eve@third.example", EVES_POD);
  const post = await withBobs(world);
  await acts.comment({ jid: dave.jid, about: post, markdown: "first", key: "2" });
  const second = guidNumber(0x22);
  await bench.receive(commentBy(carol, post, second, "second"), carol, undefined, "<second/>");
  const taken = guidNumber(0x23);
  await bench.receive(commentBy(carol, post, taken, "taken back"), carol, undefined, "<gone/>");
  await bench.receive(takeBack(carol, taken), carol);
  const like = guidNumber(0x24);
  await bench.receive(likeBy(carol, second, like, "comment"), carol, undefined, "<like/>");
  await acts.comment({ jid: bob.jid, about: post, markdown: "third", key: "3" });
  await world.settle();
  await bench.receive(joinBy(eve, post), eve, bob);
  assert.deepEqual(await world.sent("pod"), { [EVES_POD]: ["first", "second", "like", "third"] });
  assert.deepEqual(envelopes(await bench.waiting("pod", EVES_POD)), [
    { by: dave.diasporaId, sealer: bob.diasporaId, relay: null },
    { by: carol.diasporaId, sealer: bob.diasporaId, relay: "<second/>" },
    { by: carol.diasporaId, sealer: bob.diasporaId, relay: "<like/>" },
    { by: bob.diasporaId, sealer: null, relay: null },
  ]);
  await world.settle();
  const frank = await bench.remote("frank@third.example", EVES_POD);
  await bench.receive(joinBy(frank, post, guidNumber(0x62)), frank, bob);
  assert.deepEqual(await world.sent("pod"), {}, "the pod has it all");
});

test("nobody gets back what came from their own pod, nor what they had", async () => {
  await using world = await threadBench();
  const { bench, bob, carol } = world;
  const post = await withBobs(world);
  await bench.receive(commentBy(carol, post, guidNumber(0x22)), carol, undefined, "<mine/>");
  await world.settle();
  await bench.receive(joinBy(carol, post), carol, bob);
  assert.deepEqual(await world.sent("pod"), {});
});

test("of a long conversation the newest hundred go to who begins to take part", async () => {
  await using world = await threadBench();
  const { acts, bench, bob } = world;
  const eve = await bench.remote("eve@third.example", EVES_POD);
  const post = await withBobs(world);
  for (let number = 1; number <= 103; number += 1) {
    const words = { markdown: `comment ${String(number)}`, key: `c${String(number)}` };
    await acts.comment({ jid: bob.jid, about: post, ...words });
  }
  await world.settle();
  await bench.receive(joinBy(eve, post), eve, bob);
  const sent = wordsOf(await bench.waiting("pod", EVES_POD));
  assert.deepEqual([sent.length, sent[0], sent.at(-1)], [100, "comment 4", "comment 103"]);
});

test("a limited post is told to nobody who says that they take part", async () => {
  await using world = await threadBench();
  const { bench, bob } = world;
  const eve = await bench.remote("eve@third.example", EVES_POD);
  const { alice } = world;
  await bench.receive(postOf(alice, { guid: POST }, "limited"), alice, bob);
  await bench.deliverAll();
  await bench.receive(joinBy(eve, POST), eve, bob);
  assert.equal(await bench.count("deliveries"), 0);
});
