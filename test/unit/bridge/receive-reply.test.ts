import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import { parseGuid, type Guid } from "../../../src/activitystreams/ids.ts";
import { readAttachments, readThread } from "../../../src/bridge/read.ts";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { diasporaId, guidNumber } from "../../support/fixtures.ts";
import { postOf, wordsOf } from "./bench.ts";
import {
  ALICES_POD,
  answerBy,
  befriend,
  CAROLS_POD,
  commentBy,
  envelopes,
  EVENT,
  likeBy,
  QUESTION,
  said,
  takeBack,
  threadBench,
  voteBy,
  type Thread,
  withBobs,
} from "./thread-bench.ts";

const POST = guidNumber(0x1111);
const COMMENT = guidNumber(0x2222);
const RELAY = "<comment>as it was signed</comment>";
const ALL = { max: 50, order: "creation" } as const;

const refusedWith =
  (code: ErrorCode) =>
  (error: unknown): boolean =>
    isDxError(error, code);

async function withAlices({ bench, alice }: Thread): Promise<Guid> {
  const post = postOf(alice, { guid: POST, question: QUESTION, event: EVENT });
  await bench.receive(post, alice);
  await bench.deliverAll();
  return POST;
}

/** What a reader here finds below a post, in words. */
async function thread(world: Thread, post: Guid): Promise<string[] | null> {
  const found = await readThread(post, world.dave.jid, ALL, world.bench.store);
  return (
    found?.page.items.map(({ activity: { verb, object } }) =>
      object.type === "comment" ? object.markdown : verb,
    ) ?? null
  );
}

test("a comment on a post from here is shown, and passed on as its author signed it, but not back", async () => {
  await using world = await threadBench();
  const { bench, bob, carol } = world;
  const post = await withBobs(world);
  const comment = commentBy(carol, post, COMMENT, "well said");
  await bench.receive(comment, carol, undefined, RELAY);
  await bench.receive(comment, carol, undefined, RELAY);
  assert.deepEqual(await world.sent("pod"), { [ALICES_POD]: ["well said"] });
  assert.deepEqual(envelopes(await bench.waiting("pod", ALICES_POD)), [
    { by: carol.diasporaId, sealer: bob.diasporaId, relay: RELAY },
  ]);
  assert.deepEqual(await thread(world, post), ["well said"]);
});

test("below a limited post from here only its readers may speak, and they are told", async () => {
  await using world = await threadBench();
  const { alice, bench, bob, carol, dave } = world;
  const eve = await bench.remote("eve@third.example", "https://third.example/");
  for (const friend of [alice, carol]) await befriend(world, bob, friend);
  const post = await withBobs(world, "limited");
  await bench.receive(commentBy(carol, post, COMMENT, "psst"), carol, bob, RELAY);
  assert.deepEqual(await world.sent("pod"), {});
  assert.deepEqual(await world.sent("person"), { [personAddress(alice)]: ["psst"] });
  await assert.rejects(
    bench.receive(commentBy(eve, post, guidNumber(3), "I heard you"), eve, bob, RELAY),
    refusedWith("DX_SENDER_FORBIDDEN"),
  );
  assert.equal(await readThread(post, dave.jid, ALL, bench.store), null);
  assert.equal((await readThread(post, bob.jid, ALL, bench.store))?.page.items.length, 1);
});

test("what a limited post's reader says publicly is for the readers of the post only", async () => {
  await using world = await threadBench();
  const { alice, bench, bob, dave } = world;
  const limited = postOf(alice, { guid: POST }, "limited");
  await bench.receive(limited, alice, bob);
  await bench.receive(commentBy(alice, POST, COMMENT), alice);
  assert.equal(await thread(world, POST), null);
  assert.equal((await readThread(POST, bob.jid, ALL, bench.store))?.page.items.length, 1);
  assert.deepEqual(await bench.reading(dave.jid), []);
});

test("a comment on a remote post comes from the post's author, and is passed on to nobody", async () => {
  await using world = await threadBench();
  const { alice, bench, carol } = world;
  await withAlices(world);
  const comment = commentBy(carol, POST, COMMENT, "by way of alice");
  await assert.rejects(bench.receive(comment, carol), refusedWith("DX_SENDER_FORBIDDEN"));
  await bench.receive(comment, alice, undefined, RELAY);
  assert.deepEqual(await world.sent("pod"), {});
  assert.deepEqual(await thread(world, POST), ["by way of alice"]);
});

