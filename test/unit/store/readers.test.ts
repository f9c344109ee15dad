import assert from "node:assert/strict";
import { test } from "node:test";
import type { PendingDelivery, Reader } from "../../../src/activitystreams/delivery.ts";
import type { Jid } from "../../../src/activitystreams/ids.ts";
import { entombActivity, setComments } from "../../../src/store/activities.ts";
import { rows, type Database } from "../../../src/store/database.ts";
import {
  deliveryProgress,
  enqueueForReaders,
  enqueueForThread,
} from "../../../src/store/deliveries.ts";
import { claimDestinations } from "../../../src/store/destinations.ts";
import { pendingDeliveries } from "../../../src/store/pending.ts";
import { closeLocal, type StoredLocal } from "../../../src/store/people.ts";
import { noteClient, setPreferences, type Preferences } from "../../../src/store/preferences.ts";
import { readersOf } from "../../../src/store/readers.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { addSubscription } from "../../../src/store/subscriptions.ts";
import { testDatabase } from "../../support/database.ts";
import { jid } from "../../support/fixtures.ts";
import { NODE, social, type Said } from "./social-support.ts";

interface Author {
  readonly key: string;
}

async function streamWorld(db: Database) {
  const people = await social(db);
  const subscribe = (
    who: { readonly jid: Jid },
    author: Author,
    by: "pubsub" | "presence",
    node = NODE,
  ) => addSubscription(db, author.key, node, who.jid, by);

  /** What waits for the streams, put there by this. */
  async function waiting(put: Promise<void>): Promise<PendingDelivery[]> {
    await put;
    const claimed = await claimDestinations(db, "stream", 1, 100);
    await db.raw("update destinations set lease_until = null");
    return await pendingDeliveries(
      db,
      claimed.map(({ id }) => id),
      100,
    );
  }

  const shown = (readers: readonly Reader[]): string[] =>
    readers.map(({ jid: who, forms }) => `${who.split("@")[0] ?? ""} ${forms.join("+")}`);

  async function last(put: Promise<void>): Promise<string[]> {
    const delivery = (await waiting(put)).at(-1);
    return delivery === undefined ? [] : shown(await readersOf(db, delivery, null, 100));
  }

  const news = (said: Said, author: Author, only: null | readonly StoredLocal[] = null) => ({
    activityId: said.id,
    rootGuid: said.guid,
    personKey: author.key,
    node: NODE,
    only: only?.map(({ guid }) => guid) ?? null,
  });
  const below = (said: Said, post: Said, author: Author) => ({
    activityId: said.id,
    rootGuid: post.guid,
    post: { guid: post.guid, authorKey: author.key, only: null },
  });

  return {
    ...people,
    subscribe,
    waiting,
    shown,
    news,
    below,
    /** Who gets a new post of this person. */
    postTo: (said: Said, author: Author, only?: readonly StoredLocal[]) =>
      last(enqueueForReaders(db, news(said, author, only))),
    /** Who gets what was said below a post. */
    replyTo: (said: Said, post: Said, author: Author) =>
      last(enqueueForThread(db, below(said, post, author))),
  };
}

const ways: readonly [
  reads: Preferences["reads"] | null,
  by: "pubsub" | "presence",
  asked: boolean,
  forms: string,
][] = [
  [null, "pubsub", false, "event"],
  [null, "presence", false, "chat"],
  [null, "presence", true, "event"],
  ["auto", "presence", false, "chat"],
  ["feed", "presence", false, "event"],
  ["chat", "pubsub", true, "chat"],
  ["both", "presence", false, "event+chat"],
];

for (const [reads, by, asked, forms] of ways) {
  const client = asked ? "a client that asks for the feed" : "no such client";
  test(`reads ${String(reads)}, subscribed by ${by}, with ${client}: ${forms}`, async () => {
    await using store = await testDatabase();
    const { db } = store;
    const world = await streamWorld(db);
    const { alice, bob } = world;
    await world.subscribe(bob, alice, by);
    await noteClient(db, bob.jid, asked);
    if (reads !== null) await setPreferences(db, bob.key, { reads });
    assert.deepEqual(await world.postTo(await world.post(alice), alice), [`bob ${forms}`]);
  });
}

test("a client that does not ask for the feed says nothing about one that did; long ago is never", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { alice, bob } = world;
  await world.subscribe(bob, alice, "presence");
  await noteClient(db, bob.jid, true);
  await noteClient(db, bob.jid, false);
  assert.deepEqual(await world.postTo(await world.post(alice), alice), ["bob event"]);
  await rows(db, "update people set feed_asked_at = feed_asked_at - interval '31 days'");
  assert.deepEqual(await world.postTo(await world.post(alice), alice), ["bob chat"]);
});

