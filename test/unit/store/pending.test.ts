import assert from "node:assert/strict";
import { test } from "node:test";
import {
  WITHHELD,
  type ActivityContent,
  type DestinationKind,
  type PendingDelivery,
} from "../../../src/activitystreams/delivery.ts";
import { changeActivity, entombActivity, setComments } from "../../../src/store/activities.ts";
import { createDeliveryQueue } from "../../../src/store/adapter.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  enqueueActivity,
  enqueueForReaders,
  enqueueForThread,
  finishDeliveries,
} from "../../../src/store/deliveries.ts";
import { claimDestinations } from "../../../src/store/destinations.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { closeLocal } from "../../../src/store/people.ts";
import { holdersOf } from "../../../src/store/recipients.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { testDatabase } from "../../support/database.ts";
import { countRows, POD } from "./queue-support.ts";
import { NODE, social, type Said, type Social } from "./social-support.ts";

async function waiting(db: Database, kind: DestinationKind): Promise<PendingDelivery[]> {
  const claimed = await claimDestinations(db, kind, 1, 100);
  await db.raw("update destinations set lease_until = null");
  return await pendingDeliveries(
    db,
    claimed.map(({ id }) => id),
    100,
  );
}

async function contents(db: Database, kind: DestinationKind): Promise<ActivityContent[]> {
  const found = await waiting(db, kind);
  return found.flatMap(({ content }) => (content.type === "activity" ? [content] : []));
}

async function only(db: Database, kind: DestinationKind): Promise<ActivityContent> {
  const [content, ...more] = await contents(db, kind);
  assert.ok(content !== undefined && more.length === 0, "exactly one waits");
  return content;
}

const toPod = (db: Database, said: Said, sealerKey?: string): Promise<void> =>
  enqueueActivity(db, said.id, said.guid, {
    kind: "pod",
    addresses: [POD],
    ...(sealerKey === undefined ? {} : { sealerKey }),
  });

const toReaders = (db: Database, said: Said, author: { readonly key: string }): Promise<void> =>
  enqueueForReaders(db, {
    activityId: said.id,
    rootGuid: said.guid,
    personKey: author.key,
    node: NODE,
    only: null,
  });

test("what is said below a post comes with the post's author and the place of its comments", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const post = await people.post(bob, {}, { facts: { itemId: "first-post" } });
  const comments = { service: "comments.example.org", node: "c" };
  await setComments(db, post.guid, comments);
  const comment = await people.comment(alice, post);
  const thread = { guid: post.guid, authorKey: bob.key, only: null };
  await enqueueForThread(db, { activityId: comment.id, rootGuid: post.guid, post: thread });
  const content = await only(db, "stream");
  assert.deepEqual([content.activity, content.author.guid], [comment.activity, alice.guid]);
  assert.equal(content.above?.author.guid, bob.guid);
  const { guid, itemId, audience } = content.above;
  assert.deepEqual([guid, itemId, audience], [post.guid, "first-post", "public"]);
  assert.deepEqual(content.above.comments, comments);
});

test("a share comes with what it passed on", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, carol } = people;
  const root = await people.post(carol);
  await toReaders(db, await people.share(alice, root, carol), alice);
  const { above, root: shared } = await only(db, "stream");
  assert.deepEqual([shared?.activity, shared?.itemId, above], [root.activity, root.guid, null]);
});

test("a retraction names its target's item and where it stood, though the words are gone", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const post = await people.post(alice);
  const comment = await people.comment(bob, post, { facts: { itemId: "mine" } });
  await entombActivity(db, comment.id);
  const thread = { guid: post.guid, authorKey: alice.key, only: null };
  const gone = await people.retract(bob, comment);
  await enqueueForThread(db, { activityId: gone.id, rootGuid: post.guid, post: thread });
  const content = await only(db, "stream");
  assert.deepEqual([content.itemId, content.above?.guid], ["mine", post.guid]);
  await db.raw("delete from deliveries");
  await entombActivity(db, post.id);
  await toReaders(db, await people.retract(alice, post), alice);
  const ofPost = await only(db, "stream");
  assert.deepEqual([ofPost.itemId, ofPost.above], [post.guid, null]);
});