test("pitfall 40: what somebody here said comes back from a pod and is not shown again", async () => {
  await using world = await threadBench();
  const { acts, alice, bench, bob, dave } = world;
  await withAlices(world);
  const guid = await acts.comment({ jid: bob.jid, about: POST, markdown: "once", key: "1" });
  await bench.deliverAll();
  const echo = {
    ...commentBy(alice, POST, guid, "once"),
    actor: { network: "diaspora", id: bob.diasporaId },
  } as const;
  assert.equal(await bench.receive(echo, alice), true);
  assert.deepEqual(await bench.reading(dave.jid), []);
  assert.deepEqual(await thread(world, POST), ["once"]);
  const forged = { ...echo, object: { ...echo.object, guid: COMMENT } };
  await assert.rejects(bench.receive(forged, alice), refusedWith("DX_PERSON_NOT_FOUND"));
});

test("pitfall 62: a comment that comes before its post is tried again", async () => {
  await using world = await threadBench();
  const { alice, bench } = world;
  const comment = commentBy(alice, POST, COMMENT);
  const tooEarly = await bench.receive(comment, alice).catch((error: unknown) => error);
  assert.ok(isDxError(tooEarly, "DX_PARENT_NOT_FOUND") && tooEarly.retryable);
  await withAlices(world);
  await bench.receive(comment, alice);
  assert.deepEqual(await thread(world, POST), ["a comment"]);
});

test("an author whom nobody here knew yet is found", async () => {
  await using world = await threadBench();
  const { alice, bench, carol } = world;
  await withAlices(world);
  const eve = { ...carol, diasporaId: diasporaId("eve@third.example") };
  const comment = commentBy(eve, POST, COMMENT);
  await assert.rejects(bench.receive(comment, alice), refusedWith("DX_PERSON_NOT_FOUND"));
  await bench.remote("eve@third.example", "https://third.example/");
  await bench.receive(comment, alice);
  assert.deepEqual(await thread(world, POST), ["a comment"]);
});

test("somebody else's GUID cannot be taken for a comment of one's own", async () => {
  await using world = await threadBench();
  const { bench, carol, alice } = world;
  const post = await withBobs(world);
  await bench.receive(commentBy(carol, post, COMMENT, "mine"), carol, undefined, RELAY);
  const later = new Date("2026-05-01T11:00:00Z");
  await bench.receive(commentBy(alice, post, COMMENT, "forged", later), alice, undefined, RELAY);
  assert.deepEqual(await thread(world, post), ["mine"]);
});

test("a changed comment takes the place of the first, once, and an older change is none", async () => {
  await using world = await threadBench();
  const { bench, carol } = world;
  const post = await withBobs(world);
  const at = (hour: number): Date => new Date(`2026-05-01T${String(hour)}:00:00Z`);
  const first = { ...commentBy(carol, post, COMMENT, "frist"), published: at(10) };
  const change = (words: string, hour: number): typeof first => ({
    ...commentBy(carol, post, COMMENT, words, at(hour)),
    published: at(10),
  });
  await bench.receive(first, carol, undefined, "<frist/>");
  await world.settle();
  await bench.receive(change("first", 11), carol, undefined, "<first/>");
  await bench.receive(change("older", 10), carol, undefined, "<older/>");
  assert.deepEqual(await world.sent("pod"), { [ALICES_POD]: ["first"] });
  assert.deepEqual(
    envelopes(await bench.waiting("pod", ALICES_POD)).map((one) => "relay" in one && one.relay),
    ["<first/>"],
  );
  assert.deepEqual(await thread(world, post), ["first"]);
});

test("pitfall 81: a like is counted once for each person, of the post as of a comment", async () => {
  await using world = await threadBench();
  const { alice, bench, carol, dave } = world;
  await withAlices(world);
  await bench.receive(commentBy(alice, POST, COMMENT), alice);
  for (const guid of [guidNumber(0x31), guidNumber(0x32)]) {
    await bench.receive(likeBy(carol, POST, guid), alice);
  }
  await bench.receive(likeBy(carol, COMMENT, guidNumber(0x33), "comment"), alice);
  const likes = async (about: Guid): Promise<string[]> => {
    const found = await readAttachments(about, dave.jid, bench.store);
    return found?.attachments.map(({ activity: { object } }) => object.guid) ?? [];
  };
  assert.deepEqual(await likes(POST), [guidNumber(0x31)]);
  assert.deepEqual(await likes(COMMENT), [guidNumber(0x33)]);
});

