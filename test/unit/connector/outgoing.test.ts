import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeptActivity } from "../../../src/activitystreams/activity.ts";
import type { DeliveryContent, PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import { stanzaFor } from "../../../src/connector/outgoing.ts";
import { child, childElements, childText } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { diasporaId, guidNumber, remotePerson, remotePost } from "../../support/fixtures.ts";

const CONTEXT = { componentDomain: "dx.example.org", maxBytes: 60 * 1024 };
const READER = "bob@example.org";
const SERVICE = "alice\\40pod.example@dx.example.org";

function delivery(content: DeliveryContent): PendingDelivery {
  return { id: "7", destinationId: "1", attempts: 0, rootGuid: "root", content };
}

const of = (activity: KeptActivity): PendingDelivery =>
  delivery({ type: "activity", activityId: "1", activity, author: remotePerson() });

test("a post is an event of its author's node, to the bare JID", () => {
  const stanza = stanzaFor(of(remotePost({ guid: guidNumber(1) })), READER, CONTEXT);
  assert.ok(stanza !== null);
  assert.deepEqual(stanza.attrs, {
    type: "headline",
    from: SERVICE,
    to: READER,
    id: guidNumber(1),
  });
  const items = child(child(stanza, "event"), "items");
  assert.equal(items?.attrs["node"], "urn:xmpp:microblog:0");
  assert.equal(child(items, "item")?.attrs["publisher"], SERVICE);
  assert.equal(child(stanza, "body"), undefined, "nobody takes it for chat");
});

test("a post goes out the same each time, so that a repeat is seen to be one", () => {
  const post = of(remotePost());
  const [first, second] = [stanzaFor(post, READER, CONTEXT), stanzaFor(post, READER, CONTEXT)];
  assert.ok(first !== null && second !== null);
  assert.equal(serialise(first), serialise(second));
});

test("a retraction names what it retracts", () => {
  const retraction: KeptActivity = {
    ...remotePost(),
    verb: "delete",
    object: { type: "tombstone", guid: guidNumber(3), targetType: "Post" },
  };
  const stanza = stanzaFor(of(retraction), READER, CONTEXT);
  const items = child(child(stanza ?? undefined, "event"), "items");
  assert.equal(child(items, "retract")?.attrs["id"], guidNumber(3));
  assert.equal(stanza?.attrs["from"], SERVICE);
});

test("words of the bridge are chat from the bridge", () => {
  const stanza = stanzaFor(delivery({ type: "notice", text: "<b>Hi</b>" }), READER, CONTEXT);
  assert.ok(stanza !== null);
  assert.deepEqual(stanza.attrs, {
    type: "chat",
    from: "dx.example.org",
    to: READER,
    id: "notice-7",
  });
  assert.equal(childText(stanza, "body"), "<b>Hi</b>");
});

test("a contact has no form on the XMPP side", () => {
  const contact: KeptActivity = {
    ...remotePost(),
    verb: "follow",
    object: { type: "person", id: diasporaId("bob@example.org") },
  };
  assert.equal(stanzaFor(of(contact), READER, CONTEXT), null);
});

for (const [what, markdown] of [
  ["emoji", "😀".repeat(65_535)],
  ["marks", "**a** ".repeat(10_000)],
  ["ampersands", "&".repeat(65_535)],
] as const) {
  test(`a stanza of too many ${what} stays below its limit`, () => {
    for (const maxBytes of [60 * 1024, 128 * 1024]) {
      const stanza = stanzaFor(of(remotePost({ markdown })), READER, { ...CONTEXT, maxBytes });
      assert.ok(stanza !== null && childElements(stanza).length === 1);
      assert.ok(Buffer.byteLength(serialise(stanza)) <= maxBytes);
    }
  });
}
