import assert from "node:assert/strict";
import { test } from "node:test";
import { createEntryCache, entryKey } from "../../../../src/pep/nodes/entry-cache.ts";
import { el } from "../../../../src/xml/element.ts";
import { serialise } from "../../../../src/xml/serialise.ts";
import { ALICE, ALICE_JID, CAROL, comment, post } from "./support.ts";

const PLACE = { service: ALICE_JID, node: "urn:xmpp:microblog:0", publisher: ALICE_JID };

test("an entry is made once, until it is forgotten: the one that was read least lately goes first", () => {
  const cache = createEntryCache(100);
  const made: string[] = [];
  const read = (key: string): string =>
    cache.entry(key, () => {
      made.push(key);
      return el("entry", {}, "x".repeat(20));
    }).name;
  for (const key of ["a", "b", "a", "c", "a", "b", "a"]) read(key);
  assert.deepEqual(made, ["a", "b", "c", "b"]);
});

test("an entry that is larger than all room is shown all the same", () => {
  const cache = createEntryCache(10);
  const entry = el("entry", {}, "x".repeat(100));
  const shown = cache.entry("a", () => entry);
  assert.equal(serialise(shown), serialise(entry));
});

const SEEN = post(1);
const KEY = entryKey(SEEN, PLACE, 1_000);
const changed = { ...SEEN.activity.object, edited: new Date("2026-02-02T00:00:00Z") };
const share = (root: typeof SEEN | null) => ({
  ...SEEN,
  activity: {
    ...SEEN.activity,
    verb: "share" as const,
    object: { type: "share" as const, guid: SEEN.activity.object.guid, root: null },
  },
  root,
});

for (const [what, key] of [
  ["words", entryKey({ ...SEEN, activity: { ...SEEN.activity, object: changed } }, PLACE, 1_000)],
  ["author's name", entryKey({ ...SEEN, author: { ...ALICE, name: "A." } }, PLACE, 1_000)],
  ["author", entryKey({ ...SEEN, author: CAROL }, PLACE, 1_000)],
  ["number of comments", entryKey({ ...SEEN, comments: 2 }, PLACE, 1_000)],
  ["item", entryKey(post(2), PLACE, 1_000)],
  ["kind", entryKey(comment(1, ALICE), PLACE, 1_000)],
  ["room", entryKey(SEEN, PLACE, 2_000)],
  ["node", entryKey(SEEN, { ...PLACE, node: "n" }, 1_000)],
  ["place", entryKey(SEEN, { ...PLACE, service: "s" }, 1_000)],
] as const) {
  test(`another ${what} makes another entry`, () => {
    assert.notEqual(key, KEY);
  });
}

test("a share is another entry when its root becomes known, changes, or is gone", () => {
  const edited = { ...SEEN, activity: { ...SEEN.activity, object: changed } };
  const keys = [null, SEEN, edited].map((root) => entryKey(share(root), PLACE, 1_000));
  assert.equal(new Set(keys).size, 3);
});

test("the same fact read again is the same entry", () => {
  assert.equal(entryKey(post(1), PLACE, 1_000), KEY);
});
