/** What people did, as the stanzas that their readers get: signals and the dispatch of forms. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Signal } from "../../../src/activitystreams/delivery.ts";
import { stanzaFor, stanzaOf } from "../../../src/connector/outgoing.ts";
import { child, childText } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { diasporaId, remotePost } from "../../support/fixtures.ts";
import { CONTEXT, content, delivery, SERVICE } from "./outgoing-support.ts";

const READER = "bob@example.org";

test("one row is an event or a chat message, as the reader wants it", () => {
  const row = delivery(content(remotePost()));
  const event = stanzaOf(row, "event", CONTEXT);
  const chat = stanzaOf(row, "chat", CONTEXT);
  assert.ok(event !== null && chat !== null);
  assert.equal(event.attrs["type"], "headline");
  assert.equal(child(event, "body"), undefined, "nobody takes it for chat");
  assert.equal(chat.attrs["type"], "chat");
  assert.ok(childText(chat, "body"));
  for (const stanza of [event, chat]) assert.equal(stanza.attrs["to"], undefined);
});

test("what is for one JID has its form and address", () => {
  const row = { ...delivery(content(remotePost())), form: "chat" } as const;
  const stanza = stanzaFor(row, READER, CONTEXT);
  assert.deepEqual([stanza?.attrs["to"], stanza?.attrs["type"]], [READER, "chat"]);
});

test("a stanza is the same each time, so that a repeat is seen to be one", () => {
  const row = delivery(content(remotePost()));
  for (const form of ["event", "chat"] as const) {
    const [first, second] = [stanzaOf(row, form, CONTEXT), stanzaOf(row, form, CONTEXT)];
    assert.ok(first !== null && second !== null);
    assert.equal(serialise(first), serialise(second));
  }
});

const SIGNALS: readonly (readonly [what: string, signal: Signal, from: boolean, xml: string])[] = [
  [
    "words of the bridge",
    { kind: "words", text: "<b>Hi</b>" },
    false,
    `<message type="chat" from="dx.example.org" id="notice-7" to="${READER}"><body>&lt;b&gt;Hi&lt;/b&gt;</body><store xmlns="urn:xmpp:hints"/></message>`,
  ],
  [
    "words about a person",
    { kind: "words", text: "Also to Ann" },
    true,
    `<message type="chat" from="${SERVICE}" id="notice-7" to="${READER}"><body>Also to Ann</body><store xmlns="urn:xmpp:hints"/></message>`,
  ],
  [
    "a receipt",
    { kind: "receipt", messageId: "m1" },
    true,
    `<message type="chat" from="${SERVICE}" id="receipt-7" to="${READER}"><received xmlns="urn:xmpp:receipts" id="m1"/><store xmlns="urn:xmpp:hints"/></message>`,
  ],
  [
    "a failure",
    { kind: "failure", messageId: "m1", text: "the pod does not answer" },
    true,
    `<message type="error" from="${SERVICE}" id="m1" to="${READER}"><error type="cancel"><recipient-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">the pod does not answer</text></error></message>`,
  ],
  [
    "a new follower",
    { kind: "presence", presence: "subscribe", nick: "Alice" },
    true,
    `<presence type="subscribe" from="${SERVICE}" to="${READER}"><nick xmlns="http://jabber.org/protocol/nick">Alice</nick></presence>`,
  ],
  [
    "a follower who left",
    { kind: "presence", presence: "unsubscribe" },
    true,
    `<presence type="unsubscribe" from="${SERVICE}" to="${READER}"/>`,
  ],
];
for (const [what, signal, from, xml] of SIGNALS) {
  test(`${what} is what it is on the wire, in either form`, () => {
    const id = from ? diasporaId("alice@pod.example") : null;
    for (const form of ["event", "chat"] as const) {
      const row = { ...delivery({ type: "signal", from: id, signal }), form };
      const stanza = stanzaFor(row, READER, CONTEXT);
      assert.ok(stanza !== null);
      assert.equal(serialise(stanza), xml);
    }
  });
}
