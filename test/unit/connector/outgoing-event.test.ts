import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type { ActivityContent } from "../../../src/activitystreams/delivery.ts";
import { eventFor } from "../../../src/connector/outgoing-event.ts";
import { child, childElements, childText, type XmlElement } from "../../../src/xml/element.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { diasporaId, localPerson, remotePost } from "../../support/fixtures.ts";
import { above, BASE, CAROL, content, CONTEXT, GUID, ROOT, SERVICE } from "./outgoing-support.ts";

const comment: Activity = {
  ...BASE,
  verb: "post",
  object: { type: "comment", guid: GUID, markdown: "Fine", inReplyTo: ROOT },
};
const like = (type: "post" | "comment"): Activity => ({
  ...BASE,
  verb: "like",
  object: { type: "opinion", guid: GUID, about: { type, guid: ROOT } },
});
const gone = (targetType: string): Activity => ({
  ...BASE,
  verb: "delete",
  object: { type: "tombstone", guid: GUID, targetType },
});
const share: Activity = {
  ...BASE,
  verb: "share",
  object: { type: "share", guid: GUID, root: { author: diasporaId("a@b.example"), guid: ROOT } },
};

const COMMENTS = `urn:xmpp:microblog:0:comments/${ROOT}`;
const MICROBLOG = "urn:xmpp:microblog:0";
const COMPONENT = "dx.example.org";
const CAROLS = "carol\\40pod.example@dx.example.org";

interface Place {
  readonly from: string;
  readonly node: string;
  readonly publisher?: string;
}

function placeOf(stanza: XmlElement): Place & { readonly what: string; readonly id: string } {
  const items = child(child(stanza, "event"), "items");
  const [what] = items === undefined ? [] : childElements(items);
  return {
    from: stanza.attrs["from"] ?? "",
    node: items?.attrs["node"] ?? "",
    what: what?.local ?? "",
    id: what?.attrs["id"] ?? "",
    ...(what?.attrs["publisher"] === undefined ? {} : { publisher: what.attrs["publisher"] }),
  };
}

const POSTED: readonly (readonly [
  what: string,
  content: ActivityContent,
  place: Place & object,
])[] = [
  [
    "a post",
    content(remotePost({ guid: GUID })),
    { from: SERVICE, node: MICROBLOG, publisher: SERVICE },
  ],
  [
    "a share",
    content(share, { author: CAROL }),
    { from: CAROLS, node: MICROBLOG, publisher: CAROLS },
  ],
  [
    "a post of somebody here whose own server does not hold it",
    content(remotePost({ guid: GUID }), { author: localPerson() }),
    { from: COMPONENT, node: "/user/bob@example.org/posts", publisher: "bob@example.org" },
  ],
  [
    "a comment",
    content(comment, { author: CAROL, above: above("remote") }),
    { from: COMPONENT, node: COMMENTS, publisher: CAROLS },
  ],
  [
    "a comment of somebody here",
    content(comment, { author: localPerson(), above: above("remote") }),
    { from: COMPONENT, node: COMMENTS, publisher: "bob@example.org" },
  ],
  [
    "a like of a post",
    content(like("post"), { author: CAROL, above: above("remote") }),
    { from: COMPONENT, node: COMMENTS, publisher: CAROLS },
  ],
  [
    "a comment whose post is gone",
    content(comment, { author: CAROL }),
    { from: COMPONENT, node: COMMENTS, publisher: CAROLS },
  ],
];
for (const [what, shown, place] of POSTED) {
  test(`${what} is an item of its node, from the bare JID, published by who said it`, () => {
    const stanza = eventFor(shown, ROOT, CONTEXT);
    assert.ok(stanza !== null);
    assert.deepEqual(placeOf(stanza), { ...place, what: "item", id: GUID });
    assert.equal(child(stanza, "body"), undefined);
    const entry = child(child(child(child(stanza, "event"), "items"), "item"), "entry");
    const uri = childText(child(entry, "author"), "uri");
    assert.equal(uri, `xmpp:${place.publisher ?? ""}`, "Movim believes no other author");
  });
}

test("an item is called as its author's client called it", () => {
  const shown = content(comment, {
    author: localPerson(),
    above: above("remote"),
    itemId: "uuid-1",
  });
  const stanza = eventFor(shown, ROOT, CONTEXT);
  assert.ok(stanza !== null);
  assert.deepEqual([placeOf(stanza).id, stanza.attrs["id"]], ["uuid-1", "uuid-1"]);
  const retract = eventFor({ ...shown, activity: gone("Comment") }, ROOT, CONTEXT);
  assert.ok(retract !== null);
  assert.deepEqual([placeOf(retract).what, placeOf(retract).id], ["retract", "uuid-1"]);
});

const RETRACTED: readonly (readonly [type: string, place: Place | null])[] = [
  ["Post", { from: SERVICE, node: MICROBLOG }],
  ["StatusMessage", { from: SERVICE, node: MICROBLOG }],
  ["Reshare", { from: SERVICE, node: MICROBLOG }],
  ["Comment", { from: COMPONENT, node: COMMENTS }],
  ["Like", { from: COMPONENT, node: COMMENTS }],
  ["PollParticipation", null],
  ["Photo", null],
];
for (const [type, place] of RETRACTED) {
  test(`a retraction of a ${type} ${place === null ? "is no event" : "names what is gone where it was"}`, () => {
    const stanza = eventFor(content(gone(type), { above: above("remote") }), ROOT, CONTEXT);
    const expected = place === null ? null : { ...place, what: "retract", id: GUID };
    assert.deepEqual(stanza === null ? null : placeOf(stanza), expected);
  });
}

test("an account that was closed takes its node along", () => {
  const closed: Activity = {
    ...BASE,
    verb: "terminate",
    object: { type: "account", id: diasporaId("alice@pod.example") },
  };
  const event = child(eventFor(content(closed), ROOT, CONTEXT) ?? undefined, "event");
  assert.equal(child(event, "delete")?.attrs["node"], MICROBLOG);
});

const NO_EVENT: readonly (readonly [what: string, activity: Activity])[] = [
  ["a like of a comment", like("comment")],
  [
    "a contact",
    { ...BASE, verb: "follow", object: { type: "person", id: diasporaId("bob@example.org") } },
  ],
  [
    "a private message",
    {
      ...BASE,
      verb: "send",
      object: { type: "message", guid: GUID, conversation: ROOT, markdown: "Secret" },
    },
  ],
  [
    "a vote",
    { ...BASE, verb: "vote", object: { type: "vote", guid: GUID, question: ROOT, answer: ROOT } },
  ],
];
for (const [what, activity] of NO_EVENT) {
  test(`${what} is no event`, () => {
    assert.equal(eventFor(content(activity, { above: above("remote") }), ROOT, CONTEXT), null);
  });
}

for (const [what, markdown] of [
  ["emoji", "😀".repeat(65_535)],
  ["marks", "**a** ".repeat(10_000)],
  ["ampersands", "&".repeat(65_535)],
] as const) {
  test(`pitfall 58: an event of too many ${what} stays below its limit`, () => {
    for (const maxBytes of [60 * 1024, 128 * 1024]) {
      const stanza = eventFor(content(remotePost({ markdown })), ROOT, { ...CONTEXT, maxBytes });
      assert.ok(stanza !== null && childElements(stanza).length === 1);
      assert.ok(Buffer.byteLength(serialise(stanza)) <= maxBytes);
    }
  });
}
