import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { withdrawFrom } from "../../../src/bridge/followers.ts";
import type { KnownPerson } from "../../../src/bridge/ports.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { wordsOf } from "./bench.ts";
import {
  befriend,
  CAROLS_POD,
  commentBy,
  said,
  threadBench,
  withBobs,
  type Thread,
} from "./thread-bench.ts";

const THIRD = "https://third.example/";

/** Somebody of a third pod, who reads bob from now on. */
async function franks(thread: Thread, sharing = true): Promise<KnownPerson> {
  const frank = await thread.bench.remote("frank@third.example", THIRD);
  await share(thread, frank, sharing);
  return frank;
}

const share = ({ bench, bob }: Thread, who: KnownPerson, sharing: boolean): Promise<unknown> =>
  bench.store.transaction((tx) => tx.changeRelationship(bob.key, who.key, { sharing }));

const say = ({ acts, bob }: Thread, about: Guid, markdown: string): Promise<Guid> =>
  acts.comment({ jid: bob.jid, about, markdown, key: markdown });

test("the end of a comment reaches the pod that got it, when nobody there is a contact any more", async () => {
  await using thread = await threadBench();
  const post = await withBobs(thread);
  const frank = await franks(thread);
  const comment = await say(thread, post, "hm");
  await thread.settle();
  await share(thread, frank, false);
  await thread.acts.retract({ jid: thread.bob.jid, guid: comment });
  assert.deepEqual((await thread.sent("pod"))[THIRD], ["delete"]);
});

test("the end of a post reaches the pod that only got what was said below it", async () => {
  await using thread = await threadBench();
  const post = await withBobs(thread);
  const frank = await franks(thread);
  await say(thread, post, "hm");
  await thread.settle();
  await share(thread, frank, false);
  await thread.acts.retract({ jid: thread.bob.jid, guid: post });
  assert.deepEqual((await thread.sent("pod"))[THIRD], ["delete"]);
});

test("whoever passed a post on hears what is said below it", async () => {
  await using thread = await threadBench();
  const post = await withBobs(thread);
  const frank = await franks(thread, false);
  const root = { author: thread.bob.diasporaId, guid: post };
  const object = { type: "share", guid: guidNumber(0x51), root } as const;
  const activity: Activity = { ...said(frank), verb: "share", object };
  await thread.bench.receive(activity, frank);
  await thread.bench.deliverAll();
  await say(thread, post, "hm");
  assert.deepEqual((await thread.sent("pod"))[THIRD], ["hm"]);
});

/** carol reads bob's posts to contacts. */
async function friends(): Promise<Thread> {
  const thread = await threadBench();
  await befriend(thread, thread.bob, thread.carol);
  return thread;
}

const STOPS: readonly (readonly [string, (thread: Thread) => Promise<unknown>])[] = [
  [
    "takes back what she may see",
    ({ bench, bob, carol }) => withdrawFrom(bob.jid, carol.diasporaId, bench.store),
  ],
  [
    "hears that she reads him no more",
    async ({ bench, bob, carol }) => {
      const object = { type: "person", id: bob.diasporaId } as const;
      await bench.receive({ ...said(carol), verb: "unfollow", object }, carol, bob);
    },
  ],
];

for (const [what, stop] of STOPS) {
  test(`pitfall 87: a post to contacts that waits does not go out when its author ${what}`, async () => {
    await using thread = await friends();
    const act = { jid: thread.bob.jid, markdown: "for few", key: "few" };
    await thread.acts.post({ ...act, audience: "limited" });
    assert.deepEqual(await thread.sent("person"), { [personAddress(thread.carol)]: ["for few"] });
    await stop(thread);
    assert.deepEqual(
      wordsOf(await thread.bench.waiting("person", personAddress(thread.carol))),
      [],
    );
  });

  test(`who had a post to contacts, and whose author ${what}, gets its end and nothing else`, async () => {
    await using thread = await friends();
    const post = await withBobs(thread, "limited");
    await stop(thread);
    await say(thread, post, "hm");
    await thread.acts.edit({ jid: thread.bob.jid, guid: post, markdown: "other words" });
    assert.deepEqual(await thread.sent("person"), {});
    await thread.acts.retract({ jid: thread.bob.jid, guid: post });
    assert.deepEqual(await thread.sent("person"), { [personAddress(thread.carol)]: ["delete"] });
    assert.deepEqual(await thread.sent("pod"), {}, "encrypted, as it was");
  });
}

test("what was said while its post was being taken back does not go out after that", async () => {
  await using thread = await threadBench();
  const post = await withBobs(thread);
  await say(thread, post, "too late");
  await thread.bench.db.raw(
    "update activities set deleted_at = now(), object = null where guid = ?",
    [post],
  );
  assert.deepEqual(wordsOf(await thread.bench.waiting("pod", CAROLS_POD)), []);
  assert.deepEqual(await thread.bench.reading(thread.bob.jid), []);
});

test("pitfall 61: a change beside a retraction never outlives it", async () => {
  await using thread = await threadBench();
  const { acts, bob, bench } = thread;
  for (let turn = 0; turn < 8; turn += 1) {
    const act = { jid: bob.jid, markdown: "first", key: String(turn) };
    const guid = await acts.post({ ...act, audience: "public" });
    await thread.settle();
    const changes = ["a", "b"].map((markdown) =>
      acts.edit({ jid: bob.jid, guid, markdown }).catch((error: unknown) => {
        if (!isDxError(error, "DX_ITEM_NOT_FOUND")) throw error;
      }),
    );
    await Promise.all([...changes, acts.retract({ jid: bob.jid, guid })]);
    assert.equal((await bench.store.findActivity(guid))?.deleted, true);
    assert.deepEqual(wordsOf(await bench.waiting("pod", CAROLS_POD)), ["delete"]);
    await bench.deliverAll();
  }
});

test("a comment of a blocked person's pod is not passed on to whom the author blocked", async () => {
  await using thread = await friends();
  const frank = await franks(thread);
  await befriend(thread, thread.bob, frank);
  const post = await withBobs(thread, "limited");
  await thread.bench.store.transaction((tx) =>
    tx.changeRelationship(thread.bob.key, frank.key, { blocked: true }),
  );
  const comment = commentBy(thread.carol, post, guidNumber(0x77), "from carol");
  await thread.bench.receive(comment, thread.carol, thread.bob, "<relay/>");
  assert.deepEqual(await thread.sent("person"), {});
});
