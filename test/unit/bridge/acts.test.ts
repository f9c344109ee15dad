import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { guidNumber, jid } from "../../support/fixtures.ts";
import { postOf, wordsOf } from "./bench.ts";
import {
  ALICES_POD,
  befriend,
  CAROLS_POD,
  commentBy,
  envelopes,
  EVENT,
  QUESTION,
  takeBack,
  threadBench,
  type Thread,
  withBobs,
} from "./thread-bench.ts";

const POST = guidNumber(0x1111);

const refusedWith =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isDxError(error, code);

/** A public post of alice, with a question and an event, that is known and was shown. */
async function withAlices(
  thread: Thread,
  audience: "public" | "limited" = "public",
): Promise<Guid> {
  const { bench, alice, bob } = thread;
  const post = postOf(alice, { guid: POST, question: QUESTION, event: EVENT }, audience);
  await bench.receive(post, alice, audience === "limited" ? bob : undefined);
  await thread.settle();
  return POST;
}

test("a comment below a remote post goes to the pod of its author only, and to readers here", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave } = thread;
  const about = await withAlices(thread);
  await bench.store.transaction((tx) =>
    tx.addSubscription(
      thread.alice.key,
      `urn:xmpp:microblog:0:comments/${about}`,
      dave.jid,
      "pubsub",
    ),
  );
  const guid = await acts.comment({ jid: bob.jid, about, markdown: " Nice.\r\n", key: "1" });
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["Nice."] });
  assert.deepEqual(await thread.sent("person"), { [personAddress(thread.alice)]: ["join"] });
  assert.deepEqual(envelopes(await bench.waiting("pod", ALICES_POD)), [
    { by: bob.diasporaId, sealer: null, relay: null },
  ]);
  assert.deepEqual(wordsOf(await bench.reading(dave.jid)), ["Nice."]);
  await thread.settle();
  assert.equal(await acts.comment({ jid: bob.jid, about, markdown: "Nice.", key: "1" }), guid);
  assert.deepEqual(await thread.sent("pod"), {}, "a repeat changes nothing");
});

test("a comment below a limited post goes encrypted to its author's mailbox, and to no stranger", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob, dave } = thread;
  const about = await withAlices(thread, "limited");
  await acts.comment({ jid: bob.jid, about, markdown: "between us", key: "1" });
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), { [personAddress(alice)]: ["between us"] });
  assert.deepEqual(await bench.reading(dave.jid), []);
  await assert.rejects(
    acts.comment({ jid: dave.jid, about, markdown: "let me in", key: "2" }),
    refusedWith("DX_ITEM_NOT_FOUND"),
  );
});

test("what is said below a post from here goes to every pod that has it, sealed by its author", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave } = thread;
  const about = await withBobs(thread);
  await acts.comment({ jid: dave.jid, about, markdown: "hello", key: "1" });
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["hello"], [CAROLS_POD]: ["hello"] });
  assert.deepEqual(envelopes(await bench.waiting("pod", CAROLS_POD)), [
    { by: dave.diasporaId, sealer: bob.diasporaId, relay: null },
  ]);
  await thread.settle();
  await acts.comment({ jid: bob.jid, about, markdown: "welcome", key: "2" });
  assert.deepEqual(envelopes(await bench.waiting("pod", CAROLS_POD)), [
    { by: bob.diasporaId, sealer: null, relay: null },
  ]);
});

test("below a limited post from here it goes encrypted to those who got the post", async () => {
  await using thread = await threadBench();
  const { acts, bob, carol, dave } = thread;
  await befriend(thread, bob, carol);
  const about = await withBobs(thread, "limited");
  await acts.comment({ jid: bob.jid, about, markdown: "psst", key: "1" });
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), { [personAddress(carol)]: ["psst"] });
  await assert.rejects(
    acts.like({ jid: dave.jid, about }),
    refusedWith("DX_ITEM_NOT_FOUND"),
    "somebody else here does not see it",
  );
});

test("what somebody says elsewhere goes into the node where the author's client keeps comments", async () => {
  await using thread = await threadBench();
  const { acts, bench, dave } = thread;
  const about = await withBobs(thread);
  const at = { service: "comments.example.org", node: "urn:xmpp:microblog:0:comments/x" };
  await bench.store.transaction((tx) => tx.setComments(about, at));
  await acts.comment({ jid: dave.jid, about, markdown: "hello", key: "1" });
  await acts.like({ jid: dave.jid, about });
  assert.deepEqual(await thread.sent("node"), {
    [`${at.service} ${at.node}`]: ["hello", "like"],
  });
});