test("votes and answers name what is inside the post; of an event the last answer counts", async () => {
  await using world = await threadBench();
  const { alice, bench, carol, dave } = world;
  await withAlices(world);
  await bench.receive(voteBy(carol, guidNumber(0x41)), alice);
  await bench.receive(voteBy(carol, guidNumber(0x42), guidNumber(0x9992)), alice);
  await bench.receive(answerBy(carol, guidNumber(0x51), "rsvp-maybe"), alice);
  await bench.receive(answerBy(carol, guidNumber(0x52), "rsvp-no"), alice);
  const found = await readAttachments(POST, dave.jid, bench.store);
  assert.deepEqual(
    found?.attachments.map(({ activity }) => [activity.verb, activity.object.guid]).sort(),
    [
      ["rsvp-no", guidNumber(0x52)],
      ["vote", guidNumber(0x41)],
    ],
  );
});

test("whoever takes part in a post from here hears what is said below it, and it is quiet", async () => {
  await using world = await threadBench();
  const { acts, bench, bob } = world;
  const eve = await bench.remote("eve@third.example", "https://third.example/");
  const post = await withBobs(world);
  const guid = guidNumber(0x61);
  const join = {
    ...said(eve),
    verb: "join",
    object: { type: "participation", guid, post },
  } as const;
  await bench.receive(join, eve, bob);
  await bench.receive(join, eve, bob);
  assert.equal(await bench.count("deliveries"), 0);
  await acts.comment({ jid: bob.jid, about: post, markdown: "news", key: "2" });
  assert.deepEqual(Object.keys(await world.sent("pod")).sort(), [
    CAROLS_POD,
    ALICES_POD,
    "https://third.example/",
  ]);
});

for (const [who, sender] of [
  ["its author", (world: Thread) => world.carol],
  ["the author of the post", (world: Thread) => world.alice],
] as const) {
  test(`a comment on a remote post that ${who} takes back is gone, whichever comes first`, async () => {
    for (const order of ["comment first", "retraction first"]) {
      await using world = await threadBench();
      const { alice, bench, carol, dave } = world;
      await withAlices(world);
      await bench.store.transaction((tx) =>
        tx.addSubscription(alice.key, `urn:xmpp:microblog:0:comments/${POST}`, dave.jid, "pubsub"),
      );
      const steps = [
        () => bench.receive(commentBy(carol, POST, COMMENT), alice),
        () => bench.receive(takeBack(alice, COMMENT), sender(world)),
      ];
      for (const step of order === "comment first" ? steps : steps.reverse()) await step();
      assert.deepEqual(await thread(world, POST), [], order);
      const told = order === "comment first" ? ["delete"] : [];
      assert.deepEqual(wordsOf(await bench.reading(dave.jid)), told, order);
    }
  });
}

test("the end of a comment on a post from here goes to whoever heard of it, from the post's author", async () => {
  await using world = await threadBench();
  const { bench, bob, carol } = world;
  const post = await withBobs(world);
  await bench.receive(commentBy(carol, post, COMMENT), carol, undefined, RELAY);
  await world.settle();
  await bench.receive(takeBack(carol, COMMENT), carol);
  assert.deepEqual(await world.sent("pod"), { [ALICES_POD]: ["delete"] });
  assert.deepEqual(envelopes(await bench.waiting("pod", ALICES_POD)), [
    { by: bob.diasporaId, sealer: null, relay: null },
  ]);
  await bench.receive(commentBy(carol, post, COMMENT), carol, undefined, RELAY);
  assert.deepEqual(await thread(world, post), []);
});

test("whose post it is reads in a chat that a comment below it was taken back, and by whom", async () => {
  await using world = await threadBench();
  const { bench, bob, carol } = world;
  const post = await withBobs(world);
  await bench.receive(commentBy(carol, post, COMMENT), carol, undefined, RELAY);
  await world.settle();
  await bench.receive(takeBack(carol, COMMENT), carol);
  const told = await bench.reading(bob.jid);
  assert.deepEqual(wordsOf(told), ["delete"]);
  assert.deepEqual(
    told.map(({ form, content }) => [form, content.type === "activity" && content.author.name]),
    [["chat", carol.name]],
  );
});

