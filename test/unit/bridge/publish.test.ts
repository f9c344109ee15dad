import assert from "node:assert/strict";
import { test } from "node:test";
import type { Note } from "../../../src/activitystreams/activity.ts";
import type { CollectedItem, ItemReading } from "../../../src/bridge/collected.ts";
import { publishItem } from "../../../src/bridge/publish.ts";
import { insertActivity } from "../../../src/store/activities.ts";
import { rows } from "../../../src/store/database.ts";
import { guid, jid, note, remotePost } from "../../support/fixtures.ts";
import { bridgeBench, NODE, NOW, wordsOf, type Bench } from "./bench.ts";

const POD = "https://pod.example/";
const OPTED_IN = new Date("2026-05-01T11:00:00Z");
const BEFORE = new Date("2026-04-01T00:00:00Z");

function reading(said: Note): ItemReading {
  return { note: said, via: null, comments: null, audience: "node" };
}

/** A new post as an event brings it; what a test changes is what it is about. */
function item(changes: Partial<CollectedItem> & { readonly words?: string } = {}): CollectedItem {
  const { words = "Hello", ...rest } = changes;
  return {
    jid: jid("bob@example.org"),
    node: NODE,
    itemId: "first-post",
    hash: "hash 1",
    published: NOW,
    fresh: true,
    baselineDone: true,
    optedIn: OPTED_IN,
    readableByStranger: true,
    reading: (guid) => reading(note({ guid, markdown: words })),
    ...rest,
  };
}

/** bob, whom somebody on one pod reads. */
async function withReader(): Promise<Bench> {
  const bench = await bridgeBench();
  const [bob, alice] = [await bench.account(), await bench.remote()];
  await bench.store.transaction((tx) =>
    tx.changeRelationship(bob.key, alice.key, { sharing: true }),
  );
  return bench;
}

const publish = (bench: Bench, what: CollectedItem): Promise<string> =>
  publishItem(what, bench.store, bench.effects);

const noticesTo = async (bench: Bench): Promise<string[]> =>
  wordsOf(await bench.waiting("jid", "bob@example.org"));

test("a post goes to the pods of the contacts, and is signed while it is being stored", async () => {
  await using bench = await withReader();
  assert.equal(await publish(bench, item()), "published");
  const [delivery, ...more] = await bench.waiting("pod", POD);
  assert.deepEqual(more, []);
  assert.ok(delivery?.content.type === "activity");
  const { activity } = delivery.content;
  assert.deepEqual(
    [activity.verb, activity.audience, activity.actor.id, activity.published],
    ["post", "public", "bob@example.org", NOW],
  );
  assert.deepEqual(bench.woken, ["pod"]);
  assert.deepEqual(bench.prepared, [activity], "what was signed early is what goes out");
});

test("pitfall 26: the GUID is the same for the same item, and another for another item, node or person", async () => {
  await using bench = await withReader();
  await bench.account("eve@example.org");
  for (const change of [
    {},
    { itemId: "second" },
    { node: "another" },
    { jid: jid("eve@example.org") },
  ]) {
    assert.equal(await publish(bench, item(change)), "published");
  }
  const guids = await rows<{ guid: string }>(bench.db, "select guid from activities");
  assert.equal(new Set(guids.map((row) => row.guid)).size, 4);
  assert.ok(guids.every((row) => !row.guid.includes("first-post")));
});

for (const [what, change] of [
  ["a copy", {}],
  ["a copy that a read found", { fresh: false }],
  ["the same words in other bytes", { hash: "hash 2" }],
  [
    "an edit (pitfall 39: of a node that was closed meanwhile)",
    { hash: "2", words: "New", readableByStranger: false },
  ],
  ["a copy from a node that was closed meanwhile", { readableByStranger: false }],
] as const) {
  test(`${what} of a published item makes no second post`, async () => {
    await using bench = await withReader();
    await publish(bench, item());
    await bench.deliverAll();
    assert.equal(await publish(bench, item(change)), "known");
    assert.equal(await bench.count("deliveries"), 0);
    assert.equal(await bench.count("activities"), 1);
  });
}

const SOURCE = "https://upload.example.org/1/a.png";

/** With a picture that lies elsewhere. */
function pictured(changes: Partial<CollectedItem> = {}): CollectedItem {
  return item({
    reading: (guid, photoGuid) =>
      reading(note({ guid, photos: [{ guid: photoGuid(SOURCE), url: SOURCE, text: "a" }] })),
    ...changes,
  });
}

