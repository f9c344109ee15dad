import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  attachmentsNodeOf,
  itemUri,
  readAttachmentsNode,
  readItemUri,
  readNodeUri,
  readXmppUri,
} from "../../../src/pep/links.ts";
import { jid } from "../../support/fixtures.ts";

const ALICE = jid("alice\\40pod.example@dx.example.org");
const ITEM = { service: ALICE, node: "urn:xmpp:microblog:0", item: "first post" };

for (const [writer, uri] of [
  ["us", itemUri(ITEM.service, ITEM.node, ITEM.item)],
  ["Movim", "xmpp:alice\\40pod.example@dx.example.org?;node=urn:xmpp:microblog:0;item=first post"],
  [
    "Libervia",
    "xmpp:alice%5C40pod.example@dx.example.org?;node=urn%3Axmpp%3Amicroblog%3A0;item=first%20post",
  ],
  [
    "others",
    "xmpp:alice%5C40pod.example@dx.example.org?node=urn%3Axmpp%3Amicroblog%3A0;item=first%20post",
  ],
  [
    "buddycloud",
    "xmpp:alice%5C40pod.example@dx.example.org?pubsub;action=retrieve;node=urn:xmpp:microblog:0;item=first%20post",
  ],
  [
    "those who know HTML",
    "XMPP:Alice%5C40pod.example@DX.example.org?;node=urn%3Axmpp%3Amicroblog%3A0&item=first%20post",
  ],
] as const) {
  test(`the address of an item as ${writer} write it is that item`, () => {
    assert.deepEqual(readItemUri(uri), ITEM);
    assert.deepEqual(readAttachmentsNode(`urn:xmpp:pubsub-attachments:1/${uri}`), ITEM);
  });
}

test("our own spelling is that of XEP-0060, as Movim counts its characters", () => {
  assert.equal(
    itemUri(ITEM.service, ITEM.node, ITEM.item),
    "xmpp:alice%5C40pod.example@dx.example.org?;node=urn%3Axmpp%3Amicroblog%3A0;item=first%20post",
  );
});

for (const [what, uri] of [
  ["nothing", ""],
  ["a web page", "https://example.org/?;node=a;item=b"],
  ["no address", "xmpp:?;node=a;item=b"],
  ["no JID", "xmpp:a@b@c?;node=a;item=b"],
  ["no node", "xmpp:a@b.example?;item=b"],
  ["an empty node", "xmpp:a@b.example?;node=;item=b"],
  ["no item", "xmpp:a@b.example?;node=a"],
  ["a megabyte", `xmpp:a@b.example?;node=${"a".repeat(1 << 20)};item=b`],
] as const) {
  test(`${what} is the address of no item`, () => {
    assert.equal(readItemUri(uri), null);
  });
}

test("the first of two nodes counts, and of no item there is a node", () => {
  assert.deepEqual(readXmppUri("xmpp:a@b.example?;node=one;node=two"), {
    service: "a@b.example",
    node: "one",
    item: null,
  });
  assert.deepEqual(readNodeUri("xmpp:b.example?;node=one"), { service: "b.example", node: "one" });
  assert.equal(readNodeUri("xmpp:b.example"), null);
});

test("a raw address with a percent sign is not decoded to somebody else", () => {
  assert.equal(
    readXmppUri("xmpp:bob%ff.example@dx.example.org")?.service,
    "bob%ff.example@dx.example.org",
  );
});

test("whatever an item and its node are called, their address leads back to them", () => {
  const word = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
    .filter((text) => text.isWellFormed());
  fc.assert(
    fc.property(word, word, (node, item) => {
      assert.deepEqual(readItemUri(itemUri(ALICE, node, item)), { service: ALICE, node, item });
      const address = { service: ALICE, node, item };
      assert.deepEqual(readAttachmentsNode(attachmentsNodeOf(address)), address);
    }),
  );
});