test("a stream goes to whoever reads it when it goes out, each once, registered or not", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { alice, carol, bob, eve } = world;
  const post = await world.post(alice);
  const [delivery] = await world.waiting(enqueueForReaders(db, world.news(post, alice)));
  assert.ok(delivery !== undefined);
  const readers = async () => world.shown(await readersOf(db, delivery, null, 100));
  assert.deepEqual(await readers(), []);
  await world.subscribe(bob, alice, "pubsub");
  await world.subscribe(bob, alice, "presence");
  await world.subscribe({ jid: jid("stranger@example.net") }, alice, "presence");
  await world.subscribe(eve, carol, "pubsub");
  await world.subscribe(eve, alice, "pubsub", "another node");
  assert.deepEqual(await readers(), ["bob event", "stranger chat"]);
  await closeLocal(db, bob);
  assert.deepEqual(await readers(), ["stranger chat"]);
});

test("readers come in pages, and a delivery goes on behind those who have it", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { alice } = world;
  const jids = Array.from({ length: 25 }, (_, index) => jid(`r${String(index + 10)}@example.net`));
  for (const one of jids) await world.subscribe({ jid: one }, alice, "pubsub");
  const put = enqueueForReaders(db, world.news(await world.post(alice), alice));
  const [delivery] = await world.waiting(put);
  assert.ok(delivery !== undefined);
  const found: Jid[] = [];
  for (let after: Jid | null = null; ; after = found.at(-1) ?? null) {
    const page = await readersOf(db, delivery, after, 10);
    found.push(...page.map((reader) => reader.jid));
    if (page.length < 10) break;
  }
  assert.deepEqual(found, jids);
  assert.equal(delivery.progress, null);
  await deliveryProgress(db, delivery, jids[9] ?? jid("x@example.net"));
  const [again] = await world.waiting(Promise.resolve());
  assert.equal(again?.progress, jids[9]);
});

for (const change of [{ blocked: true }, { blocking: true }]) {
  test(`pitfall 87: who was ${Object.keys(change).join()} since it was put there gets nothing`, async () => {
    await using store = await testDatabase();
    const { db } = store;
    const world = await streamWorld(db);
    const { alice, carol, bob, eve } = world;
    for (const who of [bob, eve]) {
      await world.subscribe(who, alice, "presence");
      await world.subscribe(who, alice, "pubsub", `${NODE}:comments/x`);
    }
    const post = await world.post(alice);
    const comment = await world.comment(carol, post);
    await enqueueForReaders(db, world.news(post, alice));
    const put = enqueueForThread(db, world.below(comment, post, alice));
    const waiting = await world.waiting(put);
    const readers = async () =>
      await Promise.all(waiting.map(async (one) => world.shown(await readersOf(db, one, null, 9))));
    const both = ["bob chat", "eve chat"];
    assert.deepEqual(await readers(), [both, both]);
    // The commenter only: the post itself is still for bob.
    await changeRelationship(db, bob.key, carol.key, change);
    assert.deepEqual(await readers(), [both, ["eve chat"]]);
    await changeRelationship(db, bob.key, carol.key, { blocked: false, blocking: false });
    await changeRelationship(db, bob.key, alice.key, change);
    assert.deepEqual(await readers(), [["eve chat"], ["eve chat"]]);
  });
}

test("a limited post goes to its audience only, and only to those who are named, though all read", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { alice, bob, eve } = world;
  for (const who of [bob, eve, { jid: jid("stranger@example.net") }]) {
    await world.subscribe(who, alice, "pubsub");
  }
  const limited = await world.post(alice, {}, { to: [bob] });
  assert.deepEqual(await world.postTo(limited, alice), ["bob event"]);
  assert.deepEqual(await world.postTo(limited, alice, [bob, eve]), ["bob event"]);
  assert.deepEqual(await world.postTo(limited, alice, [eve]), []);
  assert.deepEqual(await world.postTo(limited, alice, []), []);
  // It may be somebody else by now: nothing that is for some only, and all that is public.
  const open = await world.post(alice);
  await rows(db, "update people set doubted_at = now() where jid = ?", [bob.jid]);
  assert.deepEqual(await world.postTo(limited, alice), []);
  assert.deepEqual(await world.postTo(open, alice), ["bob event", "eve event", "stranger event"]);
  await rows(db, "update people set doubted_at = null where jid = ?", [bob.jid]);
  const comment = await world.comment(alice, limited);
  await world.subscribe(eve, alice, "pubsub", `${NODE}:comments/${limited.guid}`);
  for (const who of [bob, eve]) await setPreferences(db, who.key, { reads: "chat" });
  assert.deepEqual(await world.replyTo(comment, limited, alice), ["bob chat"]);
  await entombActivity(db, limited.id);
  const gone = await world.retract(alice, limited);
  assert.deepEqual(await world.postTo(gone, alice), ["bob chat"], "who could see it hears of it");
});

test("another reader of the same limited post does not lose it to one who still waits", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { alice, bob, eve } = world;
  for (const who of [bob, eve]) await world.subscribe(who, alice, "pubsub");
  const limited = await world.post(alice, {}, { to: [bob, eve] });
  await enqueueForReaders(db, world.news(limited, alice, [bob]));
  assert.deepEqual(await world.postTo(limited, alice, [eve]), ["eve event"]);
});

