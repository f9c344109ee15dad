/** A poll and an event of somebody here: who answers, who hears of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PostActivity } from "../../../src/activitystreams/activity.ts";
import type { PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { actorOf } from "../../../src/bridge/actor.ts";
import { readAttachments } from "../../../src/bridge/read.ts";
import { chatFor } from "../../../src/connector/outgoing-chat.ts";
import { childText } from "../../../src/xml/element.ts";
import { guidNumber, note } from "../../support/fixtures.ts";
import { NOW, wordsOf } from "./bench.ts";
import {
  ALICES_POD,
  answerBy,
  CAROLS_POD,
  envelopes,
  EVENT,
  QUESTION,
  threadBench,
  voteBy,
  type Thread,
} from "./thread-bench.ts";

const POLL = guidNumber(0x1111);

/** Bob's, who is here; alice's and carol's pods have it. */
async function bobsPoll({ bench, bob, settle }: Thread): Promise<Guid> {
  const activity: PostActivity = {
    verb: "post",
    actor: actorOf(bob),
    object: note({ guid: POLL, markdown: "Tea?", question: QUESTION, event: EVENT }),
    audience: "public",
    published: NOW,
  };
  await bench.store.transaction(async (tx) => {
    const id = await tx.insertActivity(POLL, bob.key, activity);
    assert.ok(id !== null);
    await tx.deliver(id, POLL, { kind: "pod", addresses: [ALICES_POD, CAROLS_POD] });
  });
  await settle();
  return POLL;
}

async function answers({ bench, dave }: Thread): Promise<string[] | undefined> {
  const found = await readAttachments(POLL, dave.jid, bench.store);
  return found?.attachments.map(({ activity: { verb }, author }) => `${verb} of ${author.name}`);
}

const TRIES = {
  "a vote": {
    theirs: (world: Thread, guid: Guid) => voteBy(world.carol, guid),
    ours: (world: Thread, jid: Thread["dave"]["jid"]) =>
      world.acts.vote({ jid, post: POLL, answer: 2 }),
    verbs: ["vote", "vote"],
    words: "carol: voted for “yes”.",
  },
  "an answer": {
    theirs: (world: Thread, guid: Guid) => answerBy(world.carol, guid, "rsvp-no"),
    ours: (world: Thread, jid: Thread["dave"]["jid"]) =>
      world.acts.attend({ jid, post: POLL, verb: "rsvp-yes" }),
    verbs: ["rsvp-no", "rsvp-yes"],
    words: "carol: will not come to “Tea”.",
  },
} as const;

/** What stands in the message. */
function inChat([delivery]: readonly PendingDelivery[]): string | undefined {
  assert.ok(delivery?.content.type === "activity");
  const context = { componentDomain: "dx.example.org", maxBytes: 100_000 };
  const message = chatFor(delivery.content, delivery.rootGuid, context);
  return message === null ? undefined : childText(message, "body");
}

for (const [what, { theirs, ours, verbs, words }] of Object.entries(TRIES)) {
  test(`${what} from a pod goes on to the others as it was signed, and the author is told`, async () => {
    await using world = await threadBench();
    const { bench, bob, carol } = world;
    await bobsPoll(world);
    const given = theirs(world, guidNumber(0x41));
    await bench.receive(given, carol, undefined, "<signed/>");
    await bench.receive(given, carol, undefined, "<signed/>");
    assert.deepEqual(await world.sent("pod"), { [ALICES_POD]: [verbs[0]] });
    assert.deepEqual(envelopes(await bench.waiting("pod", ALICES_POD)), [
      { by: carol.diasporaId, sealer: bob.diasporaId, relay: "<signed/>" },
    ]);
    const told = await bench.reading(bob.jid);
    assert.deepEqual(wordsOf(told), [verbs[0]]);
    assert.equal(inChat(told), words);
    assert.deepEqual(await answers(world), [`${verbs[0]} of carol`]);
  });

  test(`${what} from here goes to all who have the post, in its author's envelope, and the author is told`, async () => {
    await using world = await threadBench();
    const { bench, bob, dave } = world;
    await bobsPoll(world);
    await ours(world, dave.jid);
    await ours(world, dave.jid);
    assert.deepEqual(await world.sent("pod"), {
      [ALICES_POD]: [verbs[1]],
      [CAROLS_POD]: [verbs[1]],
    });
    assert.deepEqual(envelopes(await bench.waiting("pod", ALICES_POD)), [
      { by: dave.diasporaId, sealer: bob.diasporaId, relay: null },
    ]);
    assert.deepEqual(await world.sent("person"), {}, "nobody takes part in what is from here");
    assert.deepEqual(wordsOf(await bench.reading(bob.jid)), [verbs[1]]);
    assert.deepEqual(await bench.reading(dave.jid), []);
    assert.deepEqual(await answers(world), [`${verbs[1]} of Bob`]);
  });
}

test("nobody else here is told of a vote", async () => {
  await using world = await threadBench();
  const { bench, bob, carol, dave } = world;
  await bobsPoll(world);
  const node = `urn:xmpp:microblog:0:comments/${POLL}`;
  await bench.store.transaction((tx) => tx.addSubscription(bob.key, node, dave.jid, "pubsub"));
  await bench.receive(voteBy(carol, guidNumber(0x41)), carol, undefined, "<signed/>");
  const told = await bench.reading(dave.jid);
  assert.deepEqual(
    told.filter(({ form }) => form === "chat"),
    [],
  );
});
