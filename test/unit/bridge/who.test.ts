import assert from "node:assert/strict";
import { test } from "node:test";
import { withdrawFrom } from "../../../src/bridge/followers.ts";
import { whoSees, whoWouldSee } from "../../../src/bridge/who.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { postOf } from "./bench.ts";
import {
  ALICES_POD,
  befriend,
  CAROLS_POD,
  threadBench,
  withBobs,
  type Thread,
} from "./thread-bench.ts";

const sees = ({ bench, bob }: Thread, guid: Parameters<typeof whoSees>[1]) =>
  whoSees(bob.jid, guid, bench.store, bench.effects);

test("of what is not written yet, those are named to whom it then goes", async () => {
  await using thread = await threadBench();
  const { bench, bob, carol, acts } = thread;
  await befriend(thread, bob, carol);
  const closed = { stranger: false, shows: () => Promise.resolve(true) };
  const draft = await whoWouldSee(bob.jid, { ...closed, stranger: true }, bench.store);
  assert.deepEqual(draft, {
    microblog: { audience: "public", pods: [CAROLS_POD, ALICES_POD] },
    contacts: { audience: "limited", people: [carol], former: [], ownNode: false },
  });
  const kept = await whoWouldSee(bob.jid, closed, bench.store);
  assert.deepEqual(kept.microblog, { audience: "limited", people: [], former: [], ownNode: true });
  await bench.store.transaction((tx) => tx.setPreferences(bob.key, { limited: "contacts" }));
  const shown = await whoWouldSee(bob.jid, closed, bench.store);
  assert.deepEqual(shown.microblog, { ...draft.contacts, ownNode: true });
  for (const audience of ["public", "limited"] as const) {
    await acts.post({ jid: bob.jid, markdown: "now", audience, key: audience });
  }
  assert.deepEqual(Object.keys(await thread.sent("pod")), [CAROLS_POD, ALICES_POD]);
  assert.equal(Object.keys(await thread.sent("person")).length, 1);
});

test("of a post, those are named who have it, and those who get no more of it", async () => {
  await using thread = await threadBench();
  const { bench, bob, carol } = thread;
  await befriend(thread, bob, carol);
  const post = await withBobs(thread, "limited");
  assert.deepEqual(await sees(thread, post), {
    audience: "limited",
    people: [carol],
    former: [],
    ownNode: false,
  });
  await withdrawFrom(bob.jid, carol.diasporaId, bench.store);
  assert.deepEqual(await sees(thread, post), {
    audience: "limited",
    people: [],
    former: [carol],
    ownNode: false,
  });
});

test("of a public post, the pods that have it", async () => {
  await using thread = await threadBench();
  const reach = await sees(thread, await withBobs(thread));
  assert.ok(reach.audience === "public");
  assert.deepEqual(reach.pods, [CAROLS_POD, ALICES_POD]);
});

test("who else got somebody's limited post is nobody's business, nor that there is one", async () => {
  await using thread = await threadBench();
  const { alice, bench, bob, dave } = thread;
  const guid = guidNumber(0x11);
  for (const reader of [bob, dave])
    await bench.receive(postOf(alice, { guid }, "limited"), alice, reader);
  const others = { audience: "others", author: alice.diasporaId, public: false };
  assert.deepEqual(await sees(thread, guid), others);
  const eve = await bench.account("eve@example.org");
  await assert.rejects(whoSees(eve.jid, guid, bench.store, bench.effects), {
    code: "DX_ITEM_NOT_FOUND",
  });
});