test("public posts of a person have one scope, everything else its own", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { alice, bob } = world;
  const [one, two] = [await world.post(alice), await world.post(alice)];
  const limited = await world.post(alice, {}, { to: [bob] });
  const comment = await world.comment(bob, one);
  for (const post of [one, two, limited]) await enqueueForReaders(db, world.news(post, alice));
  const put = enqueueForThread(db, world.below(comment, one, alice));
  const scopes = (await world.waiting(put)).map(({ scope }) => scope);
  assert.equal(scopes.length, 4);
  assert.equal(scopes[0], scopes[1]);
  assert.equal(new Set(scopes).size, 3);
});

test("comments: an event for who subscribed to their node, a message for who reads in chats, none to who wrote", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { alice, carol, bob, eve } = world;
  const [node, mine, none] = [
    await world.local("node"),
    await world.local("mine"),
    await world.local("none"),
  ];
  const post = await world.post(alice);
  const commentsNode = `${NODE}:comments/${post.guid}`;
  await world.subscribe(node, alice, "pubsub", commentsNode);
  await world.subscribe(eve, alice, "pubsub");
  for (const who of [bob, mine, none]) await world.subscribe(who, alice, "presence");
  await setPreferences(db, mine.key, { comments: "mine" });
  await setPreferences(db, none.key, { comments: "none" });
  const comment = await world.comment(carol, post);
  assert.deepEqual(await world.replyTo(comment, post, alice), ["bob chat", "node event"]);
  await world.comment(mine, post);
  const all = ["bob chat", "mine chat", "node event"];
  assert.deepEqual(await world.replyTo(comment, post, alice), all);
  const own = await world.comment(bob, post);
  assert.deepEqual(await world.replyTo(own, post, alice), ["mine chat", "node event"]);
  // Both ways at once.
  await world.subscribe(bob, alice, "pubsub", commentsNode);
  const another = await world.comment(carol, post);
  assert.deepEqual(await world.replyTo(another, post, alice), [
    "bob event+chat",
    "mine chat",
    "node event",
  ]);
  const gone = await world.retract(carol, comment);
  assert.deepEqual((await world.replyTo(gone, post, alice)).length, 3);
});

test("likes are for the comments node and the post's author, not for everybody's chat", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { carol, bob, eve } = world;
  const post = await world.post(bob);
  await world.subscribe(eve, bob, "presence");
  await world.subscribe(eve, bob, "pubsub", `${NODE}:comments/${post.guid}`);
  const like = await world.like(carol, post);
  assert.deepEqual(await world.replyTo(like, post, bob), ["bob chat", "eve event"]);
});

const authors: readonly [
  what: string,
  reads: boolean,
  change: (w: AuthorWorld) => Promise<void>,
][] = [
  ["who does nothing else", true, () => Promise.resolve()],
  [
    "who reads in chats though there is a comments node",
    true,
    async ({ db, bob, at }) => {
      await at();
      await setPreferences(db, bob.key, { reads: "chat" });
    },
  ],
  ["whose client keeps the comments itself", false, ({ at }) => at()],
  ["whose client asks for the feed", false, ({ db, bob }) => noteClient(db, bob.jid, true)],
  ["who subscribes by pubsub to somebody", false, ({ follow }) => follow()],
  [
    "who wants no comments",
    false,
    ({ db, bob }) => setPreferences(db, bob.key, { comments: "none" }),
  ],
  ["who has blocked the commenter", false, ({ block }) => block()],
  ["who has left", false, ({ db, bob }) => closeLocal(db, bob)],
];

interface AuthorWorld {
  readonly db: Database;
  readonly bob: StoredLocal;
  at(): Promise<void>;
  follow(): Promise<void>;
  block(): Promise<void>;
}

for (const [what, reads, change] of authors) {
  test(`a comment below a local post ${reads ? "reaches" : "does not reach"} an author ${what}`, async () => {
    await using store = await testDatabase();
    const { db } = store;
    const world = await streamWorld(db);
    const { alice, carol, bob } = world;
    const post = await world.post(bob);
    await change({
      db,
      bob,
      at: () => setComments(db, post.guid, { service: "comments.example.org", node: "c" }),
      follow: () => world.subscribe(bob, alice, "pubsub"),
      block: async () => {
        await changeRelationship(db, bob.key, carol.key, { blocked: true });
      },
    });
    const comment = await world.comment(carol, post);
    assert.deepEqual(await world.replyTo(comment, post, bob), reads ? ["bob chat"] : []);
    const own = await world.comment(bob, post);
    assert.deepEqual(await world.replyTo(own, post, bob), []);
  });
}

test("the author of a limited post of this side reads the comments below it, strangers do not", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const world = await streamWorld(db);
  const { carol, bob, eve } = world;
  const post = await world.post(bob, {}, { to: [carol] });
  await world.subscribe(eve, bob, "presence");
  await world.subscribe(eve, bob, "pubsub", `${NODE}:comments/${post.guid}`);
  const comment = await world.comment(carol, post);
  assert.deepEqual(await world.replyTo(comment, post, bob), ["bob chat"]);
});
