/** Whether the XMPP account behind a JID is the one that it was, by what its node shows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FeedReader } from "../../../src/connector/feed-reader.ts";
import { hashOf } from "../../../src/connector/item-hash.ts";
import { createSameness } from "../../../src/daemon/accounts.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { BOB, NODE, peopleBench } from "../bridge/people-bench.ts";

const entry = (words: string): XmlElement =>
  el("entry", { xmlns: "http://www.w3.org/2005/Atom" }, el("title", {}, words));

type Shown = Readonly<Record<string, string>>;

const POSTS: Shown = { p1: "one", p2: "two", p3: "three", p4: "four" };
/** Of a former version. */
const OLD_HASH = "0".repeat(64);

const CASES: readonly (readonly [
  what: string,
  known: Shown,
  node: Shown | "missing" | "refused",
  is: string,
])[] = [
  ["whose posts are all there", POSTS, POSTS, "same"],
  ["whose newest are there", POSTS, { p2: "two", p3: "three", p4: "four" }, "same"],
  ["of whose newest only some are there", POSTS, { p3: "three", p4: "four" }, "other"],
  ["with the same ids and other words", POSTS, { p2: "x", p3: "x", p4: "x" }, "other"],
  ["with one other word", POSTS, { p2: "two", p3: "x", p4: "four" }, "other"],
  ["whose only post is there", { p1: "one" }, { p1: "one", p9: "new" }, "same"],
  ["with an empty node", POSTS, {}, "other"],
  ["without a node", POSTS, "missing", "other"],
  ["with a closed node", POSTS, "refused", "unknown"],
  ["who never wrote anything", {}, POSTS, "nothing"],
];
for (const [what, known, node, is] of CASES) {
  test(`pitfall 70: an account ${what} is ${is === "same" ? "the same" : is}`, async () => {
    await using bench = await peopleBench();
    const bob = await bench.account();
    await keep(bench, bob.key, known, hashOf);
    assert.equal(await samenessAt(node)(bench, bob.key), is);
  });
}

test("what was hashed by a former version is known by its id", async () => {
  await using bench = await peopleBench();
  const bob = await bench.account();
  await keep(bench, bob.key, { p1: "one" }, () => OLD_HASH);
  assert.equal(await samenessAt({ p1: "other words" })(bench, bob.key), "same");
  assert.equal(await samenessAt({ p2: "other words" })(bench, bob.key), "other");
});

type Bench = Awaited<ReturnType<typeof peopleBench>>;

async function keep(
  bench: Bench,
  key: string,
  posts: Shown,
  hash: (payload: XmlElement) => string,
): Promise<void> {
  for (const [index, [id, words]] of Object.entries(posts).entries()) {
    const seen = new Date(Date.UTC(2026, 0, 1 + index));
    const item = { person_id: key, node: NODE, item_id: id, state: "published", seen_at: seen };
    await bench.db("items").insert({ ...item, content_hash: hash(entry(words)) });
  }
}

function samenessAt(node: Shown | "missing" | "refused") {
  const readItems: FeedReader["readItems"] = (_, __, ids) => {
    if (typeof node === "string") return Promise.resolve({ state: node });
    const items = Object.entries(node)
      .filter(([id]) => ids.includes(id))
      .map(([id, words]) => ({ id, payload: entry(words), publisher: null }));
    return Promise.resolve({ state: "read", items, found: items.map(({ id }) => id) });
  };
  return ({ db }: Bench, key: string) => createSameness({ readItems }, { db })(BOB, key);
}
