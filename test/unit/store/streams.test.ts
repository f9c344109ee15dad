import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Page, PageQuery, Seen } from "../../../src/activitystreams/stream.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { changeActivity, entombActivity, setComments } from "../../../src/store/activities.ts";
import { rows, type Database } from "../../../src/store/database.ts";
import { closeLocal } from "../../../src/store/people.ts";
import { changeRelationship } from "../../../src/store/relationships.ts";
import { attachmentsOf, streamPage, threadPage } from "../../../src/store/streams.ts";
import { testDatabase } from "../../support/database.ts";
import { social, type Said } from "./social-support.ts";

type Person = { readonly key: string };
const ALL = { max: 50, order: "creation" } as const;

function namesOf(page: Page<Seen>): string[] {
  return page.items.map(({ itemId }) => itemId);
}

const guids = (...said: readonly Said[]): string[] => said.map(({ guid }) => guid);

function page(
  db: Database,
  author: Person,
  reader: Person | null,
  query: Partial<PageQuery> = {},
): Promise<Page<Seen>> {
  const who = { authorKey: author.key, readerKey: reader?.key ?? null };
  return streamPage(db, { ...ALL, ...who, ...query });
}

async function thread(db: Database, post: Said, reader: Person | null): Promise<string[] | null> {
  const who = { postGuid: post.guid, readerKey: reader?.key ?? null };
  const found = await threadPage(db, { ...ALL, ...who });
  return found === null ? null : namesOf(found.page);
}

test("a stream holds posts and shares, newest first, by their own time and then by arrival", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice, carol } = people;
  const root = await people.post(carol);
  const at = (day: string) => ({ at: new Date(day) });
  const second = await people.post(alice, {}, at("2026-01-02"));
  const third = await people.post(alice, {}, at("2026-01-03"));
  const first = await people.share(alice, root, carol, at("2026-01-01"));
  const fourth = await people.post(alice, {}, at("2026-01-03"));
  await people.comment(alice, root, at("2026-01-04"));
  const all = await page(store.db, alice, null);
  assert.deepEqual(namesOf(all), guids(fourth, third, second, first));
  assert.deepEqual([all.index, all.count], [0, 4]);
  const share = all.items.at(-1);
  assert.deepEqual(share?.activity, first.activity);
  const { root: shared } = share;
  assert.deepEqual([shared?.activity, shared?.author.guid], [root.activity, carol.guid]);
  assert.deepEqual(namesOf(await page(store.db, alice, null, { max: 1 })), guids(fourth));
});

test("what was passed on is shown only while everybody may see it", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice, carol, bob } = people;
  const limited = await people.post(carol, {}, { to: [bob] });
  const gone = await people.post(carol);
  const of = [limited, gone, { ...gone, guid: people.fresh() }];
  for (const root of of) await people.share(alice, root, carol);
  await entombActivity(store.db, gone.id);
  const { items } = await page(store.db, alice, bob);
  assert.deepEqual(
    items.map(({ root }) => root),
    [null, null, null],
  );
});

test("pages: whatever way they are turned, they are the same stream", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  // Many at one moment: the order must not depend on the page.
  for (let each = 0; each < 23; each += 1) {
    await people.post(people.alice, {}, { at: new Date(2026, 0, 1 + Math.floor(each / 5)) });
  }
  const whole = namesOf(await page(store.db, people.alice, null));
  assert.equal(whole.length, 23);
  const turn = (query: Partial<PageQuery>) => page(store.db, people.alice, null, query);
  const forwards = async (max: number): Promise<string[]> => {
    const names: string[] = [];
    for (let found = await turn({ max }); found.items.length > 0;) {
      assert.deepEqual([found.index, found.count], [names.length, 23]);
      names.push(...namesOf(found));
      found = await turn({ max, after: names.at(-1) ?? "" });
    }
    return names;
  };
  const backwards = async (max: number): Promise<string[]> => {
    const names: string[] = [];
    for (let found = await turn({ max, before: null }); found.items.length > 0;) {
      names.unshift(...namesOf(found));
      assert.deepEqual([found.index, found.count], [23 - names.length, 23]);
      found = await turn({ max, before: names[0] ?? "" });
    }
    return names;
  };
  const numbered = async (max: number): Promise<string[]> => {
    const names: string[] = [];
    for (let index = 0; index < 23; index += max) {
      const found = await turn({ max, index });
      assert.equal(found.index, index);
      names.push(...namesOf(found));
    }
    return names;
  };
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (max) => {
      for (const way of [forwards, backwards, numbered]) assert.deepEqual(await way(max), whole);
    }),
    { numRuns: 12 },
  );
});

test("how many there are can be asked for alone, and left out", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const post = await people.post(people.alice);
  const none = await page(store.db, people.alice, null, { max: 0 });
  assert.deepEqual(none, { items: [], index: 0, count: 1 });
  const uncounted = await page(store.db, people.alice, null, { counted: false });
  assert.deepEqual([namesOf(uncounted), uncounted.count], [guids(post), 0]);
  const beyond = await page(store.db, people.alice, null, { index: 7 });
  assert.deepEqual([beyond.items, beyond.index, beyond.count], [[], 0, 1]);
});

