import assert from "node:assert/strict";
import { test } from "node:test";
import { hasMoved } from "../../../src/connector/moved.ts";
import { errorReply } from "../../../src/connector/stanza.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { child, childText, el, type XmlElement } from "../../../src/xml/element.ts";
import { jid } from "../../support/fixtures.ts";

const OLD = jid("bob@old.example");
const NEW = jid("bob@new.example");

const items = (id: string, payload: XmlElement): XmlElement =>
  el(
    "iq",
    { type: "result" },
    el(
      "pubsub",
      { xmlns: "http://jabber.org/protocol/pubsub" },
      el("items", { node: "urn:xmpp:moved:1" }, el("item", { id }, payload)),
    ),
  );
const moved = (to: string, xmlns = "urn:xmpp:moved:1"): XmlElement =>
  el("moved", { xmlns }, el("new-jid", {}, to));

const asks = (answer: () => XmlElement): Promise<boolean> =>
  hasMoved(OLD, NEW, {
    domain: "dx.example",
    request: ({ to }) => {
      assert.equal(to, OLD);
      return Promise.resolve().then(answer);
    },
  });

for (const [what, answer, expected] of [
  ["the item of the old account names the new one", () => items("current", moved(NEW)), true],
  ["however it is spelt", () => items("current", moved("Bob@New.Example/phone")), true],
  ["it names somebody else", () => items("current", moved("eve@evil.example")), false],
  ["it is another item", () => items("old", moved(NEW)), false],
  ["it is something else", () => items("current", moved(NEW, "urn:x")), false],
  ["it names nobody", () => items("current", el("moved", { xmlns: "urn:xmpp:moved:1" })), false],
] as const) {
  test(`XEP-0283: ${what}: ${expected ? "moved" : "not moved"}`, async () => {
    assert.equal(await asks(answer), expected);
  });
}

test("a server that says no is a no; one that says nothing is asked again later", async () => {
  const no = new DxError("DX_IQ_ERROR", { evidence: { condition: "item-not-found" } });
  const silent = new DxError("DX_IQ_TIMEOUT");
  const fails = (error: DxError) => () => {
    throw error;
  };
  assert.equal(await asks(fails(no)), false);
  await assert.rejects(asks(fails(silent)), (error) => isDxError(error, "DX_IQ_TIMEOUT"));
});

test("RFC 6120 §8.3.3.5: who asks an account that has moved is told where to", () => {
  const request = el("iq", {
    type: "get",
    id: "1",
    from: "bob@example.org/phone",
    to: "alice\\40pod.example@dx.example.org",
  });
  const error = new DxError("DX_PERSON_MOVED", { evidence: { movedTo: "alice@new.example" } });
  const reply = child(errorReply(request, error), "error");
  assert.ok(reply !== undefined);
  assert.equal(childText(reply, "gone"), "xmpp:alice%5C40new.example@dx.example.org");
});
