import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DxError } from "../../../../src/errors/error.ts";
import type { NodeItem } from "../../../../src/pep/pubsub/node.ts";
import { el } from "../../../../src/xml/element.ts";
import { bench, listOf, named, NODE, SERVICE, tagOf } from "./support.ts";

const RSM = "http://jabber.org/protocol/rsm";
const items = (attrs = "", inner = ""): string => `<items node="${NODE}"${attrs}>${inner}</items>`;
const set = (inner: string): string => `<set xmlns="${RSM}">${inner}</set>`;
const order = (attrs: string): string => `<order xmlns="urn:xmpp:order-by:1" ${attrs}/>`;

test("a read is answered with publisher and payload of each item, oldest first", async () => {
  const { ask } = bench({ items: named("a", "b") });
  assert.equal(
    await ask("get", items()),
    `<pubsub><items node="${NODE}">` +
      `<item id="a" publisher="${SERVICE}"><entry>a</entry></item>` +
      `<item id="b" publisher="${SERVICE}"><entry>b</entry></item>` +
      `</items><set><first>b</first><last>a</last></set></pubsub>`,
  );
});

/** Of a node in which `a` was published first and `f` last: what comes, and what its set says. */
const READS = [
  ["the two newest by max_items", items(' max_items="2"'), "ef", null],
  ["more than there are", items(' max_items="20"'), "abcdef", null],
  ["none of them", items(' max_items="0"'), "", null],
  [
    "some by their names, in the node's order",
    items("", '<item id="d"/><item id="b"/>'),
    "bd",
    null,
  ],
  ["one that is not there", items("", '<item id="z"/>'), "", null],
  [
    "one with a name that nothing can have",
    items("", `<item id="${"x".repeat(2_000)}"/>`),
    "",
    null,
  ],
  // XEP-0059 §2.1–2.6.
  ["the first page", items() + set("<max>2</max>"), "ab", "0 a b 6"],
  ["the page after", items() + set("<max>2</max><after>b</after>"), "cd", "2 c d 6"],
  ["what is after the last", items() + set("<max>2</max><after>f</after>"), "", "- - - 6"],
  ["the page before", items() + set("<max>2</max><before>e</before>"), "cd", "2 c d 6"],
  ["what is before the first", items() + set("<max>2</max><before>a</before>"), "", "- - - 6"],
  ["the last page", items() + set("<max>2</max><before/>"), "ef", "4 e f 6"],
  ["a page out of order", items() + set("<max>2</max><index>3</index>"), "de", "3 d e 6"],
  ["a page that the end cuts", items() + set("<max>4</max><index>4</index>"), "ef", "4 e f 6"],
  ["a page behind the end", items() + set("<max>2</max><index>6</index>"), "", "- - - 6"],
  ["the count alone", items() + set("<max>0</max>"), "", "- - - 6"],
  ["a set without a wish", items() + set(""), "abcdef", "0 a f 6"],
  // XEP-0413 §4.
  ["the newest first", items(' max_items="2"') + order('by="creation" desc="true"'), "fe", null],
  [
    "ascending order, as without a word",
    items() + order('by="modification"') + set("<max>2</max>"),
    "ab",
    "0 a b 6",
  ],
  [
    "the first page of a descending order",
    items() + order('by="creation" desc="1"') + set("<max>2</max>"),
    "fe",
    "0 f e 6",
  ],
  [
    "the second page of a descending order",
    items() + order('by="creation" desc="true"') + set("<max>2</max><after>e</after>"),
    "dc",
    "2 d c 6",
  ],
  [
    "the last page of a descending order",
    items() + order('by="creation" desc="true"') + set("<max>2</max><before/>"),
    "ba",
    "4 b a 6",
  ],
  [
    "a place in a descending order",
    items() + order('by="creation" desc="true"') + set("<max>2</max><index>1</index>"),
    "ed",
    "1 e d 6",
  ],
] as const;

