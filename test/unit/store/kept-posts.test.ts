/** What is kept of a page must never be seen: it is compared with what is read anew. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isAbout } from "../../../src/activitystreams/activity.ts";
import type { Page, SeenPost } from "../../../src/activitystreams/stream.ts";
import { changeActivity, entombActivity, narrowAudience } from "../../../src/store/activities.ts";
import { openDatabase, type Database } from "../../../src/store/database.ts";
import { createKeptPosts } from "../../../src/store/kept-posts.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { streamPage } from "../../../src/store/streams.ts";
import { testDatabase } from "../../support/database.ts";
import { social, type Said, type Social } from "./social-support.ts";

const QUERY = { max: 20, order: "creation", counted: false } as const;

/** What a reader is shown of it. */
function shown({ items }: Page<SeenPost>): unknown[] {
  return items.map(({ activity, itemId, comments, root }) => {
    return { activity, itemId, comments: comments ?? 0, root: root?.activity ?? null };
  });
}

interface World {
  readonly people: Social;
  /** Of somebody on a pod; another; a share of Carol's; one that only Bob may see. */
  readonly post: Said;
  readonly other: Said;
  readonly root: Said;
  readonly limited: Said;
}

async function changeWords(db: Database, said: Said, markdown: string): Promise<void> {
  const { activity } = said;
  assert.ok(isAbout(activity, "note"));
  await changeActivity(db, said.id, { ...activity, object: { ...activity.object, markdown } });
}

/** Each is made on connections of its own, as another process would. */
const CHANGES: Readonly<Record<string, (db: Database, world: World) => Promise<unknown>>> = {
  "an edit without a time of its own": (db, { post }) => changeWords(db, post, "Other words"),
  "a second edit in one transaction": (db, { post }) =>
    db.transaction(async (tx) => {
      await tx.raw("select 1");
      await changeWords(tx, post, "Draft");
      await changeWords(tx, post, "Final");
    }),
  "a retraction": (db, { post }) => entombActivity(db, post.id),
  "a new post": (_, { people }) => people.post(people.alice),
  "a comment": (_, { people, post }) => people.comment(people.bob, post),
  "a comment, taken back": async (db, { people, other }) => {
    const { id } = await people.comment(people.bob, other);
    await entombActivity(db, id);
  },
  "an edit of what is passed on": (db, { root }) => changeWords(db, root, "Carol's other words"),
  "a retraction of what is passed on": (db, { root }) => entombActivity(db, root.id),
  "what is passed on has an author who left": (db, { people }) =>
    db.raw("update people set closed_at = now() where id = ?", [people.carol.key]),
  "a new name of whose post is passed on": (db, { people }) =>
    db.raw("update people set name = 'Caroline' where id = ?", [people.carol.key]),
  "a block by the reader": (db, { people }) =>
    changeRelationship(db, people.bob.key, people.alice.key, { blocked: true }),
  "a block of whose post is passed on": (db, { people }) =>
    changeRelationship(db, people.bob.key, people.carol.key, { blocked: true }),
  "a reader who is no longer in the audience": (db, { limited }) =>
    narrowAudience(db, limited.id, []),
  "a post that becomes limited": (db, { post }) =>
    db.raw("update activities set audience = 'limited' where id = ?", [post.id]),
  "a suspended author": (db, { people }) =>
    db.raw("update people set standing = 'suspend' where id = ?", [people.alice.key]),
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`what is kept shows ${name}, made by another process, at once and to each reader`, async () => {
    await using store = await testDatabase();
    const people = await social(store.db);
    const { alice, bob, carol, eve } = people;
    const root = await people.post(carol);
    const world: World = {
      people,
      root,
      post: await people.post(alice),
      other: await people.post(alice),
      limited: await people.post(alice, {}, { to: [bob] }),
    };
    await people.share(alice, root, carol);
    const kept = createKeptPosts();
    const readers = [null, bob, eve];
    const page = (readerKey: string | null, known = kept): Promise<Page<SeenPost>> =>
      streamPage(store.db, { ...QUERY, authorKey: alice.key, author: alice, readerKey }, known);
    const anew = (readerKey: string | null): Promise<Page<SeenPost>> =>
      streamPage(store.db, { ...QUERY, authorKey: alice.key, readerKey });
    for (let twice = 0; twice < 2; twice += 1) {
      for (const reader of readers) await page(reader?.key ?? null);
    }
    const before = shown(await page(bob.key));
    const elsewhere = openDatabase({ url: store.url, poolSize: 1 });
    try {
      await change(elsewhere, world);
    } finally {
      await elsewhere.destroy();
    }
    for (const reader of readers) {
      const key = reader?.key ?? null;
      assert.deepEqual(shown(await page(key)), shown(await anew(key)));
    }
    if (name === "a comment, taken back") assert.deepEqual(shown(await page(bob.key)), before);
    else assert.notDeepEqual(shown(await page(bob.key)), before);
  });
}

test("what a reader may not see is not shown because somebody else was shown it", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice, bob, eve } = people;
  const open = await people.post(alice);
  const limited = await people.post(alice, {}, { to: [bob] });
  const kept = createKeptPosts();
  const names = async (reader: { readonly key: string } | null): Promise<string[]> => {
    const who = { authorKey: alice.key, author: alice, readerKey: reader?.key ?? null };
    return (await streamPage(store.db, { ...QUERY, ...who }, kept)).items.map((one) => one.itemId);
  };
  assert.deepEqual(await names(bob), [limited.guid, open.guid]);
  assert.deepEqual(await names(eve), [open.guid]);
  assert.deepEqual(await names(null), [open.guid]);
});

test("the same post is the same object as long as nothing of it changes", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice } = people;
  const post = await people.post(alice);
  const kept = createKeptPosts();
  const read = async (author = alice): Promise<SeenPost | undefined> => {
    const who = { authorKey: alice.key, author, readerKey: null };
    return (await streamPage(store.db, { ...QUERY, ...who }, kept)).items[0];
  };
  const first = await read();
  assert.equal(await read(), first);
  assert.equal(await read({ ...alice }), first);
  assert.equal((await read({ ...alice, name: "Alice B." }))?.author.name, "Alice B.");
  await people.comment(people.bob, post);
  assert.equal((await read({ ...alice, name: "Alice B." }))?.comments, 1);
});

test("what is kept is bounded: the post that was shown least lately goes first", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice } = people;
  for (let each = 0; each < 4; each += 1) await people.post(alice);
  const kept = createKeptPosts(3_000);
  const who = { authorKey: alice.key, author: alice, readerKey: null };
  const read = async (): Promise<readonly SeenPost[]> =>
    (await streamPage(store.db, { ...QUERY, ...who }, kept)).items;
  const first = await read();
  const second = await read();
  assert.deepEqual(second, first);
  assert.ok(second.filter((one) => first.includes(one)).length < 4);
});
