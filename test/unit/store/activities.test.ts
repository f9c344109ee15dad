import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Activity, Note } from "../../../src/activitystreams/activity.ts";
import { isDxError } from "../../../src/errors/error.ts";
import {
  changeActivity,
  commentsOf,
  entombActivity,
  entombBelow,
  insertActivity,
  setComments,
} from "../../../src/store/activities.ts";
import type { Database } from "../../../src/store/database.ts";
import {
  findActivity,
  findPostWith,
  findReply,
  isAnswered,
  ownAbout,
} from "../../../src/store/known.ts";
import { testDatabase } from "../../support/database.ts";
import { guidNumber, note, remotePost } from "../../support/fixtures.ts";
import { activities, CANONICAL } from "../salmon/arbitrary-activities.ts";
import { actorOf, social, type Said } from "./social-support.ts";

async function stored(db: Database, guid = guidNumber(1)): Promise<Activity | null> {
  return (await findActivity(db, guid))?.activity ?? null;
}

test("the same GUID is stored once, whoever comes second", async () => {
  await using store = await testDatabase();
  const { alice, bob } = await social(store.db);
  const guid = guidNumber(1);
  const attempts = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      insertActivity(store.db, guid, index % 2 === 0 ? alice.key : bob.key, remotePost({ guid })),
    ),
  );
  assert.equal(attempts.filter((id) => id !== null).length, 1);
});

const WHOLE: Note = {
  ...note({ guid: guidNumber(1) }),
  markdown: 'Übung ☃ 😀 "quoted" \\ back\nline\u00a0\u2028 \ufffd',
  tags: ["übung", "日本"],
  photos: [
    { guid: guidNumber(8), url: "https://pod.example/a.png", text: "A", width: 3, height: 4 },
    { guid: guidNumber(9), url: "https://pod.example/b.png" },
  ],
  location: { address: "Berlin", latitude: "52.5", longitude: "13.4" },
  question: {
    guid: guidNumber(10),
    question: "2026-01-01T00:00:00.000Z",
    answers: [
      { guid: guidNumber(11), text: "yes" },
      { guid: guidNumber(12), text: "no" },
    ],
  },
  event: {
    type: "event",
    guid: guidNumber(13),
    summary: "2026-06-01T16:00:00.000Z",
    start: new Date("2026-06-01T16:00:00Z"),
    end: new Date("2026-06-01T20:30:00Z"),
    allDay: false,
    edited: new Date("2026-02-03T04:05:06Z"),
  },
  edited: new Date("2026-02-03T04:05:06.789Z"),
};

test("a post with everything in it comes out as it went in, and what looks like a time stays text", async () => {
  await using store = await testDatabase();
  const { alice } = await social(store.db);
  const activity = remotePost(WHOLE, { actor: actorOf(alice) });
  await insertActivity(store.db, guidNumber(1), alice.key, activity);
  assert.deepEqual(await stored(store.db), activity);
});

for (const [kind, arbitrary] of Object.entries(activities(CANONICAL))) {
  test(`${kind}: comes out as it went in`, async () => {
    await using store = await testDatabase();
    const { alice } = await social(store.db);
    let guids = 0;
    await fc.assert(
      fc.asyncProperty(arbitrary, async (activity) => {
        const guid = guidNumber((guids += 1));
        const expected = structuredClone({ ...activity, actor: actorOf(alice) });
        await insertActivity(store.db, guid, alice.key, activity);
        assert.deepEqual(await stored(store.db, guid), expected);
      }),
      { numRuns: 10 },
    );
  });
}

const spoilt: readonly [what: string, sql: string][] = [
  ["a GUID that is none", `update activities set object = '{"type":"note","guid":"no"}'`],
  ["a verb that does not fit its type", "update activities set verb = 'like'"],
  ["another type than its object's", "update activities set type = 'comment'"],
  ["an object that is none", "update activities set object = '[]'"],
  ["a type that nobody knows", `update activities set type = 'x', object = '{"type":"x"}'`],
];

