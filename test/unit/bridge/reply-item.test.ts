import assert from "node:assert/strict";
import { test } from "node:test";
import {
  collectReply,
  publishReply,
  retractReply,
  type ReplyItem,
  type ReplyOutcome,
} from "../../../src/bridge/reply-item.ts";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { guidNumber, jid } from "../../support/fixtures.ts";
import { postOf, wordsOf } from "./bench.ts";
import {
  ALICES_POD,
  CAROLS_POD,
  commentBy,
  QUESTION,
  threadBench,
  type Thread,
} from "./thread-bench.ts";

const POST = guidNumber(0x1111);

const refusedWith =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isDxError(error, code);

function item({ bob }: Thread, changes: Partial<ReplyItem> & { words?: string } = {}): ReplyItem {
  const { words = "Nice.", ...rest } = changes;
  return {
    jid: bob.jid,
    postGuid: POST,
    itemId: "item-1",
    reading: { markdown: words, isLike: false, vote: null },
    from: "component",
    ...rest,
  };
}

const publish = ({ bench }: Thread, what: ReplyItem): Promise<ReplyOutcome> =>
  publishReply(what, bench.store, bench.effects);

async function withAlices(): Promise<Thread> {
  const thread = await threadBench();
  const { alice, bench } = thread;
  await bench.receive(postOf(alice, { guid: POST, question: QUESTION }), alice);
  await bench.deliverAll();
  return thread;
}

test("an item in a comments node is a comment, once; other words under its id are an edit", async () => {
  await using thread = await withAlices();
  assert.equal(await publish(thread, item(thread)), "said");
  assert.equal(await publish(thread, item(thread)), "known");
  await thread.settle();
  assert.equal(await publish(thread, item(thread, { words: "Nicer." })), "changed");
  assert.equal(await publish(thread, item(thread, { words: "Nicer." })), "known");
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["Nicer."] });
});

test("a ♥ is a like and !vote a vote, where there is something to vote on", async () => {
  await using thread = await withAlices();
  const { alice, bench } = thread;
  const reading = { markdown: "♥", isLike: true, vote: null };
  const vote = { markdown: "!vote 2", isLike: false, vote: 2 };
  await publish(thread, item(thread, { itemId: "heart", reading }));
  await publish(thread, item(thread, { itemId: "vote", reading: vote }));
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["like", "vote"] });
  await bench.receive(postOf(alice, { guid: guidNumber(2) }), alice);
  await thread.settle();
  const elsewhere = item(thread, { postGuid: guidNumber(2), itemId: "vote", reading: vote });
  assert.equal(await publish(thread, elsewhere), "said");
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["!vote 2"] });
});

test("pitfall 25: an item of somebody else is not overwritten, and not taken back", async () => {
  await using thread = await withAlices();
  const { bench, dave, bob } = thread;
  await publish(thread, item(thread));
  const taken = refusedWith("DX_NOT_YOURS");
  await assert.rejects(publish(thread, item(thread, { jid: dave.jid, words: "forged" })), taken);
  const address = { jid: dave.jid, postGuid: POST, itemId: "item-1" };
  await assert.rejects(retractReply(address, bench.store, bench.effects), taken);
  await retractReply({ ...address, jid: bob.jid }, bench.store, bench.effects);
  await retractReply({ ...address, jid: bob.jid }, bench.store, bench.effects);
  assert.equal(await publish(thread, item(thread)), "known", "what was taken back does not return");
});

test("the author of a post takes back comments below it by their items, of remote people too", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, carol } = thread;
  const postGuid = await acts.post({ jid: bob.jid, markdown: "x", audience: "public", key: "1" });
  const comment = guidNumber(0x2222);
  await bench.receive(commentBy(carol, postGuid, comment), carol, undefined, "<c/>");
  await thread.settle();
  const address = { jid: bob.jid, postGuid, itemId: comment };
  await retractReply(address, bench.store, bench.effects);
  assert.deepEqual(await thread.sent("pod"), {
    [ALICES_POD]: ["delete"],
    [CAROLS_POD]: ["delete"],
  });
});

test("what stands in the author's own node is not published there again, but goes everywhere else", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave } = thread;
  const postGuid = await acts.post({ jid: bob.jid, markdown: "x", audience: "public", key: "1" });
  const at = { service: "comments.example.org", node: "n" };
  await bench.store.transaction(async (tx) => {
    await tx.setComments(postGuid, at);
    await tx.addSubscription(
      bob.key,
      `urn:xmpp:microblog:0:comments/${postGuid}`,
      bob.jid,
      "pubsub",
    );
  });
  await thread.settle();
  await publish(thread, item(thread, { jid: dave.jid, postGuid, from: "node" }));
  assert.deepEqual(await thread.sent("node"), {});
  assert.deepEqual(wordsOf(await bench.reading(bob.jid)), ["Nice."]);
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["Nice."], [CAROLS_POD]: ["Nice."] });
});

test("what is collected of people or posts that are not known here may be asked again", async () => {
  await using thread = await withAlices();
  const { bench, dave } = thread;
  const collect = (what: ReplyItem): Promise<string> =>
    collectReply({ ...what, from: "node" }, bench.store, bench.effects);
  assert.equal(await collect(item(thread, { jid: jid("stranger@example.org") })), "unknown");
  assert.equal(await collect(item(thread, { postGuid: guidNumber(0x77) })), "unknown");
  assert.equal(await collect(item(thread)), "taken");
  assert.equal(await collect(item(thread)), "known");
  assert.equal(await collect(item(thread, { jid: dave.jid })), "known");
  assert.equal(await collect(item(thread, { itemId: "empty", words: " " })), "known");
});