const photosOf = (bench: Bench): Promise<{ guid: string; source_url: string }[]> =>
  rows(bench.db, "select guid, source_url from photos order by source_url");

test("a picture goes out under an address of ours, and we know where it lies", async () => {
  await using bench = await withReader();
  assert.equal(await publish(bench, pictured()), "published");
  const [delivery] = await bench.waiting("pod", POD);
  assert.ok(delivery?.content.type === "activity");
  const { object } = delivery.content.activity;
  assert.ok(object.type === "note");
  const [photo, ...more] = object.photos;
  assert.deepEqual(more, []);
  assert.equal(photo?.url, `https://dx.example.org/media/${photo?.guid ?? ""}.jpg`);
  assert.equal(photo.text, "a");
  assert.deepEqual(await photosOf(bench), [{ guid: photo.guid, source_url: SOURCE }]);
  assert.deepEqual(bench.prepared, [delivery.content.activity]);
  assert.match(photo.guid, /^[0-9a-f]{32}$/);
  assert.notEqual(photo.guid, object.guid);
});

test("the same picture in two posts is two photos: the one may go and the other stay", async () => {
  await using bench = await withReader();
  await publish(bench, pictured());
  await publish(bench, pictured({ itemId: "second" }));
  const photos = await photosOf(bench);
  assert.equal(new Set(photos.map(({ guid }) => guid)).size, 2);
});

for (const [what, change] of [
  ["no stranger can read", { readableByStranger: false }],
  ["is older than the opting in", { baselineDone: false, published: new Date(0) }],
] as const) {
  test(`nothing is fetched for anybody of a post that ${what}`, async () => {
    await using bench = await withReader();
    assert.notEqual(await publish(bench, pictured(change)), "published");
    assert.deepEqual(await photosOf(bench), []);
  });
}

test("copies of a post with a picture that come at the same moment make one photo", async () => {
  await using bench = await withReader();
  await Promise.all(Array.from({ length: 8 }, () => publish(bench, pictured())));
  assert.equal((await photosOf(bench)).length, 1);
});

test("copies that come at the same moment make one post", async () => {
  await using bench = await withReader();
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) => publish(bench, item({ fresh: index % 2 === 0 }))),
  );
  assert.equal(outcomes.filter((outcome) => outcome === "published").length, 1);
  assert.equal(outcomes.filter((outcome) => outcome === "known").length, 7);
  assert.equal((await bench.waiting("pod", POD)).length, 1);
});

test("what no stranger can read stays, and its author is told once", async () => {
  await using bench = await withReader();
  const closed = { readableByStranger: false };
  for (const itemId of ["1", "2", "3"]) {
    assert.equal(await publish(bench, item({ ...closed, itemId })), "withheld");
  }
  assert.deepEqual(bench.prepared, [], "nothing of it is even signed");
  assert.equal(await bench.count("activities"), 0);
  const notices = await noticesTo(bench);
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? "", /^notice: .*not open/);
  await bench.deliverAll();
  assert.equal(await publish(bench, item({ ...closed, itemId: "4" })), "withheld");
  assert.deepEqual(await noticesTo(bench), []);
});

test("a withheld post goes out when its author publishes it again on an open node, not by itself", async () => {
  await using bench = await withReader();
  await publish(bench, item({ readableByStranger: false }));
  assert.equal(await publish(bench, item({ fresh: false })), "known");
  assert.equal(await publish(bench, item({ readableByStranger: false })), "known");
  // Sent again at a presence, as if it were news.
  assert.equal(await publish(bench, item()), "known");
  assert.equal(await bench.count("activities"), 0);
  assert.equal(await publish(bench, item({ hash: "hash 2" })), "published");
});

for (const [what, first] of [
  ["that was published", {}],
  ["that was withheld", { readableByStranger: false }],
  ["from before opting in", { published: BEFORE, fresh: false, baselineDone: false }],
] as const) {
  test(`an item ${what}, hashed by a former version, is as it was until its author touches it`, async () => {
    await using bench = await withReader();
    const { published = NOW } = { ...first } as Partial<CollectedItem>;
    await publish(bench, item({ ...first, hash: "abc" }));
    await bench.deliverAll();
    for (const fresh of [true, false]) {
      assert.equal(await publish(bench, item({ published, fresh, hash: "2:abc" })), "known");
    }
    assert.equal(await bench.count("deliveries"), 0);
    const touched = item({ published, hash: "2:def", words: "Other" });
    assert.match(await publish(bench, touched), /^(?:published|changed)$/);
  });
}