test("who stopped at an item that is gone by now goes on from there; nobody begins at an item of another", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { alice, carol, bob, eve } = people;
  const [old, gone, newest] = [
    await people.post(alice),
    await people.post(alice),
    await people.post(alice),
  ];
  await entombActivity(store.db, gone.id);
  const older = await page(store.db, alice, null, { after: gone.guid });
  assert.deepEqual([namesOf(older), older.index, older.count], [guids(old), 1, 2]);
  const newer = await page(store.db, alice, null, { before: gone.guid });
  assert.deepEqual(namesOf(newer), guids(newest));
  const other = await people.post(carol);
  const limited = await people.post(alice, {}, { to: [bob] });
  assert.deepEqual(
    namesOf(await page(store.db, alice, bob, { after: limited.guid })),
    guids(newest, old),
  );
  for (const anchor of [other.guid, "nothing such", limited.guid]) {
    for (const query of [{ after: anchor }, { before: anchor }]) {
      await assert.rejects(page(store.db, alice, eve, query), (error) =>
        isDxError(error, "DX_ITEM_NOT_FOUND"),
      );
    }
  }
});

test("items by their names, those of clients too; unknown ones are left out", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const { bob, eve } = people;
  const plain = await people.post(bob);
  const named = await people.post(bob, {}, { facts: { itemId: "first-post" } });
  await people.post(eve, {}, { facts: { itemId: "first-post" } });
  await people.post(bob);
  const by = (...ids: string[]) => page(store.db, bob, null, { ids }).then(namesOf);
  assert.deepEqual(await by("first-post", plain.guid, "x'; drop table people; --"), [
    "first-post",
    plain.guid,
  ]);
  assert.deepEqual(await by(named.guid), [], "an item has one name");
  assert.deepEqual(await by(), []);
});

test("by modification, what was changed last is first", async () => {
  await using store = await testDatabase();
  const people = await social(store.db);
  const [first, second] = [await people.post(people.alice), await people.post(people.alice)];
  const order = (by: PageQuery["order"]) =>
    page(store.db, people.alice, null, { order: by }).then(namesOf);
  assert.deepEqual(await order("modification"), guids(second, first));
  const { activity } = first;
  const edited = new Date("2026-06-01");
  await changeActivity(store.db, first.id, {
    ...activity,
    object: { ...activity.object, edited },
  });
  assert.deepEqual(await order("modification"), guids(first, second));
  assert.deepEqual(await order("creation"), guids(second, first));
  const after = await page(store.db, people.alice, null, {
    order: "modification",
    after: first.guid,
  });
  assert.deepEqual(namesOf(after), guids(second));
});

/** Bob may see the post; of the others nobody. */
async function limitedWorld(db: Database) {
  const people = await social(db);
  const { alice, bob, eve } = people;
  const former = await people.local("former");
  const open = await people.post(alice);
  await people.post(alice, {}, { to: [former] });
  const limited = await people.post(alice, {}, { to: [bob] });
  const comment = await people.comment(bob, limited);
  const like = await people.like(bob, limited);
  const loved = await people.like(bob, comment, limited);
  const hidden: readonly (readonly [string, Person | null])[] = [
    ["a stranger", null],
    ["another local person", eve],
    ["who could read an earlier one", former],
  ];
  return { ...people, former, open, limited, comment, like, loved, hidden };
}

test("a limited post is in no page, count or index but those of its readers and its author", async () => {
  await using store = await testDatabase();
  const { alice, bob, open, limited, former, hidden } = await limitedWorld(store.db);
  const seen = await page(store.db, alice, bob);
  assert.deepEqual([namesOf(seen), seen.count], [guids(limited, open), 2]);
  assert.equal((await page(store.db, alice, alice)).count, 3);
  for (const [who, reader] of hidden) {
    const found = await page(store.db, alice, reader);
    assert.equal(namesOf(found).includes(limited.guid), false, who);
    assert.equal(found.count, reader === former ? 2 : 1, who);
    const byName = await page(store.db, alice, reader, { ids: [limited.guid] });
    assert.deepEqual(byName.items, [], who);
  }
});

test("nor is what was said below it", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const { bob, limited, comment, like, loved, hidden } = await limitedWorld(db);
  assert.deepEqual(await thread(db, limited, bob), guids(like, comment));
  const attached = await attachmentsOf(db, comment.guid, bob.key);
  assert.deepEqual(
    attached?.attachments.map(({ itemId }) => itemId),
    guids(loved),
  );
  for (const [who, reader] of hidden) {
    assert.equal(await thread(db, limited, reader), null, who);
    for (const { guid } of [limited, comment]) {
      assert.equal(await attachmentsOf(db, guid, reader?.key ?? null), null, who);
    }
  }
});

