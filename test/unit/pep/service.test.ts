import assert from "node:assert/strict";
import { test } from "node:test";
import type { PostActivity } from "../../../src/activitystreams/activity.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import {
  answerPepGet,
  answerPepSet,
  type PepEffects,
  type PepLimits,
} from "../../../src/pep/service.ts";
import { child, childElements, el, textOf, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { diasporaId, guidNumber, jid, remotePost } from "../../support/fixtures.ts";

const NS = "http://jabber.org/protocol/pubsub";
const NODE = "urn:xmpp:microblog:0";
const SERVICE = "alice\\40pod.example@dx.example.org";
const ALICE = diasporaId("alice@pod.example");
const BOB = jid("bob@example.org");

interface Bench {
  readonly calls: unknown[][];
  readonly effects: PepEffects;
  get(pubsub: XmlElement, limits?: PepLimits): Promise<XmlElement>;
  set(pubsub: XmlElement): Promise<XmlElement | null>;
}

/** Posts oldest first, as the bridge gives them; null for somebody unknown. */
function bench(
  posts: readonly PostActivity[] | null = [],
  changes: Partial<PepEffects> = {},
): Bench {
  const calls: unknown[][] = [];
  const note =
    <T>(name: string, result: T) =>
    (...given: unknown[]): Promise<T> => {
      calls.push([name, ...given]);
      return Promise.resolve(result);
    };
  const effects: PepEffects = {
    subscribe: note("subscribe", undefined),
    unsubscribe: note("unsubscribe", undefined),
    isSubscribed: note("isSubscribed", true),
    read: (reader, person, wanted) => {
      calls.push(["read", reader, person, wanted]);
      const newest = posts?.slice(-wanted.max) ?? [];
      return Promise.resolve(posts === null ? null : { name: "Alice", posts: newest });
    },
    ...changes,
  };
  const request = (pubsub: XmlElement) => ({
    service: SERVICE,
    person: ALICE,
    reader: BOB,
    pubsub,
  });
  return {
    calls,
    effects,
    get: (pubsub, limits) => answerPepGet(request(pubsub), effects, limits),
    set: (pubsub) => answerPepSet(request(pubsub), effects),
  };
}

const pubsub = (...children: readonly XmlElement[]): XmlElement =>
  el("pubsub", { xmlns: NS }, children);
const items = (attrs: Record<string, string> = {}, ...ids: readonly string[]): XmlElement =>
  pubsub(
    el(
      "items",
      { node: NODE, ...attrs },
      ids.map((id) => el("item", { id })),
    ),
  );

const posts = (count: number, markdown = "words"): PostActivity[] =>
  Array.from({ length: count }, (_, index) => remotePost({ guid: guidNumber(index), markdown }));

function idsOf(answer: XmlElement): (string | undefined)[] {
  const list = child(child(el("x", {}, answer), "pubsub", NS), "items", NS);
  assert.ok(list !== undefined);
  assert.equal(list.attrs["node"], NODE);
  return childElements(list).map((item) => item.attrs["id"]);
}

const code =
  (expected: ErrorCode) =>
  (error: unknown): boolean =>
    isDxError(error, expected);

test("subscribing and unsubscribing oneself is done and answered, to the bare JID", async () => {
  const { set, calls } = bench();
  const answer = await set(pubsub(el("subscribe", { node: NODE, jid: "Bob@example.org/phone" })));
  assert.equal(
    serialise(answer ?? el("nothing")),
    `<pubsub xmlns="${NS}"><subscription node="${NODE}" jid="bob@example.org" subscription="subscribed"/></pubsub>`,
  );
  assert.equal(await set(pubsub(el("unsubscribe", { node: NODE, jid: "bob@example.org" }))), null);
  assert.deepEqual(calls, [
    ["subscribe", BOB, ALICE, NODE],
    ["unsubscribe", BOB, ALICE, NODE],
  ]);
});

for (const [what, payload, expected] of [
  [
    "subscribe somebody else",
    el("subscribe", { node: NODE, jid: "eve@example.org" }),
    "DX_BAD_REQUEST",
  ],
  [
    "subscribe a name that begins alike",
    el("subscribe", { node: NODE, jid: "bob@example.org.evil.example" }),
    "DX_BAD_REQUEST",
  ],
  ["subscribe nobody", el("subscribe", { node: NODE }), "DX_BAD_REQUEST"],
  ["subscribe to no node", el("subscribe", { jid: BOB }), "DX_BAD_REQUEST"],
  [
    "subscribe to an unknown node",
    el("subscribe", { node: "urn:x", jid: BOB }),
    "DX_ITEM_NOT_FOUND",
  ],
  [
    "unsubscribe somebody else",
    el("unsubscribe", { node: NODE, jid: "eve@example.org" }),
    "DX_BAD_REQUEST",
  ],
  ["publish", el("publish", { node: NODE }, el("item", {}, el("entry"))), "DX_FORBIDDEN"],
  ["retract", el("retract", { node: NODE }, el("item", { id: "1" })), "DX_FORBIDDEN"],
  ["create a node", el("create", { node: NODE }), "DX_NOT_IMPLEMENTED"],
  ["set its options", el("options", { node: NODE, jid: BOB }), "DX_NOT_IMPLEMENTED"],
] as const) {
  test(`nobody may ${what}`, async () => {
    const { set, calls } = bench();
    await assert.rejects(set(pubsub(payload)), code(expected));
    assert.deepEqual(calls, []);
  });
}

test("what discovery says is what the subscriber hears", async () => {
  const { set } = bench([], {
    subscribe: () => Promise.reject(new DxError("DX_PERSON_NOT_FOUND")),
  });
  await assert.rejects(
    set(pubsub(el("subscribe", { node: NODE, jid: BOB }))),
    code("DX_PERSON_NOT_FOUND"),
  );
});

test("items come oldest first, with their publisher and a whole entry", async () => {
  const { get } = bench(posts(3));
  const answer = await get(items());
  assert.deepEqual(
    idsOf(answer),
    [0, 1, 2].map((index) => guidNumber(index)),
  );
  const item = childElements(childElements(answer)[0] ?? el("x"))[0];
  assert.equal(item?.attrs["publisher"], SERVICE);
  const entry = child(item, "entry");
  assert.equal(textOf(child(child(entry, "author"), "name")), "Alice");
});

for (const [what, request, wanted] of [
  ["no wish", items(), { max: 50 }],
  ["a few", items({ max_items: "3" }), { max: 3 }],
  ["more than we give", items({ max_items: "999999999" }), { max: 50 }],
  ["none", items({ max_items: "0" }), { max: 0 }],
  ["some by id", items({}, "a", "b"), { max: 50, ids: ["a", "b"] }],
] as const) {
  test(`a reader who asks for ${what} is given at most that`, async () => {
    const { get, calls } = bench(posts(2));
    await get(request);
    assert.deepEqual(calls, [["read", BOB, ALICE, wanted]]);
  });
}

test("of a thousand ids the first fifty are looked up", async () => {
  const { get, calls } = bench();
  await get(items({}, ...Array.from({ length: 1_000 }, (_, index) => String(index))));
  const [, , , wanted] = calls[0] ?? [];
  assert.deepEqual(wanted, {
    max: 50,
    ids: Array.from({ length: 50 }, (_, index) => String(index)),
  });
});

for (const [what, request, expected] of [
  ["a number that is none", items({ max_items: "many" }), "DX_BAD_REQUEST"],
  ["a negative number", items({ max_items: "-1" }), "DX_BAD_REQUEST"],
  ["a number without end", items({ max_items: "9".repeat(400) }), "DX_BAD_REQUEST"],
  ["an unknown node", pubsub(el("items", { node: "urn:xmpp:avatar:data" })), "DX_ITEM_NOT_FOUND"],
  ["no node", pubsub(el("items")), "DX_BAD_REQUEST"],
  ["affiliations", pubsub(el("affiliations")), "DX_NOT_IMPLEMENTED"],
  ["nothing", pubsub(), "DX_NOT_IMPLEMENTED"],
] as const) {
  test(`asking for ${what} is answered with ${expected}`, async () => {
    await assert.rejects(bench(posts(1)).get(request), code(expected));
  });
}

test("somebody whom nobody here has heard of has no items; somebody without posts has none to show", async () => {
  await assert.rejects(bench(null).get(items()), code("DX_ITEM_NOT_FOUND"));
  assert.deepEqual(idsOf(await bench([]).get(items())), []);
});

test("an answer is full at its limit: the newest stay, in order", async () => {
  const { get } = bench(posts(50, "word ".repeat(1_000)));
  const answer = await get(items(), { maxItems: 50, maxBytes: 100_000 });
  assert.ok(Buffer.byteLength(serialise(answer)) <= 101_000);
  const ids = idsOf(answer);
  assert.ok(ids.length > 5 && ids.length < 50, String(ids.length));
  const newest = Array.from({ length: ids.length }, (_, index) =>
    guidNumber(50 - ids.length + index),
  );
  assert.deepEqual(ids, newest);
});

test("one enormous post is cut, not left out", async () => {
  const { get } = bench(posts(1, "😀".repeat(65_535)));
  const answer = await get(items());
  assert.equal(idsOf(answer).length, 1);
  assert.ok(Buffer.byteLength(serialise(answer)) <= 100 * 1024);
});

test("the reader's own subscriptions are told, and nobody else's", async () => {
  const { get, calls } = bench();
  const answer = await get(pubsub(el("subscriptions")));
  assert.match(
    serialise(answer),
    /<subscription node="urn:xmpp:microblog:0" jid="bob@example.org" subscription="subscribed"\/>/,
  );
  assert.deepEqual(calls, [["isSubscribed", BOB, ALICE, NODE]]);
  const none = bench([], { isSubscribed: () => Promise.resolve(false) });
  assert.equal(
    serialise(await none.get(pubsub(el("subscriptions")))),
    `<pubsub xmlns="${NS}"><subscriptions/></pubsub>`,
  );
});
