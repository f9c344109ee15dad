import assert from "node:assert/strict";
import { test } from "node:test";
import type { Note, PostActivity } from "../../../src/activitystreams/activity.ts";
import { entombActivity, insertActivity } from "../../../src/store/activities.ts";
import { rows, type Database } from "../../../src/store/database.ts";
import { closeLocal, insertLocal, rememberRemote } from "../../../src/store/people.ts";
import {
  commentFacts,
  newestPublicPosts,
  postFacts,
  publicPost,
  type PostKey,
} from "../../../src/store/posts.ts";
import { createVault } from "../../../src/store/vault.ts";
import * as base from "../../../migrations/20261121-base.ts";
import * as fetching from "../../../migrations/20261122-fetch.ts";
import { bareDatabase, testDatabase } from "../../support/database.ts";
import { guidNumber, localPerson, remotePerson, remotePost } from "../../support/fixtures.ts";
import { social } from "./social-support.ts";

const vault = createVault("a key for tests");
const QUESTION = guidNumber(0x9);

async function world(db: Database) {
  const bob = await insertLocal(db, vault, localPerson());
  const alice = await rememberRemote(db, remotePerson());
  const put = async (
    number: number,
    author: { readonly key: string },
    object: Partial<Note> = {},
    changes: Partial<PostActivity> = {},
  ): Promise<string> => {
    const guid = guidNumber(number);
    const activity = remotePost({ ...object, guid }, changes);
    const id = await insertActivity(db, guid, author.key, activity);
    assert.ok(id !== null);
    return id;
  };
  return { bob, alice, put };
}

const poll = (guid: Note["guid"]): Partial<Note> => ({
  question: {
    guid,
    question: "?",
    answers: [
      { guid: guidNumber(0xa), text: "yes" },
      { guid: guidNumber(0xb), text: "no" },
    ],
  },
});

test("a public post of an open account is served, with its author as strangers may see them", async () => {
  await using store = await testDatabase();
  const { bob, alice, put } = await world(store.db);
  await put(1, bob);
  await put(2, alice);
  const own = await publicPost(store.db, "post", guidNumber(1));
  assert.ok(own?.activity.object.type === "note" && "jid" in own.author);
  assert.equal(own.activity.object.guid, guidNumber(1));
  const shown = ["diasporaId", "guid", "jid", "name", "publicKeyPem"];
  assert.deepEqual(Object.keys(own.author).sort(), shown);
  const other = await publicPost(store.db, "post", guidNumber(2));
  assert.ok(other !== null && "podUrl" in other.author);
  assert.equal(other.author.podUrl, alice.podUrl);
});

test("limited, deleted, unknown, and of a closed account: not served, and what is known is known", async () => {
  await using store = await testDatabase();
  const { bob, alice, put } = await world(store.db);
  const author = alice.diasporaId;
  await put(1, alice, {}, { audience: "limited" });
  await entombActivity(store.db, await put(2, alice));
  await put(3, bob);
  await closeLocal(store.db, bob);
  const expected = new Map<number, unknown>([
    [1, { author, local: false, public: false, gone: false }],
    [2, { author, local: false, public: true, gone: true }],
    [3, { author: bob.diasporaId, local: true, public: true, gone: true }],
    [4, null],
  ]);
  for (const [number, facts] of expected) {
    assert.equal(await publicPost(store.db, "post", guidNumber(number)), null);
    assert.deepEqual(await postFacts(store.db, "post", guidNumber(number)), facts);
  }
});

test("the GUID of a retraction is no post", async () => {
  await using store = await testDatabase();
  const { alice } = await world(store.db);
  await insertActivity(store.db, guidNumber(5), alice.key, {
    verb: "delete",
    actor: { network: "diaspora", id: alice.diasporaId },
    object: { type: "tombstone", guid: guidNumber(1), targetType: "Post" },
    audience: "public",
    published: new Date(),
  });
  assert.equal(await publicPost(store.db, "post", guidNumber(5)), null);
  assert.equal(await postFacts(store.db, "post", guidNumber(5)), null);
});