test("a like is one for each person and thing, and after its end it may be given again", async () => {
  await using thread = await threadBench();
  const { acts, bob } = thread;
  const about = await withAlices(thread);
  const first = await acts.like({ jid: bob.jid, about });
  assert.equal(await acts.like({ jid: bob.jid, about }), first);
  await thread.settle();
  await acts.unlike({ jid: bob.jid, about });
  await acts.unlike({ jid: bob.jid, about });
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["delete"] });
  await thread.settle();
  const second = await acts.like({ jid: bob.jid, about });
  assert.notEqual(second, first, "pods keep what was taken back out by its GUID");
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["like"] });
});

test("pitfall 36: a like in two forms, or twice at the same moment, is one like", async () => {
  await using thread = await threadBench();
  const { acts, bob } = thread;
  const about = await withAlices(thread);
  const likes = await Promise.all(
    Array.from({ length: 16 }, (_, index) =>
      acts.like({ jid: bob.jid, about, ...(index % 2 === 0 ? {} : { itemId: "a-heart" }) }),
    ),
  );
  assert.equal(new Set(likes).size, 1);
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["like"] });
});

test("a comment can be liked too, by way of the author of the post", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob } = thread;
  const about = await withAlices(thread);
  const comment = guidNumber(0x2222);
  await bench.receive(commentBy(alice, about, comment), alice);
  await thread.settle();
  await acts.like({ jid: bob.jid, about: comment });
  const [delivery] = await bench.waiting("pod", ALICES_POD);
  assert.ok(delivery?.content.type === "activity");
  const { object } = delivery.content.activity;
  assert.ok(object.type === "opinion");
  assert.deepEqual(object.about, { type: "comment", guid: comment });
  assert.deepEqual(await thread.sent("stream"), {}, "it is no like of the post");
});

test("a vote is given once, by number or by answer, and cannot be changed", async () => {
  await using thread = await threadBench();
  const { acts, bob } = thread;
  const post = await withAlices(thread);
  const guid = await acts.vote({ jid: bob.jid, post, answer: 2 });
  const no = QUESTION.answers[1]?.guid;
  assert.ok(no !== undefined);
  assert.equal(await acts.vote({ jid: bob.jid, post, answer: no }), guid);
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["vote"] });
  await assert.rejects(acts.vote({ jid: bob.jid, post, answer: 1 }), refusedWith("DX_VOTED"));
  await assert.rejects(
    acts.vote({ jid: bob.jid, post, answer: 3 }),
    refusedWith("DX_NO_SUCH_ANSWER"),
  );
});

test("what a share asks is answered to the post that it passes on", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave } = thread;
  const root = await withAlices(thread);
  const post = await acts.share({ jid: dave.jid, root });
  await thread.settle();
  await acts.vote({ jid: bob.jid, post, answer: 1 });
  await acts.attend({ jid: bob.jid, post, verb: "rsvp-yes" });
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["vote", "rsvp-yes"] });
  assert.equal((await bench.store.attachmentsOf(root, null))?.attachments.length, 2);
});

test("another answer to an event takes the place of the first, under the same GUID", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob } = thread;
  const post = await withAlices(thread);
  const guid = await acts.attend({ jid: bob.jid, post, verb: "rsvp-maybe" });
  assert.equal(await acts.attend({ jid: bob.jid, post, verb: "rsvp-maybe" }), guid);
  await thread.settle();
  assert.equal(await acts.attend({ jid: bob.jid, post, verb: "rsvp-yes" }), guid);
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["rsvp-yes"] });
  const answers = await bench.store.attachmentsOf(post, bob.key);
  assert.deepEqual(
    answers?.attachments.map(({ activity }) => activity.verb),
    ["rsvp-yes"],
  );
});

test("a share goes to the pods of the contacts and to the author of the root, once", async () => {
  await using thread = await threadBench();
  const { acts, bob } = thread;
  const root = await withAlices(thread);
  const guid = await acts.share({ jid: bob.jid, root });
  assert.equal(await acts.share({ jid: bob.jid, root }), guid);
  assert.deepEqual(await thread.sent("pod"), { [ALICES_POD]: ["share"], [CAROLS_POD]: ["share"] });
});

