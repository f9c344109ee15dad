import assert from "node:assert/strict";
import { test } from "node:test";
import {
  eventMessage,
  itemsRequest,
  retractMessage,
  subscribeRequest,
} from "../../../src/pep/event.ts";
import { el } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";

const NODE = "urn:xmpp:microblog:0";
const PUBSUB = "http://jabber.org/protocol/pubsub";
const EVENT = `${PUBSUB}#event`;

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
