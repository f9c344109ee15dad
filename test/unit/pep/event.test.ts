import assert from "node:assert/strict";
import { test } from "node:test";
import {
  eventMessage,
  itemsRequest,
  readItemsEvent,
  readItemsResult,
  retractMessage,
  subscribeRequest,
} from "../../../src/pep/event.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";

const NODE = "urn:xmpp:microblog:0";
const PUBSUB = "http://jabber.org/protocol/pubsub";
const EVENT = `${PUBSUB}#event`;

function event(inner: string, outer = ""): XmlElement {
  return readXml(
    `<message xmlns="jabber:component:accept" from="bob@example.org" type="headline"><event xmlns="${EVENT}">${inner}</event>${outer}</message>`,
  );
}

test("an event is read: node, items with their first payload, retractions", () => {
  const read = readItemsEvent(
    event(
      `<items node="${NODE}"><item id="1" publisher="bob@example.org/x"><entry xmlns="http://www.w3.org/2005/Atom"/><more/></item><item id="2"/><retract id="3"/></items>`,
    ),
  );
  assert.ok(read !== null);
  assert.deepEqual(
    read.items.map((item) => [item.id, item.payload?.name]),
    [
      ["1", "entry"],
      ["2", undefined],
    ],
  );
  assert.deepEqual([read.node, read.retracted, read.delayed], [NODE, ["3"], false]);
});

test("what is sent again with a delay is no news", () => {
  const read = readItemsEvent(
    event(
      `<items node="${NODE}"><item id="1"/></items>`,
      `<delay xmlns="urn:xmpp:delay" stamp="2026-01-01T00:00:00Z"/>`,
    ),
  );
  assert.equal(read?.delayed, true);
});

for (const [what, message] of [
  ["a chat message", readXml("<message><body>hi</body></message>")],
  ["an event about a configuration", event(`<configuration node="${NODE}"/>`)],
  ["an event about a purge", event(`<purge node="${NODE}"/>`)],
  ["items without a node", event(`<items><item id="1"/></items>`)],
  [
    "an event in another namespace",
    readXml(`<message><event xmlns="urn:x"><items node="n"/></event></message>`),
  ],
  [
    "an event that was forwarded",
    readXml(
      `<message><forwarded xmlns="urn:xmpp:forward:0"><message><event xmlns="${EVENT}"><items node="n"/></event></message></forwarded></message>`,
    ),
  ],
] as const) {
  test(`${what} is no items event`, () => {
    assert.equal(readItemsEvent(message), null);
  });
}

test("items without an id, and with one that no database can keep, are passed over", () => {
  const ids = ["", "x".repeat(1_024), "漢".repeat(400), "漢".repeat(341), "x".repeat(1_023), "ok"];
  const message = el(
    "message",
    {},
    el(
      "event",
      { xmlns: EVENT },
      el(
        "items",
        { node: NODE },
        el("item"),
        ids.map((id) => el("item", { id })),
      ),
    ),
  );
  const read = readItemsEvent(message)?.items.map((item) => item.id);
  assert.deepEqual(read, ["漢".repeat(341), "x".repeat(1_023), "ok"]);
});

test("an answer to a read is read, an empty one too", () => {
  const answer = el(
    "iq",
    {},
    el("pubsub", { xmlns: PUBSUB }, el("items", { node: NODE }, el("item", { id: "1" }))),
  );
  assert.deepEqual(
    readItemsResult(answer).map((item) => item.id),
    ["1"],
  );
  assert.deepEqual(readItemsResult(el("iq", { type: "result" })), []);
});

const ITEM = { service: "alice\\40pod.example@dx.example.org", node: NODE, id: "guid" };

test("an event goes out from the bare JID, as a headline without a body, with the item's id", () => {
  const message = eventMessage(
    { ...ITEM, payload: el("entry", { xmlns: "http://www.w3.org/2005/Atom" }) },
    "bob@example.org",
  );
  assert.equal(
    serialise(message),
    `<message type="headline" from="${ITEM.service}" to="bob@example.org" id="guid"><event xmlns="${EVENT}"><items node="${NODE}"><item id="guid" publisher="${ITEM.service}"><entry xmlns="http://www.w3.org/2005/Atom"/></item></items></event></message>`,
  );
});

test("a retraction goes out in the shape of the XEP", () => {
  assert.equal(
    serialise(retractMessage(ITEM, "bob@example.org")),
    `<message type="headline" from="${ITEM.service}" to="bob@example.org" id="retract-guid"><event xmlns="${EVENT}"><items node="${NODE}"><retract id="guid"/></items></event></message>`,
  );
});

for (const [request, xml] of [
  [itemsRequest(NODE, { max: 20 }), `<items node="${NODE}" max_items="20"/>`],
  [
    itemsRequest(NODE, { ids: ["a", "b"] }),
    `<items node="${NODE}"><item id="a"/><item id="b"/></items>`,
  ],
  [subscribeRequest(NODE, "dx.example.org"), `<subscribe node="${NODE}" jid="dx.example.org"/>`],
] as const) {
  test(`we ask with ${xml.slice(0, 40)}…`, () => {
    assert.equal(serialise(request), `<pubsub xmlns="${PUBSUB}">${xml}</pubsub>`);
  });
}