test("what a post's author passes on has their name and its author's own form; others get neither", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const post = await people.post(bob);
  const relay = "<comment>as it was signed</comment>";
  const comment = await people.comment(alice, post, { facts: { relay } });
  await toPod(db, comment, bob.key);
  const passed = await only(db, "pod");
  assert.deepEqual([passed.relay, passed.sealer?.jid], [relay, bob.jid]);
  await enqueueActivity(db, comment.id, post.guid, {
    kind: "node",
    addresses: ["comments.example.org c"],
  });
  const published = await only(db, "node");
  assert.deepEqual([published.relay, published.sealer], [null, null]);
});

test("nothing goes out in the name of a post's author who has left", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const post = await people.post(bob);
  await toPod(db, await people.comment(alice, post, { facts: { relay: "<x/>" } }), bob.key);
  await closeLocal(db, bob);
  assert.deepEqual(await waiting(db, "pod"), []);
  assert.equal(await countRows(db, "deliveries"), 0, "its row does not stay for ever");
});

test("what changes while it is under way goes out again, with what it says now", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const post = await people.post(people.bob);
  await toPod(db, post);
  const underWay = await waiting(db, "pod");
  const object = { ...post.activity.object, markdown: "Better", edited: new Date("2027-01-01") };
  await changeActivity(db, post.id, { ...post.activity, object });
  await toPod(db, post);
  await toPod(db, post);
  await finishDeliveries(db, { delivered: underWay, refused: [] }, true);
  assert.deepEqual((await only(db, "pod")).activity.object, object);
  await finishDeliveries(db, { delivered: await waiting(db, "pod"), refused: [] }, true);
  assert.equal(await countRows(db, "ledger"), 1);
});

test("both editions of one post may be done with at once: the ledger has what became of the later", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const post = await people.post(people.bob);
  await toPod(db, post);
  const object = { ...post.activity.object, edited: new Date("2027-01-01") };
  await changeActivity(db, post.id, { ...post.activity, object });
  await toPod(db, post);
  const [first, second] = await waiting(db, "pod");
  assert.ok(first !== undefined && second !== undefined);
  await finishDeliveries(db, { delivered: [second], refused: [first] }, true);
  assert.deepEqual(await db("ledger").pluck("outcome"), ["delivered"]);
});

for (const change of [{ blocked: true }, { blocking: true }]) {
  test(`pitfall 87: to and from who was ${Object.keys(change).join()} meanwhile goes no word, but that it is so`, async () => {
    await using store = await testDatabase();
    const { db } = store;
    const people = await social(db);
    const { alice, bob } = people;
    const mailbox = { kind: "person", addresses: [`${POD} ${alice.guid}`] } as const;
    const post = await people.post(bob, {}, { to: [alice] });
    const block = await people.keep(
      people.fresh(),
      bob,
      {
        ...post.activity,
        verb: "block",
        object: { type: "person", id: alice.diasporaId },
      },
      {},
    );
    const directed = await people.post(alice);
    await enqueueActivity(db, post.id, post.guid, mailbox);
    await enqueueActivity(db, block.id, block.guid, mailbox);
    await enqueueActivity(db, directed.id, directed.guid, { kind: "jid", addresses: [bob.jid] });
    assert.equal((await contents(db, "person")).length, 2);
    assert.equal((await contents(db, "jid")).length, 1);
    await changeRelationship(db, bob.key, alice.key, change);
    assert.equal((await only(db, "person")).activity.verb, "block");
    assert.deepEqual(await contents(db, "jid"), []);
  });
}

test("a limited post that is put for a JID outside its audience does not get there", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, eve } = people;
  const post = await people.post(alice, {}, { to: [bob] });
  for (const who of [bob, eve]) {
    await enqueueActivity(db, post.id, post.guid, { kind: "jid", addresses: [who.jid] });
  }
  assert.equal((await contents(db, "jid")).length, 1);
});