test("a thread holds comments, and likes of the post itself, newest first; each says where it belongs", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, carol, eve } = people;
  const post = await people.post(bob);
  const comments = { service: "comments.example.org", node: "c" };
  await setComments(db, post.guid, comments);
  const comment = await people.comment(alice, post, { facts: { itemId: "by-alice" } });
  const like = await people.like(carol, post);
  await people.like(eve, comment, post);
  const gone = await people.comment(eve, post);
  await entombActivity(db, gone.id);
  await people.comment(eve, await people.post(bob));
  const query = { ...ALL, postGuid: post.guid, readerKey: null };
  const found = await threadPage(db, query);
  assert.ok(found !== null);
  assert.deepEqual(namesOf(found.page), [like.guid, "by-alice"]);
  assert.deepEqual([found.page.index, found.page.count], [0, 2]);
  assert.deepEqual(
    found.page.items.map(({ activity, author }) => [activity, author.guid]),
    [
      [like.activity, carol.guid],
      [comment.activity, alice.guid],
    ],
  );
  const { author, ...above } = found.above;
  assert.equal(author.guid, bob.guid);
  assert.deepEqual(above, { guid: post.guid, itemId: post.guid, audience: "public", comments });
  const older = await threadPage(db, { ...query, after: like.guid });
  assert.deepEqual([older?.page.index, older && namesOf(older.page)], [1, ["by-alice"]]);
  const byName = await threadPage(db, { ...query, ids: ["by-alice", like.guid, "none"] });
  assert.deepEqual(byName && namesOf(byName.page), [like.guid, "by-alice"]);
  await entombActivity(db, post.id);
  assert.equal(await threadPage(db, query), null);
});

test("what is attached to a post, and to a comment below it", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob, carol } = people;
  const post = await people.post(alice);
  const comment = await people.comment(carol, post);
  const like = await people.like(bob, post);
  const vote = await people.keep(
    people.fresh(),
    carol,
    {
      ...like.activity,
      verb: "vote",
      object: { type: "vote", guid: people.fresh(), question: people.fresh(), answer: post.guid },
    },
    { facts: { aboveGuid: post.guid, rootGuid: post.guid } },
  );
  const loved = await people.like(bob, comment, post);
  const attached = async (guid: Said["guid"]) => {
    const found = await attachmentsOf(db, guid, null);
    assert.equal(found?.above.guid, post.guid);
    return found.attachments.map(({ itemId }) => itemId);
  };
  assert.deepEqual(await attached(post.guid), guids(vote, like));
  assert.deepEqual(await attached(comment.guid), guids(loved));
  assert.equal(await attachmentsOf(db, like.guid, null), null);
  await entombActivity(db, comment.id);
  assert.equal(await attachmentsOf(db, comment.guid, null), null);
});

for (const change of [{ blocked: true }, { blocking: true }]) {
  const [who] = Object.keys(change);
  test(`who wants nothing of each other (${String(who)}) sees nothing of each other`, async () => {
    await using store = await testDatabase();
    const { db } = store;
    const people = await social(db);
    const { alice, bob, carol } = people;
    const post = await people.post(alice);
    const other = await people.post(carol);
    const [comment, own] = [await people.comment(alice, other), await people.comment(carol, other)];
    await people.like(alice, other);
    await changeRelationship(db, bob.key, alice.key, change);
    const none = await page(db, alice, bob);
    assert.deepEqual([none.items, none.count], [[], 0]);
    assert.deepEqual((await page(db, alice, bob, { ids: [post.guid] })).items, []);
    assert.equal(await thread(db, post, bob), null);
    assert.deepEqual(await thread(db, other, bob), guids(own));
    assert.deepEqual((await attachmentsOf(db, other.guid, bob.key))?.attachments, []);
    assert.equal(await attachmentsOf(db, comment.guid, bob.key), null);
    assert.equal((await page(db, alice, people.eve)).count, 1, "others still do");
  });
}

test("whoever has left is in no page any more", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const people = await social(db);
  const { alice, bob } = people;
  const [post, own] = [await people.post(alice), await people.post(bob)];
  await people.comment(bob, post);
  await closeLocal(db, bob);
  assert.deepEqual((await page(db, bob, null)).items, []);
  assert.deepEqual(await thread(db, post, null), []);
  assert.equal(await thread(db, own, null), null);
});

test("each page has an index to itself, however many posts there are", async () => {
  await using store = await testDatabase();
  const { db } = store;
  const plans: readonly [index: RegExp, sql: string][] = [
    [
      /activities_stream/,
      `select id from activities where author_id = 1 and type in ('note', 'share')
         and deleted_at is null and (published, id) < ('2026-01-01', 5)
       order by published desc, id desc limit 20`,
    ],
    [
      /activities_thread/,
      `select id from activities where root_guid = 'x' and root_guid <> guid
         and deleted_at is null order by published desc, id desc limit 20`,
    ],
    [
      /activities_about|activities_author/,
      `select id from activities where above_guid = 'x' and type = 'opinion' and author_id = 1
         and deleted_at is null`,
    ],
    [/activities_author/, "select id from activities where author_id = 1 and id > 7 order by id"],
  ];
  for (const [index, sql] of plans) {
    const plan = await db.transaction(async (tx) => {
      await rows(tx, "set local enable_seqscan = off");
      return JSON.stringify(await rows(tx, `explain ${sql}`));
    });
    assert.match(plan, index);
    assert.doesNotMatch(plan, /Sort/);
  }
});