test("a poll is found by its own GUID, in the post that came first with it", async () => {
  await using store = await testDatabase();
  const { bob, alice, put } = await world(store.db);
  await put(1, bob, poll(QUESTION));
  await put(2, alice, poll(QUESTION));
  const found = await publicPost(store.db, "question", QUESTION);
  assert.ok(found?.activity.object.type === "note");
  assert.equal(found.activity.object.guid, guidNumber(1));
  assert.equal((await postFacts(store.db, "question", QUESTION))?.author, bob.diasporaId);
  for (const key of ["post", "event"] as const) {
    assert.equal(await publicPost(store.db, key, QUESTION), null);
  }
  assert.equal(await publicPost(store.db, "question", guidNumber(1)), null);
});

test("each of these questions has an index", async () => {
  await using store = await testDatabase();
  const { bob, put } = await world(store.db);
  await put(1, bob, poll(QUESTION));
  const plans: Record<PostKey, string> = {
    post: "guid = 'x'",
    question: "object->'question'->>'guid' = 'x'",
    event: "object->'event'->>'guid' = 'x'",
  };
  for (const where of Object.values(plans)) {
    const plan = await store.db.transaction(async (tx) => {
      await rows(tx, "set local enable_seqscan = off");
      return await rows(tx, `explain select id from activities where ${where}`);
    });
    assert.match(JSON.stringify(plan), /activities_(?:guid_key|question|event)/);
  }
});

test("the indexes can be undone and done again", async () => {
  await using store = await bareDatabase();
  await base.up(store.db);
  const indexes = (): Promise<unknown[]> =>
    rows(store.db, "select indexname from pg_indexes where tablename = 'activities'");
  const before = await indexes();
  await fetching.up(store.db);
  assert.equal((await indexes()).length, before.length + 2);
  await fetching.down(store.db);
  assert.deepEqual(await indexes(), before);
  await fetching.up(store.db);
});

test("a stream is a local person's newest public posts, newest first, as many as asked for", async () => {
  await using store = await testDatabase();
  const { bob, alice, put } = await world(store.db);
  const at = (day: number): Partial<PostActivity> => ({ published: new Date(2026, 0, day) });
  await put(1, bob, {}, at(1));
  await put(3, bob, {}, at(3));
  await put(2, bob, {}, at(2));
  await put(4, bob, {}, { ...at(4), audience: "limited" });
  await entombActivity(store.db, await put(5, bob, {}, at(5)));
  await put(6, alice, {}, at(6));
  const stream = (who: typeof bob.guid, limit: number) => newestPublicPosts(store.db, who, limit);
  assert.deepEqual(await stream(bob.guid, 9), [3, 2, 1].map(guidNumber));
  assert.deepEqual(await stream(bob.guid, 2), [3, 2].map(guidNumber));
  assert.deepEqual(await stream(alice.guid, 9), [], "who lives elsewhere is asked for there");
  await closeLocal(store.db, bob);
  assert.deepEqual(await stream(bob.guid, 9), []);
});

test("a comment is no post; what is known of it is known with its post", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const post = await people.post(bob, {}, { to: [alice] });
  const comment = await people.comment(alice, post);
  const like = await people.like(bob, comment, post);
  assert.equal(await postFacts(db, "post", comment.guid), null);
  assert.equal(await publicPost(db, "post", (await people.comment(bob, post)).guid), null);
  const facts = {
    author: alice.diasporaId,
    local: false,
    public: false,
    gone: false,
    post: { author: bob.diasporaId, local: true, public: false, gone: false },
  };
  assert.deepEqual(await commentFacts(db, comment.guid), facts);
  for (const { guid } of [post, like]) assert.equal(await commentFacts(db, guid), null);
  await entombActivity(db, comment.id);
  assert.deepEqual(await commentFacts(db, comment.guid), { ...facts, gone: true });
});

test("what a local person passed on is a post of theirs", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const share = await people.share(people.bob, await people.post(people.alice), people.alice);
  assert.deepEqual(await newestPublicPosts(db, people.bob.guid, 9), [share.guid]);
  assert.deepEqual((await publicPost(db, "post", share.guid))?.activity, share.activity);
});
