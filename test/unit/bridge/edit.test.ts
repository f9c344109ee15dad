import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import type { Preferences } from "../../../src/bridge/ports.ts";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { postOf, wordsOf } from "./bench.ts";
import {
  ALICES_POD,
  befriend,
  CAROLS_POD,
  commentBy,
  likeBy,
  threadBench,
  type Thread,
} from "./thread-bench.ts";

const POST = guidNumber(0x1111);
const COMMENT = guidNumber(0x2222);

const refusedWith =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isDxError(error, code);

async function withBobs(thread: Thread, audience: "public" | "limited" = "public"): Promise<Guid> {
  const guid = await thread.acts.post({
    jid: thread.bob.jid,
    markdown: "frist",
    audience,
    key: "1",
  });
  await thread.settle();
  return guid;
}

async function prefer({ bench, bob }: Thread, edits: Preferences["edits"]): Promise<void> {
  await bench.store.transaction((tx) => tx.setPreferences(bob.key, { edits }));
}

const ageing = async ({ bench }: Thread, guid: Guid): Promise<void> => {
  await bench.db.raw(
    "update activities set published = published - interval '1 hour' where guid = ?",
    [guid],
  );
};

for (const [edits, situation, expected] of [
  ["nothing", "young", ["first"]],
  ["nothing", "old", ["first"]],
  ["correction", "young", ["first"]],
  ["correction", "old", ["first", "Correction:\n\nfirst"]],
  ["correction", "liked", ["first", "Correction:\n\nfirst"]],
  ["replace", "young", ["delete", "first"]],
  ["replace", "old", ["first", "Correction:\n\nfirst"]],
  ["replace", "liked", ["first", "Correction:\n\nfirst"]],
] as const) {
  test(`with the preference “${edits}” a change of a post that is ${situation} sends ${expected.map((words) => words.split(":")[0]).join(", then ")}`, async () => {
    await using thread = await threadBench();
    const { acts, bench, bob, carol } = thread;
    await prefer(thread, edits);
    const guid = await withBobs(thread);
    if (situation === "old") await ageing(thread, guid);
    if (situation === "liked") await bench.receive(likeBy(carol, guid, COMMENT), carol);
    await thread.settle();
    await acts.edit({ jid: bob.jid, guid, markdown: "first" });
    assert.deepEqual((await thread.sent("pod"))[CAROLS_POD], [...expected]);
    await thread.settle();
    await acts.edit({ jid: bob.jid, guid, markdown: "first" });
    assert.deepEqual(await thread.sent("pod"), {}, "the same words are no change");
  });
}

test("a changed post has the time of the change, and its GUID", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob } = thread;
  await prefer(thread, "nothing");
  const guid = await withBobs(thread);
  await acts.edit({ jid: bob.jid, guid, markdown: "first #tag" });
  const [delivery] = await bench.waiting("pod", ALICES_POD);
  assert.ok(delivery?.content.type === "activity");
  const { object } = delivery.content.activity;
  assert.ok(object.type === "note");
  assert.deepEqual([object.guid, object.tags], [guid, ["tag"]]);
  assert.deepEqual(object.edited, bench.effects.now());
});

test("a post that was posted anew is changed and taken back by the name that it had", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob } = thread;
  await prefer(thread, "replace");
  const guid = await withBobs(thread);
  for (const markdown of ["second", "third"]) await acts.edit({ jid: bob.jid, guid, markdown });
  const words = async (): Promise<string[]> => {
    const query = { authorKey: bob.key, readerKey: null, max: 9, order: "creation" } as const;
    const { items } = await bench.store.streamPage(query);
    return items.map(({ activity: { object } }) => ("markdown" in object ? object.markdown : ""));
  };
  assert.deepEqual(await words(), ["third"]);
  await acts.like({ jid: thread.dave.jid, about: guid });
  await acts.retract({ jid: bob.jid, guid });
  await acts.retract({ jid: bob.jid, guid });
  assert.deepEqual(await words(), []);
});

test("a limited post changes for those who got it", async () => {
  await using thread = await threadBench();
  const { acts, alice, bob, carol } = thread;
  await prefer(thread, "replace");
  await befriend(thread, bob, carol);
  const guid = await withBobs(thread, "limited");
  await befriend(thread, bob, alice);
  await acts.edit({ jid: bob.jid, guid, markdown: "first" });
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), { [personAddress(carol)]: ["first"] });
});

