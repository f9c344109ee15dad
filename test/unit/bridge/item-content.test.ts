import assert from "node:assert/strict";
import { test } from "node:test";
import { personAddress } from "../../../src/activitystreams/delivery.ts";
import type { CollectedItem, ItemReading, Via } from "../../../src/bridge/collected.ts";
import { itemGuid, publishItem, retractItem } from "../../../src/bridge/publish.ts";
import { guidNumber, jid, note } from "../../support/fixtures.ts";
import { NODE, NOW, postOf, wordsOf } from "./bench.ts";
import { ALICES_POD, CAROLS_POD, takeBack, threadBench, type Thread } from "./thread-bench.ts";

const POST = guidNumber(0x1111);
const WORDS = "Cats are better than dogs, says everybody who has both.";

function item(
  reading: Partial<ItemReading> & { words?: string } = {},
  itemId = "1",
): CollectedItem {
  const { words = "Hello", ...rest } = reading;
  return {
    jid: jid("bob@example.org"),
    node: NODE,
    itemId,
    hash: JSON.stringify([words, rest]),
    published: NOW,
    fresh: true,
    baselineDone: true,
    optedIn: new Date(0),
    readableByStranger: true,
    reading: (guid, photoGuid) => ({
      note: note({ guid, markdown: words, photos: [{ guid: photoGuid("p"), url: "p" }] }),
      via: null,
      comments: null,
      audience: "node",
      ...rest,
    }),
  };
}

/** Without pictures of its own. */
function bare(words: string, via: Via, changes: Partial<ItemReading> = {}): CollectedItem {
  const made = item({ words });
  return {
    ...made,
    reading: (guid) => ({
      note: note({ guid, markdown: words }),
      via,
      comments: null,
      audience: "node",
      ...changes,
    }),
  };
}

const publish = ({ bench }: Thread, what: CollectedItem): Promise<string> =>
  publishItem(what, bench.store, bench.effects);

const retract = ({ bench }: Thread, itemId = "1"): Promise<string> =>
  retractItem({ jid: jid("bob@example.org"), node: NODE, itemId }, bench.store, bench.effects);

/** Of a virtual person's node: their items are called by their GUIDs. */
const viaPost = (repeats: boolean): Via => ({
  uri: `xmpp:alice%5C40pod.example@dx.example.org?;node=${encodeURIComponent(NODE)};item=${POST}`,
  item: { jid: jid("alice\\40pod.example@dx.example.org"), node: NODE, itemId: POST },
  repeats,
});

async function withAlices(audience: "public" | "limited" = "public"): Promise<Thread> {
  const thread = await threadBench();
  const { alice, bench, bob } = thread;
  const post = postOf(
    alice,
    { guid: POST, markdown: WORDS, url: "https://pod.example/posts/1" },
    audience,
  );
  await bench.receive(post, alice, audience === "limited" ? bob : undefined);
  await bench.deliverAll();
  return thread;
}

test("other words under the same id are an edit under the same GUID, found by a read as well", async () => {
  await using thread = await threadBench();
  assert.equal(await publish(thread, item()), "published");
  await thread.settle();
  const edited = { ...item({ words: "Hello again" }), fresh: false };
  assert.equal(await publish(thread, edited), "changed");
  assert.equal(await publish(thread, edited), "known");
  assert.deepEqual((await thread.sent("pod"))[CAROLS_POD], ["Hello again"]);
  assert.equal(await thread.bench.count("photos"), 1);
});

test("an item that is taken back is gone from the pods, and does not come again", async () => {
  await using thread = await threadBench();
  await publish(thread, item());
  await thread.settle();
  assert.equal(await retract(thread), "retracted");
  assert.equal(await retract(thread), "known");
  assert.equal(await retract(thread, "never-published"), "unknown");
  assert.deepEqual((await thread.sent("pod"))[CAROLS_POD], ["delete"]);
  await thread.settle();
  assert.equal(await publish(thread, item()), "known");
  assert.equal(await publish(thread, item({ words: "once more" })), "known");
  assert.deepEqual(await thread.sent("pod"), {});
});

test("pitfall 27: an item that was posted anew is followed by its later edits and its end", async () => {
  await using thread = await threadBench();
  const { bench, bob } = thread;
  await bench.store.transaction((tx) => tx.setPreferences(bob.key, { edits: "replace" }));
  const comments = { service: "comments.example.org", node: "n" };
  for (const words of ["one", "two", "three"]) {
    await publish(thread, item({ words, comments }));
    await thread.settle();
  }
  const query = { authorKey: bob.key, readerKey: null, max: 9, order: "creation" } as const;
  const [live, ...more] = (await bench.store.streamPage(query)).items;
  assert.deepEqual(more, []);
  assert.ok(live?.activity.object.type === "note");
  assert.equal(live.activity.object.markdown, "three");
  const { guid } = live.activity.object;
  assert.notEqual(guid, itemGuid(bench.effects, item()));
  assert.deepEqual(await bench.store.transaction((tx) => tx.commentsOf(guid)), comments);
  assert.equal(await retract(thread), "retracted");
  assert.equal((await bench.store.streamPage(query)).items.length, 0);
});

for (const [what, words, repeats] of [
  ["no words of its own", "", true],
  ["the words of the other", WORDS, true],
  ["its beginning as a title", "Cats are better than dogs", false],
] as const) {
  test(`an item that names a post and has ${what} is a share`, async () => {
    await using thread = await withAlices();
    assert.equal(await publish(thread, bare(words, viaPost(repeats))), "shared");
    assert.deepEqual(await thread.sent("pod"), {
      [ALICES_POD]: ["share"],
      [CAROLS_POD]: ["share"],
    });
    assert.equal(await publish(thread, { ...bare(words, viaPost(repeats)), itemId: "2" }), "known");
    await thread.settle();
    assert.equal(await retract(thread), "retracted");
    assert.deepEqual(await thread.sent("pod"), {
      [ALICES_POD]: ["delete"],
      [CAROLS_POD]: ["delete"],
    });
  });
}