test("the comments node of a post gets nothing of who is blocked or unheard by then, and every end", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, carol, eve } = people;
  const friend = await people.remote("friend");
  const post = await people.post(bob);
  const [blocked, silenced] = [
    await people.comment(alice, post),
    await people.comment(carol, post),
  ];
  const end = await people.retract(carol, silenced);
  const [followed, own] = [await people.comment(friend, post), await people.comment(bob, post)];
  const here = await people.comment(eve, post);
  for (const { id } of [blocked, silenced, end, followed, own, here]) {
    const to = { kind: "node", addresses: ["comments.example.org c"] } as const;
    await enqueueActivity(db, id, post.guid, to);
  }
  await changeRelationship(db, bob.key, alice.key, { blocked: true });
  await changeRelationship(db, bob.key, friend.key, { following: true });
  const loud = [carol.key, friend.key];
  await db.raw("update people set standing = 'silence' where id = any(?::bigint[])", [loud]);
  const found = await contents(db, "node");
  assert.deepEqual(
    found.map(({ activityId }) => activityId),
    [end.id, followed.id, own.id, here.id],
  );
});

test("a destination is gone through on from where somebody is, while what went before is there still", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice } = people;
  for (let each = 0; each < 5; each += 1) {
    await toReaders(db, await people.post(alice), alice);
  }
  const queue = createDeliveryQueue(db, 1, false);
  const [stream] = await claimDestinations(db, "stream", 1, 1);
  assert.ok(stream !== undefined);
  const ids: string[] = [];
  for (let after: PendingDelivery | undefined; ;) {
    const found = await queue.pending([stream.id], 2, after);
    ids.push(...found.map(({ id }) => id));
    after = found.at(-1);
    if (after === undefined) break;
  }
  const all = await queue.pending([stream.id], 100);
  assert.equal(all.length, 5);
  assert.deepEqual(
    ids,
    all.map(({ id }) => id),
  );
});

test("one activity for many is read once", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people: Social = await social(db);
  const post = await people.post(people.bob);
  const addresses = Array.from({ length: 50 }, (_, index) => `https://p${String(index)}.example/`);
  await enqueueActivity(db, post.id, post.guid, { kind: "pod", addresses });
  const found = await contents(db, "pod");
  assert.equal(found.length, 50);
  assert.equal(new Set(found.map(({ activity }) => activity)).size, 1);
});

for (const tried of ["the message", "the pod", "nothing"] as const) {
  test(`what is withheld after ${tried} was tried ${tried === "nothing" ? "was never there" : "may be there: its end goes there too"}`, async () => {
    await using store = await testDatabase();
    const { db } = store;
    const people = await social(db);
    const { alice, bob } = people;
    const mailbox = { kind: "person", addresses: [`${POD} ${alice.guid}`] } as const;
    const post = await people.post(bob, {}, { to: [alice] });
    await enqueueActivity(db, post.id, post.guid, mailbox);
    if (tried === "the message") await db.raw("update deliveries set attempts = 2");
    if (tried === "the pod") await db.raw("update destinations set attempts = 2");
    await changeRelationship(db, bob.key, alice.key, { blocked: true });
    assert.deepEqual(await contents(db, "person"), []);
    assert.equal(await countRows(db, "deliveries"), 0);
    const holders = await holdersOf(db, post.id, "person");
    assert.deepEqual(holders, tried === "nothing" ? [] : mailbox.addresses);
    const expected = tried === "nothing" ? [] : [{ outcome: "refused", detail: WITHHELD }];
    assert.deepEqual(await db("ledger").select("outcome", "detail"), expected);
  });
}

test("what had arrived and is withheld the next time has arrived still", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const mailbox = { kind: "person", addresses: [`${POD} ${alice.guid}`] } as const;
  const post = await people.post(bob, {}, { to: [alice] });
  await enqueueActivity(db, post.id, post.guid, mailbox);
  await finishDeliveries(db, { delivered: await waiting(db, "person"), refused: [] }, true);
  await enqueueActivity(db, post.id, post.guid, mailbox);
  await db.raw("update deliveries set attempts = 1");
  await changeRelationship(db, bob.key, alice.key, { blocked: true });
  assert.deepEqual(await contents(db, "person"), []);
  assert.deepEqual(await db("ledger").pluck("outcome"), ["delivered"]);
});