for (const [what, sql] of spoilt) {
  test(`a row with ${what} is not believed`, async () => {
    await using store = await testDatabase();
    const { alice } = await social(store.db);
    await insertActivity(store.db, guidNumber(1), alice.key, remotePost());
    await store.db.raw(sql);
    await assert.rejects(stored(store.db), (error) => isDxError(error, "DX_INTERNAL"));
  });
}

test("what is known of a GUID: whose it is, where it belongs, how its author calls it", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice, bob } = people;
  const post = await people.post(alice);
  const comment = await people.comment(bob, post, { facts: { itemId: "mine" } });
  const known = await findActivity(store.db, comment.guid);
  assert.deepEqual(known, {
    id: comment.id,
    guid: comment.guid,
    authorKey: bob.key,
    author: {
      jid: bob.jid,
      diasporaId: bob.diasporaId,
      guid: bob.guid,
      publicKeyPem: bob.publicKeyPem,
      name: bob.name,
    },
    audience: "public",
    deleted: false,
    suspended: false,
    activity: comment.activity,
    rootGuid: post.guid,
    itemId: "mine",
  });
  assert.equal((await findActivity(store.db, post.guid))?.itemId, post.guid);
  assert.equal(await findActivity(store.db, guidNumber(1)), null);
});

test("other words under the same GUID; a deleted post gets none, and a comment does not become a post", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const post = await people.post(people.alice);
  const edited = new Date("2026-03-01T00:00:00Z");
  const changed = {
    ...post.activity,
    verb: "update",
    object: { ...post.activity.object, markdown: "Better", edited },
  } as const;
  await changeActivity(store.db, post.id, changed);
  assert.deepEqual(await stored(store.db, post.guid), changed);
  const comment = await people.comment(people.bob, post);
  await changeActivity(store.db, comment.id, changed);
  assert.deepEqual(await stored(store.db, comment.guid), comment.activity);
  await entombActivity(store.db, post.id);
  await changeActivity(store.db, post.id, changed);
  assert.equal(await stored(store.db, post.guid), null);
});

test("what was deleted keeps its GUID, and its words are out of the database", async () => {
  await using store = await testDatabase();
  const { alice } = await social(store.db);
  const guid = guidNumber(1);
  const facts = { relay: "<comment>regretted</comment>" };
  const post = remotePost({ guid, markdown: "regretted" });
  const id = await insertActivity(store.db, guid, alice.key, post, facts);
  assert.ok(id !== null);
  await entombActivity(store.db, id);
  const known = await findActivity(store.db, guid);
  assert.deepEqual([known?.deleted, known?.activity], [true, null]);
  assert.equal(await insertActivity(store.db, guid, alice.key, remotePost({ guid })), null);
  const dump = JSON.stringify(await store.db("activities").select("*"));
  assert.equal(dump.includes("regretted"), false);
});

test("what was said below a post goes with it, and nothing else; who was told so still is", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const [post, other] = [await people.post(people.alice), await people.post(people.alice)];
  const comment = await people.comment(people.bob, post);
  const like = await people.like(people.eve, comment, post);
  const beside = await people.comment(people.bob, other);
  const gone = await people.retract(people.bob, comment, { facts: { rootGuid: post.guid } });
  await entombBelow(store.db, post.guid);
  const left = await store.db("activities").whereNull("deleted_at").orderBy("id").pluck("guid");
  assert.deepEqual(
    left,
    [post, other, beside, gone].map(({ guid }) => guid),
  );
  assert.equal((await findActivity(store.db, like.guid))?.deleted, true);
});

test("what somebody said about it is found until it is taken back; then they may say it anew", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const post = await people.post(people.alice);
  const own = () => ownAbout(store.db, people.bob.key, post.guid, "opinion");
  assert.equal(await own(), null);
  await people.like(people.eve, post);
  await people.comment(people.bob, post);
  assert.equal(await own(), null);
  const first = await people.like(people.bob, post);
  assert.equal((await own())?.guid, first.guid);
  await entombActivity(store.db, first.id);
  assert.equal(await own(), null);
  const second = await people.like(people.bob, post);
  assert.equal((await own())?.guid, second.guid);
});

