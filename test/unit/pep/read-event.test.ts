import assert from "node:assert/strict";
import { test } from "node:test";
import { eventBytes, readEvent, readItemsResult } from "../../../src/pep/read-event.ts";
import { el } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";

const NODE = "urn:xmpp:microblog:0";
const PUBSUB = "http://jabber.org/protocol/pubsub";
const ENTRY = '<entry xmlns="http://www.w3.org/2005/Atom"/>';

const message = (inner: string, outer = "") =>
  readXml(
    `<message xmlns="jabber:component:accept" from="bob@example.org" type="headline">` +
      `<event xmlns="${PUBSUB}#event">${inner}</event>${outer}</message>`,
  );

/** As these servers send an item that Bob has published. */
for (const [server, item, publisher] of [
  [
    "pitfall 24: ejabberd with itemreply=publisher",
    `<item id="1" publisher="bob@example.org/phone">${ENTRY}</item>`,
    "bob@example.org",
  ],
  [
    "pitfall 24: Prosody",
    `<item id="1" publisher="bob@example.org">${ENTRY}</item>`,
    "bob@example.org",
  ],
  ["pitfall 24: Openfire", `<item id="1">${ENTRY}</item>`, null],
  ["somebody who writes nonsense", `<item id="1" publisher="@">${ENTRY}</item>`, null],
] as const) {
  test(`an item of ${server} is published by ${publisher ?? "nobody that is known"}`, () => {
    const event = readEvent(message(`<items node="${NODE}">${item}</items>`));
    assert.ok(event?.type === "items");
    assert.deepEqual(
      event.items.map((read) => [read.id, read.publisher, read.payload?.local]),
      [["1", publisher, "entry"]],
    );
  });
}

test("several items and retractions come in one event, with or without payload", () => {
  const event = readEvent(
    message(
      `<items node="${NODE}"><item id="1">${ENTRY}</item><item id="2"/><retract id="3"/><retract/></items>`,
    ),
  );
  assert.ok(event?.type === "items");
  assert.deepEqual(
    [event.items.map(({ id, payload }) => [id, payload?.local]), event.retracted],
    [
      [
        ["1", "entry"],
        ["2", undefined],
      ],
      ["3"],
    ],
  );
});

test("pitfall 20: what is sent again says so", () => {
  const again = message(
    `<items node="${NODE}"><item id="1">${ENTRY}</item></items>`,
    '<delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:00Z"/>',
  );
  const event = readEvent(again);
  assert.equal(event?.type === "items" && event.delayed, true);
});

const DATA = "jabber:x:data";
for (const [what, inner, expected] of [
  ["a purge", `<purge node="${NODE}"/>`, { type: "purge", node: NODE }],
  ["a deletion", `<delete node="${NODE}"/>`, { type: "delete", node: NODE, redirect: null }],
  [
    "a move",
    `<delete node="${NODE}"><redirect uri="xmpp:b@c?;node=n"/></delete>`,
    { type: "delete", node: NODE, redirect: "xmpp:b@c?;node=n" },
  ],
  [
    "a new configuration",
    `<configuration node="${NODE}"><x xmlns="${DATA}" type="result"><field var="pubsub#access_model"><value>presence</value></field><field/></x></configuration>`,
    {
      type: "configuration",
      node: NODE,
      fields: new Map([["pubsub#access_model", "presence"]]),
    },
  ],
  [
    "a new configuration of which nothing is told",
    `<configuration node="${NODE}"/>`,
    { type: "configuration", node: NODE, fields: new Map() },
  ],
  [
    "a change of a subscription",
    `<subscription node="${NODE}" jid="dx.example.org" subscription="none"/>`,
    { type: "subscription", node: NODE, jid: "dx.example.org", state: "none" },
  ],
] as const) {
  test(`${what} is read`, () => {
    assert.deepEqual(readEvent(message(inner)), expected);
  });
}

for (const [what, stanza] of [
  ["an empty event", message("")],
  ["items without a node", message(`<items><item id="1"/></items>`)],
  ["what nobody knows", message(`<frobnicate node="${NODE}"/>`)],
  ["something in another namespace", message(`<items xmlns="urn:x" node="${NODE}"/>`)],
  [
    "pitfall 44: an event that a carbon copy or another message carries",
    readXml(
      `<message><received xmlns="urn:xmpp:carbons:2"><forwarded xmlns="urn:xmpp:forward:0"><message><event xmlns="${PUBSUB}#event"><items node="n"/></event></message></forwarded></received></message>`,
    ),
  ],
] as const) {
  test(`${what} is no event`, () => {
    assert.equal(readEvent(stanza), null);
  });
}

test("a form of thousands of fields is read to the hundredth", () => {
  const fields = Array.from({ length: 5_000 }, (_, index) =>
    el("field", { var: `f${String(index)}` }, el("value", {}, "x")),
  );
  const event = readEvent(
    el(
      "message",
      {},
      el(
        "event",
        { xmlns: `${PUBSUB}#event` },
        el("configuration", { node: NODE }, el("x", { xmlns: DATA }, fields)),
      ),
    ),
  );
  assert.equal(event?.type === "configuration" ? event.fields.size : -1, 100);
});

test("an answer to a read names publishers where the server does", () => {
  const answer = readXml(
    `<iq type="result"><pubsub xmlns="${PUBSUB}"><items node="${NODE}"><item id="1" publisher="bob@example.org/x"/><item id="2"/></items></pubsub></iq>`,
  );
  assert.deepEqual(
    readItemsResult(answer).map(({ id, publisher }) => [id, publisher]),
    [
      ["1", "bob@example.org"],
      ["2", null],
    ],
  );
});

test("items without an id, and with one that no database can keep, are passed over", () => {
  const ids = ["", "x".repeat(1_024), "漢".repeat(400), "漢".repeat(341), "x".repeat(1_023), "ok"];
  const event = el(
    "message",
    {},
    el(
      "event",
      { xmlns: `${PUBSUB}#event` },
      el(
        "items",
        { node: NODE },
        el("item"),
        ids.map((id) => el("item", { id })),
      ),
    ),
  );
  const read = readEvent(event);
  assert.deepEqual(read?.type === "items" && read.items.map((item) => item.id), [
    "漢".repeat(341),
    "x".repeat(1_023),
    "ok",
  ]);
});

test("an answer without items is an empty one", () => {
  assert.deepEqual(readItemsResult(el("iq", { type: "result" })), []);
});

test("what waits is counted with the names of what it brings and takes away", () => {
  const sizeOf = (inner: string): number => {
    const event = readEvent(message(`<items node="${NODE}">${inner}</items>`));
    assert.ok(event !== null);
    return eventBytes(event);
  };
  const id = "i".repeat(1_000);
  const [empty, taken] = [sizeOf(""), sizeOf(`<retract id="${id}"/>`.repeat(50))];
  assert.equal(empty, 0);
  assert.ok(taken >= 50_000);
  assert.ok(
    sizeOf(`<item id="${id}">${ENTRY}</item>`) > sizeOf(`<item id="1">${ENTRY}</item>`) + 900,
  );
});