test("words that were written in a closed node stay there when it is opened", async () => {
  await using bench = await withReader();
  await publish(bench, item());
  await bench.deliverAll();
  const secret = { hash: "hash 2", words: "Among us" };
  assert.equal(await publish(bench, item({ ...secret, readableByStranger: false })), "known");
  assert.equal(await publish(bench, item({ ...secret, fresh: false })), "known");
  assert.equal(await bench.count("deliveries"), 0);
  assert.equal(await publish(bench, item({ hash: "hash 3", words: "For all" })), "changed");
});

test("a post that was edited to nothing is found changed once, not at every look", async () => {
  await using bench = await withReader();
  await publish(bench, item());
  const emptied = item({ hash: "hash 2", reading: () => null });
  assert.equal(await publish(bench, emptied), "empty");
  assert.deepEqual(await rows(bench.db, "select content_hash from items"), [
    { content_hash: "hash 2" },
  ]);
});

test("what was written before opting in is not taken along", async () => {
  await using bench = await withReader();
  const old = { published: BEFORE, fresh: false, baselineDone: false };
  assert.equal(await publish(bench, item(old)), "before");
  // Sent again at a presence, as if it were news.
  assert.equal(await publish(bench, item({ published: BEFORE })), "known");
  assert.equal(await bench.count("activities"), 0);
  // Touched by its author.
  assert.equal(await publish(bench, item({ published: BEFORE, hash: "hash 2" })), "published");
});

test("the last item that a server sends before the first read is not taken for news", async () => {
  await using bench = await withReader();
  const sentAgain = { published: BEFORE, fresh: true, baselineDone: false };
  assert.equal(await publish(bench, item(sentAgain)), "before");
  assert.equal(await bench.count("activities"), 0);
});

test("a post right after opting in goes out, though its clock is a little behind", async () => {
  await using bench = await withReader();
  const published = new Date(OPTED_IN.getTime() - 20_000);
  assert.equal(await publish(bench, item({ published, baselineDone: false })), "published");
});

for (const [what, change, outcome] of [
  ["an undated item that the first read finds", { published: null, fresh: false }, "before"],
  ["an undated item that is news", { published: null, fresh: true }, "published"],
  ["an item that was written after opting in", { published: NOW, fresh: false }, "published"],
] as const) {
  test(`before the first read is done, ${what} is ${outcome}`, async () => {
    await using bench = await withReader();
    assert.equal(await publish(bench, item({ baselineDone: false, ...change })), outcome);
  });
}

test("pitfall 64: a date in the future is now", async () => {
  await using bench = await withReader();
  await publish(bench, item({ published: new Date("2099-01-01T00:00:00Z") }));
  const stored = await rows(bench.db, "select published from activities");
  assert.deepEqual(stored, [{ published: NOW }]);
});

test("an entry that says nothing is nothing", async () => {
  await using bench = await withReader();
  assert.equal(await publish(bench, item({ reading: () => null })), "empty");
  assert.equal(await bench.count("activities"), 0);
});

test("who has not opted in, or has left, is unknown", async () => {
  await using bench = await withReader();
  assert.equal(await publish(bench, item({ jid: jid("stranger@example.org") })), "unknown");
  const bob = await bench.store.accountByJid(jid("bob@example.org"));
  assert.ok(bob !== null);
  await bench.store.closeAccount(bob);
  assert.equal(await publish(bench, item()), "unknown");
  assert.equal(await bench.count("items"), 0);
});

test("a GUID that somebody took before is not published under", async () => {
  await using bench = await bridgeBench();
  const [alice] = [await bench.remote(), await bench.account()];
  const digest = bench.effects.digest("item", "bob@example.org", NODE, "first-post");
  await insertActivity(bench.db, guid(digest), alice.key, remotePost());
  assert.equal(await publish(bench, item()), "known");
  assert.equal(await bench.count("deliveries"), 0);
});

test("without contacts a post is stored and nobody is woken for nothing", async () => {
  await using bench = await bridgeBench();
  await bench.account();
  assert.equal(await publish(bench, item()), "published");
  assert.equal(await bench.count("destinations"), 0);
});