async function named(db: Database, post: Said, name: string): Promise<string | null> {
  return (await findReply(db, post.guid, name))?.guid ?? null;
}

test("pitfall 25: whoever comes second with the name of an item in a node does not get it", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const [post, other] = [await people.post(people.alice), await people.post(people.alice)];
  const first = await people.comment(people.bob, post, { facts: { itemId: "first" } });
  const facts = { aboveGuid: post.guid, rootGuid: post.guid, itemId: "first" };
  const { activity } = first;
  assert.equal(
    await insertActivity(store.db, people.fresh(), people.eve.key, activity, facts),
    null,
  );
  assert.equal(await named(store.db, post, "first"), first.guid);
  // In another node it is another item; a name says nothing about who may take it there.
  const beside = await people.comment(people.eve, other, { facts: { itemId: "first" } });
  assert.equal(await named(store.db, other, "first"), beside.guid);
  // Nor is it free again when it was taken back: a late copy finds its tombstone.
  await entombActivity(store.db, first.id);
  assert.equal(
    await insertActivity(store.db, people.fresh(), people.eve.key, activity, facts),
    null,
  );
  assert.equal((await findReply(store.db, post.guid, "first"))?.deleted, true);
});

test("nobody keeps a comment of the federation out by naming an item after its GUID", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const post = await people.post(people.alice);
  const coming = people.fresh();
  const squat = await people.comment(people.eve, post, { facts: { itemId: coming } });
  const facts = { aboveGuid: post.guid, rootGuid: post.guid };
  const made = await insertActivity(store.db, coming, people.carol.key, squat.activity, facts);
  assert.notEqual(made, null);
});

test("an item is found by the name that its client gave it, or by its GUID", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const post = await people.post(people.alice);
  const comment = await people.comment(people.bob, post, { facts: { itemId: "mine" } });
  const plain = await people.comment(people.carol, post);
  assert.equal(await named(store.db, post, "mine"), comment.guid);
  assert.equal(await named(store.db, post, plain.guid), plain.guid);
  assert.equal(await named(store.db, post, comment.guid), null);
  assert.equal(await named(store.db, post, post.guid), null);
});

test("a post is answered by what is said about it and is there still", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  for (const what of ["comment", "like"] as const) {
    const post = await people.post(people.alice);
    assert.equal(await isAnswered(store.db, post.guid), false);
    const answer = await people[what](people.bob, post);
    assert.equal(await isAnswered(store.db, post.guid), true);
    await entombActivity(store.db, answer.id);
    assert.equal(await isAnswered(store.db, post.guid), false);
  }
});

test("a question names the post that holds it", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const post = await people.post(people.alice, WHOLE);
  const question = await findPostWith(store.db, "question", guidNumber(10));
  assert.equal(question?.guid, post.guid);
  const event = await findPostWith(store.db, "event", guidNumber(13));
  assert.equal(event?.guid, post.guid);
  assert.equal(await findPostWith(store.db, "event", guidNumber(10)), null);
});

test("where a post's comments are kept is known until somebody says otherwise, or it is deleted", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const post = await people.post(people.bob);
  const at = { service: "comments.example.org", node: "urn:xmpp:microblog:0:comments/x" };
  assert.equal(await commentsOf(store.db, post.guid), null);
  await setComments(store.db, post.guid, at);
  assert.deepEqual(await commentsOf(store.db, post.guid), at);
  await setComments(store.db, post.guid, null);
  assert.equal(await commentsOf(store.db, post.guid), null);
  await setComments(store.db, post.guid, at);
  await entombActivity(store.db, post.id);
  assert.equal(await commentsOf(store.db, post.guid), null);
});