test("a share of a share passes on what that one passed on; a limited post and one's own do not go", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave } = thread;
  const root = await withAlices(thread);
  const first = await acts.share({ jid: bob.jid, root });
  await acts.share({ jid: dave.jid, root: first });
  const page = await bench.store.streamPage({
    authorKey: dave.key,
    readerKey: null,
    max: 9,
    order: "creation",
  });
  assert.equal(page.items[0]?.root?.activity.object.guid, root);
  const own = await acts.post({ jid: bob.jid, markdown: "mine", audience: "public", key: "1" });
  await assert.rejects(acts.share({ jid: bob.jid, root: own }), refusedWith("DX_NOT_SHAREABLE"));
});

test("a post for contacts goes encrypted to those whose request was accepted, and to nobody else", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, carol, dave } = thread;
  const limited = { jid: bob.jid, markdown: "for few", audience: "limited", key: "1" } as const;
  await assert.rejects(acts.post(limited), refusedWith("DX_NO_CONTACTS"));
  await befriend(thread, bob, carol);
  const guid = await acts.post(limited);
  assert.equal(await acts.post(limited), guid);
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), { [personAddress(carol)]: ["for few"] });
  const pageFor = async (readerKey: string | null): Promise<number> => {
    const query = { authorKey: bob.key, readerKey, max: 9, order: "creation" } as const;
    return (await bench.store.streamPage(query)).items.length;
  };
  assert.deepEqual(await Promise.all([bob.key, dave.key, null].map(pageFor)), [1, 0, 0]);
});

test("a public post goes also to the pods of people whom it names, as far as they are known", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob } = thread;
  await bench.remote("eve@third.example", "https://third.example/");
  const markdown = "@{Eve; eve@third.example} and @{nobody@fourth.example}";
  await acts.post({ jid: bob.jid, markdown, audience: "public", key: "1" });
  assert.deepEqual(Object.keys(await thread.sent("pod")).sort(), [
    CAROLS_POD,
    ALICES_POD,
    "https://third.example/",
  ]);
});

for (const [what, change] of [
  ["whom one has blocked", { blocked: true }],
  ["who has blocked one", { blocking: true }],
] as const) {
  test(`nothing is said to somebody ${what}`, async () => {
    await using thread = await threadBench();
    const { acts, alice, bench, bob } = thread;
    const about = await withAlices(thread);
    await bench.store.transaction((tx) => tx.changeRelationship(bob.key, alice.key, change));
    const refused = refusedWith("DX_BLOCKED");
    const act = { jid: bob.jid, about };
    await assert.rejects(acts.comment({ ...act, markdown: "hi", key: "1" }), refused);
    await assert.rejects(acts.like(act), refused);
    await assert.rejects(acts.share({ jid: bob.jid, root: about }), refused);
    assert.deepEqual(await thread.sent("pod"), {});
  });
}

test("who has not opted in can do nothing, and nothing can be said about what is not there", async () => {
  await using thread = await threadBench();
  const { acts, alice, bench, bob } = thread;
  const about = await withAlices(thread);
  const stranger = { jid: jid("stranger@example.org"), about };
  await assert.rejects(acts.like(stranger), refusedWith("DX_NOT_REGISTERED"));
  await assert.rejects(
    acts.comment({ jid: bob.jid, about, markdown: " \n", key: "1" }),
    refusedWith("DX_NO_WORDS"),
  );
  const missing = { jid: bob.jid, about: guidNumber(0x7777) };
  await assert.rejects(acts.like(missing), refusedWith("DX_ITEM_NOT_FOUND"));
  await bench.receive(takeBack(alice, about, "Post"), alice);
  await assert.rejects(acts.like({ jid: bob.jid, about }), refusedWith("DX_ITEM_NOT_FOUND"));
});

test("a reader of the node in which a command writes sees what it wrote", async () => {
  await using thread = await threadBench();
  const { acts, bench, bob, dave } = thread;
  await bench.store.transaction((tx) =>
    tx.addSubscription(bob.key, `/user/${bob.jid}/posts`, dave.jid, "pubsub"),
  );
  await acts.post({ jid: bob.jid, markdown: "by command", audience: "public", key: "1" });
  assert.deepEqual(wordsOf(await bench.reading(dave.jid)), ["by command"]);
});