test("with words of its own it is a post that quotes, names the author and links", async () => {
  await using thread = await withAlices();
  assert.equal(await publish(thread, bare("So true: dogs!", viaPost(false))), "published");
  assert.deepEqual((await thread.sent("pod"))[CAROLS_POD], [
    `So true: dogs!\n\n> ${WORDS}\n>\n> — @{alice; alice@pod.example}: https://pod.example/posts/1`,
  ]);
});

test("nobody is quoted who is suspended, and what only repeats them stays", async () => {
  await using thread = await withAlices();
  const { alice, bench } = thread;
  await bench.db.raw("update people set standing = 'suspend' where id = ?", [alice.key]);
  const via = viaPost(true);
  assert.equal(await publish(thread, bare("Never heard of it", via)), "published");
  assert.deepEqual((await thread.sent("pod"))[CAROLS_POD], [`Never heard of it\n\nvia ${via.uri}`]);
  assert.equal(await publish(thread, { ...bare(WORDS, via), itemId: "2" }), "withheld");
  assert.equal(
    await publish(thread, { ...bare("", via, { note: null }), itemId: "3" }),
    "withheld",
  );
});

test("what nobody here knows is named as it was, and nothing more is no post", async () => {
  await using thread = await threadBench();
  const via = { uri: "xmpp:someone@else.example?;node=x;item=y", item: null, repeats: true };
  assert.equal(await publish(thread, bare("Look", via)), "published");
  assert.deepEqual((await thread.sent("pod"))[CAROLS_POD], [`Look\n\nvia ${via.uri}`]);
  assert.equal(await publish(thread, { ...bare("", via, { note: null }), itemId: "2" }), "empty");
});

for (const uri of ["https://pod.example/posts/", "diaspora://alice@pod.example/post/"]) {
  test(`a post is known by its address ${uri}…`, async () => {
    await using thread = await withAlices();
    const via = { uri: `${uri}${POST}`, item: null, repeats: true };
    assert.equal(await publish(thread, bare("", via, { note: null })), "shared");
  });
}

test("the words of a limited post do not get out by being repeated, and it is not named", async () => {
  await using thread = await withAlices("limited");
  assert.equal(await publish(thread, bare(WORDS, viaPost(true))), "withheld");
  assert.equal(await publish(thread, { ...bare("", viaPost(true)), itemId: "2" }), "withheld");
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("jid"), {}, "nothing is explained: the node is open");
  const own = { ...bare("I read something", viaPost(false)), itemId: "3" };
  assert.equal(await publish(thread, own), "published");
  assert.deepEqual((await thread.sent("pod"))[CAROLS_POD], ["I read something"]);
});

test("an item for named people goes to them alone, whatever the node is, and so does its edit", async () => {
  await using thread = await threadBench();
  const { bench, carol, dave } = thread;
  const audience = [carol.diasporaId];
  const closed = { ...item({ audience }), readableByStranger: false };
  assert.equal(await publish(thread, closed), "published");
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), { [personAddress(carol)]: ["Hello"] });
  await thread.settle();
  assert.equal(await publish(thread, item({ words: "for all" })), "known", "its readers stay");
  assert.equal(await publish(thread, item({ words: "for you", audience })), "changed");
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), { [personAddress(carol)]: ["for you"] });
  const query = {
    authorKey: thread.bob.key,
    readerKey: dave.key,
    max: 9,
    order: "creation",
  } as const;
  assert.equal((await bench.store.streamPage(query)).count, 0);
});

test("an item for people of whom none is of the federation stays, and its author knows why", async () => {
  await using thread = await threadBench();
  assert.equal(await publish(thread, item({ audience: [] })), "withheld");
  assert.deepEqual(await thread.sent("jid"), {});
});

test("a public item does not become less public by an edit, nor does the edit go out", async () => {
  await using thread = await threadBench();
  await publish(thread, item());
  await thread.settle();
  const { carol } = thread;
  assert.equal(
    await publish(thread, item({ words: "now", audience: [carol.diasporaId] })),
    "known",
  );
  assert.deepEqual(await thread.sent("pod"), {});
  assert.deepEqual(await thread.sent("person"), {});
});

test("where the comments of an item are, is known from then on", async () => {
  await using thread = await threadBench();
  const { bench } = thread;
  const comments = { service: "comments.example.org", node: "urn:xmpp:microblog:0:comments/1" };
  await publish(thread, item({ comments }));
  const guid = itemGuid(bench.effects, item());
  assert.deepEqual(await bench.store.transaction((tx) => tx.commentsOf(guid)), comments);
  const moved = { ...comments, service: "elsewhere.example.org" };
  await publish(thread, item({ comments: moved, words: "edited" }));
  assert.deepEqual(await bench.store.transaction((tx) => tx.commentsOf(guid)), moved);
});

test("what is shared is seen to be gone when its author takes it back", async () => {
  await using thread = await withAlices();
  const { alice, bench } = thread;
  await publish(thread, bare("", viaPost(true)));
  await bench.receive(takeBack(alice, POST, "Post"), alice);
  const query = { authorKey: thread.bob.key, readerKey: null, max: 9, order: "creation" } as const;
  const [share] = (await bench.store.streamPage(query)).items;
  assert.equal(share?.root, null);
  assert.deepEqual(wordsOf(await bench.waiting("pod", CAROLS_POD)), ["share"]);
});