test("pitfall 47: nobody takes back what others said below others' posts", async () => {
  await using world = await threadBench();
  const { alice, bench, carol } = world;
  const post = await withBobs(world);
  await bench.receive(commentBy(carol, post, COMMENT, "stays"), carol, undefined, RELAY);
  await bench.receive(takeBack(alice, COMMENT), alice);
  await bench.receive(takeBack(alice, post, "Post"), alice);
  assert.deepEqual(await thread(world, post), ["stays"]);
});

test("the author of a remote post may take back what somebody here said below it", async () => {
  await using world = await threadBench();
  const { acts, alice, bench, bob } = world;
  await withAlices(world);
  const guid = await acts.comment({ jid: bob.jid, about: POST, markdown: "rude", key: "1" });
  await world.settle();
  await bench.receive(takeBack(alice, guid), alice);
  assert.deepEqual(await world.sent("pod"), {});
  assert.deepEqual(await thread(world, POST), []);
});

test("what was said below a post goes with it", async () => {
  await using world = await threadBench();
  const { alice, bench, dave } = world;
  await withAlices(world);
  await bench.receive(commentBy(alice, POST, COMMENT), alice);
  await bench.receive(takeBack(alice, POST, "Post"), alice);
  assert.equal(await thread(world, POST), null);
  assert.equal((await bench.store.findActivity(COMMENT))?.deleted, true);
  await bench.receive(commentBy(alice, POST, guidNumber(0x23)), alice);
  assert.equal(await bench.store.findActivity(guidNumber(0x23)), null);
  assert.deepEqual(wordsOf(await bench.reading(dave.jid)), ["delete"]);
});

test("an item whose GUID is longer than clients take has a shorter name", async () => {
  await using world = await threadBench();
  const { alice, bench, dave } = world;
  const guid = parseGuid("a".repeat(200));
  assert.ok(guid !== null);
  await bench.receive(postOf(alice, { guid }), alice);
  const [delivery] = await bench.reading(dave.jid);
  assert.ok(delivery?.content.type === "activity");
  assert.match(delivery.content.itemId, /^g-[0-9a-f]{32}$/);
});

test("a changed post is shown again under its GUID, and its readers stay the same", async () => {
  await using world = await threadBench();
  const { alice, bench, bob, dave } = world;
  const edited = new Date("2026-05-01T10:00:00Z");
  const post = postOf(alice, { guid: POST, markdown: "frist" }, "limited");
  await bench.receive(post, alice, bob);
  await bench.store.transaction((tx) =>
    tx.addSubscription(alice.key, "urn:xmpp:microblog:0", bob.jid, "pubsub"),
  );
  await bench.deliverAll();
  const changed = postOf(alice, { guid: POST, markdown: "first", edited });
  await bench.receive(changed, alice);
  await bench.receive(changed, alice);
  assert.deepEqual(wordsOf(await bench.reading(bob.jid)), ["first"]);
  assert.deepEqual(await bench.reading(dave.jid), []);
  assert.deepEqual(await bench.stream(alice, dave), []);
});

test("a share shows in the stream of who shared, with what was shared", async () => {
  await using world = await threadBench();
  const { alice, bench, carol, dave } = world;
  await bench.store.transaction((tx) =>
    tx.addSubscription(carol.key, "urn:xmpp:microblog:0", dave.jid, "pubsub"),
  );
  const share = {
    ...said(carol),
    verb: "share",
    object: { type: "share", guid: COMMENT, root: { author: alice.diasporaId, guid: POST } },
  } as const;
  await assert.rejects(bench.receive(share, carol), refusedWith("DX_PARENT_NOT_FOUND"));
  await withAlices(world);
  await bench.receive(share, carol);
  await bench.receive(share, carol);
  const [delivery, ...more] = await bench.reading(dave.jid);
  assert.deepEqual(more, []);
  assert.ok(delivery?.content.type === "activity");
  assert.equal(delivery.content.root?.activity.object.guid, POST);
  await bench.receive(commentBy(alice, COMMENT, guidNumber(0x24)), carol);
  assert.deepEqual(await thread(world, COMMENT), ["a comment"], "a share has a thread of its own");
});