function setOf(answer: string): string {
  const index = /<first index="(\d+)"/.exec(answer)?.[1];
  return [index, tagOf(answer, "first"), tagOf(answer, "last"), tagOf(answer, "count")]
    .map((part) => part ?? "-")
    .join(" ");
}

for (const [what, request, expected, place] of READS) {
  test(`a reader who asks for ${what} gets ${expected === "" ? "nothing" : expected}`, async () => {
    const answer = await bench({ items: named("a", "b", "c", "d", "e", "f") }).ask("get", request);
    assert.equal(listOf(answer).join(""), expected);
    if (place !== null) assert.equal(setOf(answer), place);
  });
}

test("an empty node has no items, and counts none", async () => {
  const { ask } = bench();
  assert.equal(await ask("get", items()), `<pubsub><items node="${NODE}"/></pubsub>`);
  assert.equal(
    await ask("get", items() + set("<max>5</max>")),
    `<pubsub><items node="${NODE}"/><set><count>0</count></set></pubsub>`,
  );
});

for (const [what, request, expected] of [
  ["a number that is none", items(' max_items="many"'), "modify bad-request"],
  ["a negative number", items(' max_items="-1"'), "modify bad-request"],
  ["a number without end", items(` max_items="${"9".repeat(400)}"`), "modify bad-request"],
  ["a page of a size that is none", items() + set("<max>x</max>"), "modify bad-request"],
  ["a place that is none", items() + set("<index>-1</index>"), "modify bad-request"],
  ["what is after nothing known", items() + set("<after>z</after>"), "cancel item-not-found"],
  ["what is before nothing known", items() + set("<before>z</before>"), "cancel item-not-found"],
  ["an order by names", items() + order('by="filename"'), "cancel feature-not-implemented"],
  ["an unknown node", '<items node="urn:x"/>', "cancel item-not-found"],
  ["no node", "<items/>", "modify bad-request nodeid-required"],
] as const) {
  test(`a read with ${what} is answered ${expected}`, async () => {
    assert.equal(await bench({ items: named("a") }).ask("get", request), expected);
  });
}

test("what is not for the reader looks as if it were not there", async () => {
  const notThere = () => Promise.reject(new DxError("DX_ITEM_NOT_FOUND"));
  const hidden = await bench({ node: { page: notThere } }).ask("get", items());
  const absent = await bench({ nodes: { find: () => null } }).ask("get", items());
  assert.equal(hidden, "cancel item-not-found");
  assert.equal(absent, hidden);
});

test("an answer has at most fifty items, and so many names are looked up", async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `i${String(index)}`);
  const { ask } = bench({ items: named(...names) });
  assert.equal(listOf(await ask("get", items())).length, 50);
  const asked = names.map((id) => `<item id="${id}"/>`).join("");
  assert.equal(listOf(await ask("get", items("", asked))).length, 50);
  assert.equal(listOf(await ask("get", items() + set("<max>999</max>"))).length, 50);
});

function weighing(id: string, bytes: number): NodeItem {
  return {
    id,
    publisher: SERVICE,
    payload: (maxBytes) =>
      el("entry", { xmlns: "urn:e" }, "x".repeat(Math.min(bytes, maxBytes - 60))),
  };
}

test("pitfall 58: an answer is full at its limit, the rest is on the next page", async () => {
  const heavy = ["a", "b", "c", "d", "e", "f"].map((id) => weighing(id, 30_000));
  const { ask } = bench({ items: heavy });
  const newest = await ask("get", items(' max_items="6"'));
  assert.deepEqual(listOf(newest), ["d", "e", "f"]);
  const first = await ask("get", items() + set("<max>6</max>"));
  assert.deepEqual([listOf(first).join(""), setOf(first)], ["abc", "0 a c 6"]);
  const last = await ask("get", items() + set("<max>6</max><before/>"));
  assert.deepEqual([listOf(last).join(""), setOf(last)], ["def", "3 d f 6"]);
  for (const answer of [newest, first, last]) assert.ok(Buffer.byteLength(answer) < 102_400);
});