test("a changed comment goes where it went, once", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob } = thread;
  await bench.receive(postOf(alice, { guid: POST }), alice);
  const act = { jid: bob.jid, about: POST, markdown: "frist", key: "1" };
  const guid = await acts.comment(act);
  await thread.settle();
  await acts.edit({ jid: bob.jid, guid, markdown: "first" });
  await acts.edit({ jid: bob.jid, guid, markdown: "first" });
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["first"] });
});

test("nobody changes or takes back what is somebody else's, nor hears of what is not for them", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob, dave } = thread;
  await bench.receive(postOf(alice, { guid: POST }), alice);
  await bench.receive(postOf(alice, { guid: COMMENT }, "limited"), alice, bob);
  for (const [guid, code] of [
    [POST, "DX_NOT_YOURS"],
    [COMMENT, "DX_ITEM_NOT_FOUND"],
    [guidNumber(0x77), "DX_ITEM_NOT_FOUND"],
  ] as const) {
    const refused = refusedWith(code);
    await assert.rejects(acts.edit({ jid: dave.jid, guid, markdown: "mine now" }), refused);
    await assert.rejects(acts.retract({ jid: dave.jid, guid }), refused);
  }
});

test("what is taken back goes to whoever got it, and what was said below goes with it", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob, carol } = thread;
  const guid = await withBobs(thread);
  await bench.receive(commentBy(carol, guid, COMMENT), carol, undefined, "<c/>");
  await thread.settle();
  // Who reads bob no more has the post still.
  await bench.store.transaction((tx) =>
    tx.changeRelationship(bob.key, alice.key, { following: false }),
  );
  await acts.retract({ jid: bob.jid, guid });
  assert.deepEqual(await thread.sent("pod"), {
    [ALICES_POD]: ["delete"],
    [CAROLS_POD]: ["delete"],
  });
  assert.equal((await bench.store.findActivity(COMMENT))?.deleted, true);
});

test("a limited post is taken back from its readers only, encrypted", async () => {
  await using thread = await threadBench();
  const { acts, bob, carol } = thread;
  await befriend(thread, bob, carol);
  const guid = await withBobs(thread, "limited");
  await acts.retract({ jid: bob.jid, guid });
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), { [personAddress(carol)]: ["delete"] });
});

test("the author of a post may take back what others said below it, and their pod hears of it", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave } = thread;
  const EVES_POD = "https://third.example/";
  const eve = await bench.remote("eve@third.example", EVES_POD);
  const guid = await withBobs(thread);
  await bench.receive(commentBy(eve, guid, COMMENT), eve, undefined, "<c/>");
  const daves = await acts.comment({ jid: dave.jid, about: guid, markdown: "rude", key: "1" });
  await thread.settle();
  await assert.rejects(acts.retract({ jid: dave.jid, guid: COMMENT }), refusedWith("DX_NOT_YOURS"));
  await acts.retract({ jid: bob.jid, guid: COMMENT });
  const everywhere = {
    ...{ [ALICES_POD]: ["delete"], [CAROLS_POD]: ["delete"] },
    // It got dave's comment while somebody there took part.
    [EVES_POD]: ["delete"],
  };
  assert.deepEqual(await thread.sent("pod"), everywhere);
  await thread.settle();
  await acts.retract({ jid: bob.jid, guid: daves });
  assert.deepEqual(await thread.sent("pod"), everywhere);
});

test("the end of a comment names the item as its author's client called it", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob, dave } = thread;
  await bench.receive(postOf(alice, { guid: POST }), alice);
  await bench.store.transaction((tx) =>
    tx.addSubscription(alice.key, `urn:xmpp:microblog:0:comments/${POST}`, dave.jid, "pubsub"),
  );
  const words = { markdown: "hm", key: "1", itemId: "item-of-bob" };
  const guid = await acts.comment({ jid: bob.jid, about: POST, ...words });
  await bench.deliverAll();
  await acts.retract({ jid: bob.jid, guid });
  const reading = await bench.reading(dave.jid);
  assert.deepEqual(wordsOf(reading), ["delete"]);
  assert.deepEqual(
    reading.map(({ content }) => content.type === "activity" && content.itemId),
    ["item-of-bob"],
  );
});
