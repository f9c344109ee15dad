import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  deleteMessage,
  eventMessage,
  eventMessages,
  purgeMessage,
  retractMessage,
  subscriptionMessage,
} from "../../../src/pep/event.ts";
import { readEvent, type EventItem } from "../../../src/pep/read-event.ts";
import { child, el, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";

const ATOM = "http://www.w3.org/2005/Atom";
const SOURCE = { service: "alice\\40pod.example@dx.example.org", node: "urn:xmpp:microblog:0" };
const BOB = "bob@example.org";
const LIMIT = 128 * 1024;

function entry(words: string, xhtml = ""): XmlElement {
  return el(
    "entry",
    { xmlns: ATOM },
    el("title", {}, words.slice(0, 5_000)),
    el("id", {}, "urn:1"),
    el("updated", {}, "2026-01-02T03:04:05Z"),
    el("content", { type: "text" }, words),
    el("content", { type: "xhtml" }, el("div", { xmlns: "http://www.w3.org/1999/xhtml" }, xhtml)),
    el("link", { rel: "alternate", href: "https://pod.example/posts/1" }),
  );
}

const bytes = (stanza: XmlElement): number => Buffer.byteLength(serialise(stanza));

function itemsOf(message: XmlElement): readonly EventItem[] {
  const event = readEvent(message);
  assert.ok(event?.type === "items");
  return event.items;
}

const EVENTS: readonly (readonly [string, XmlElement, string])[] = [
  ["an item", eventMessage({ ...SOURCE, id: "1", payload: entry("x") }, BOB), "1"],
  ["a retraction", retractMessage({ ...SOURCE, id: "1" }, BOB), "retract-1"],
  ["a node's end", deleteMessage(SOURCE, BOB), `delete-${SOURCE.node}`],
  ["a node that is empty", purgeMessage(SOURCE, BOB), `purge-${SOURCE.node}`],
  ["a subscription's end", subscriptionMessage(SOURCE, BOB, "none"), `none-${SOURCE.node}`],
];

for (const [what, message, id] of EVENTS) {
  test(`pitfall 30, 43, 69: ${what} is told by a headline without a body, from a bare JID to a bare JID`, () => {
    assert.deepEqual(message.attrs, { type: "headline", from: SOURCE.service, to: BOB, id });
    assert.equal(child(message, "body"), undefined);
    assert.notEqual(readEvent(message), null);
  });
}

test("an event for many has no addressee yet", () => {
  assert.equal(eventMessage({ ...SOURCE, id: "1", payload: entry("x") }).attrs["to"], undefined);
});

test("a node that has moved says where to", () => {
  const event = readEvent(deleteMessage(SOURCE, BOB, "xmpp:new@dx.example.org?;node=n"));
  assert.equal(event?.type === "delete" && event.redirect, "xmpp:new@dx.example.org?;node=n");
});

test("a comment's event names who said it, not the service", () => {
  const component = { service: "dx.example.org", node: "urn:xmpp:microblog:0:comments/1" };
  const item = { ...component, id: "1", payload: entry("x"), publisher: BOB };
  assert.equal(itemsOf(eventMessage(item, BOB))[0]?.publisher, BOB);
  assert.equal(itemsOf(eventMessages(component, [item], BOB)[0] ?? el("x"))[0]?.publisher, BOB);
});

test("pitfall 58: however large the items are, each message fits, and all are told once, in order", () => {
  const anyItem = fc.record({ words: fc.integer({ min: 0, max: 90_000 }), big: fc.boolean() });
  fc.assert(
    fc.property(fc.array(anyItem, { maxLength: 12 }), (sizes) => {
      const items = sizes.map(({ words, big }, index) => ({
        id: `i${String(index)}`,
        payload: entry("x".repeat(words), big ? "y".repeat(200_000) : ""),
      }));
      const messages = eventMessages(SOURCE, items, BOB);
      for (const message of messages) assert.ok(bytes(message) <= LIMIT, String(bytes(message)));
      assert.deepEqual(
        messages.flatMap((message) => itemsOf(message).map(({ id }) => id)),
        items.map(({ id }) => id),
      );
      // Fixed: the same again has the same ids, and no two messages share one.
      const ids = messages.map(({ attrs }) => attrs["id"]);
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(
        eventMessages(SOURCE, items, BOB).map(({ attrs }) => attrs["id"]),
        ids,
      );
    }),
    { numRuns: 30 },
  );
});

for (const [what, payload, left] of [
  [
    "too much XHTML",
    entry("words", "y".repeat(200_000)),
    ["title", "id", "updated", "content", "link"],
  ],
  ["too much text", entry("x".repeat(200_000)), ["title", "id", "updated", "link"]],
  [
    "a thousand links",
    el(
      "entry",
      { xmlns: ATOM },
      el("title", {}, "x".repeat(5_000)),
      Array.from({ length: 5_000 }, () => el("link", { href: "https://pod.example/posts/1" })),
    ),
    ["title", "link", "link", "link", "link", "link"],
  ],
] as const) {
  test(`pitfall 31: an entry with ${what} still comes with a title and a link`, () => {
    const [message] = eventMessages(SOURCE, [{ id: "1", payload }], BOB);
    assert.ok(message !== undefined && bytes(message) <= LIMIT);
    const [item] = itemsOf(message);
    assert.deepEqual(
      item?.payload?.children.map((part) => (typeof part === "string" ? part : part.local)),
      left,
    );
  });
}

test("what is too big and no entry is only named", () => {
  const payload = el("data", { xmlns: "urn:xmpp:avatar:data" }, "x".repeat(200_000));
  const [message] = eventMessages(SOURCE, [{ id: "1", payload }], BOB);
  assert.deepEqual(
    itemsOf(message ?? el("x")).map((item) => [item.id, item.payload]),
    [["1", undefined]],
  );
});