test("one enormous item is cut to the room there is, not left out", async () => {
  const { ask } = bench({ items: [weighing("a", 1_000_000)] });
  const answer = await ask("get", items());
  assert.deepEqual(listOf(answer), ["a"]);
  assert.ok(Buffer.byteLength(answer) <= 102_400, String(Buffer.byteLength(answer)));
});

/** Goes through a node as a client does, until a page brings nothing. */
async function walk(
  ask: (request: string) => Promise<string>,
  first: string,
  next: (answer: string) => string,
): Promise<string[][]> {
  const pages: string[][] = [];
  for (let request = first; pages.length < 100;) {
    const answer = await ask(request);
    const ids = [...listOf(answer)];
    if (ids.length === 0) return pages;
    pages.push(ids);
    request = next(answer);
  }
  throw new Error("it never ends");
}

const anyNode = fc.record({
  weights: fc.array(fc.integer({ min: 1, max: 1_500 }), { maxLength: 30 }),
  size: fc.integer({ min: 1, max: 8 }),
  descending: fc.boolean(),
});

test("however a node is split into pages, forwards or backwards, they are the same sequence", async () => {
  await fc.assert(
    fc.asyncProperty(anyNode, async ({ weights, size, descending }) => {
      const all = weights.map((bytes, index) => weighing(`i${String(index)}`, bytes));
      const { ask } = bench({ items: all, limits: { bytes: 4_500 } });
      const get = (inner: string): Promise<string> =>
        ask(
          "get",
          items() +
            (descending ? order('by="creation" desc="true"') : "") +
            set(`<max>${String(size)}</max>${inner}`),
        );
      const expected = all.map(({ id }) => id);
      if (descending) expected.reverse();
      const forwards = await walk(
        get,
        "",
        (answer) => `<after>${tagOf(answer, "last") ?? ""}</after>`,
      );
      assert.deepEqual(forwards.flat(), expected);
      const backwards = await walk(
        get,
        "<before/>",
        (answer) => `<before>${tagOf(answer, "first") ?? ""}</before>`,
      );
      assert.deepEqual(backwards.reverse().flat(), expected);
      let index = 0;
      const byPlace = await walk(get, "<index>0</index>", (answer) => {
        index += listOf(answer).length;
        return `<index>${String(index)}</index>`;
      });
      assert.deepEqual(byPlace.flat(), expected);
    }),
    { numRuns: 100 },
  );
});

test("a page that Movim asks for has no place in the set: it is the other way round", async () => {
  const { ask } = bench({ items: named("a", "b", "c", "d") });
  const answer = await ask("get", set("<before>d</before><max>2</max>") + items());
  assert.deepEqual([listOf(answer).join(""), setOf(answer)], ["cb", "- c b 4"]);
});

test("Movim's next button goes through all posts, newest first, and back again", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (count) => {
      const names = Array.from({ length: count }, (_, index) => `i${String(index)}`);
      const { ask } = bench({ items: named(...names) });
      // What Movim writes: `<set/>` in front of `<items/>`, `before` with the last of a page.
      const movim = (inner: string): Promise<string> =>
        ask(
          "get",
          inner === "" ? items(' max_items="12"') : set(`${inner}<max>12</max>`) + items(),
        );
      const older = await walk(
        movim,
        "",
        (answer) => `<before>${tagOf(answer, "last") ?? ""}</before>`,
      );
      // It sorts a first page that is oldest first.
      const shown = older.map((page, index) => (index === 0 ? [...page].reverse() : page));
      assert.deepEqual(shown.flat(), [...names].reverse());
      // Of an answer to `after` it takes first and last the other way round.
      const newer = await walk(
        movim,
        "<after>i0</after>",
        (answer) => `<after>${tagOf(answer, "last") ?? ""}</after>`,
      );
      assert.deepEqual(newer.flat(), names.slice(1));
    }),
    { numRuns: 40 },
  );
});
