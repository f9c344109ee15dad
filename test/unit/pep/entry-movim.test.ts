import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  isAbout,
  type Activity,
  type PostActivity,
} from "../../../src/activitystreams/activity.ts";
import { commentsNodeOf, itemNameOf } from "../../../src/pep/links.ts";
import { entryFromPost } from "../../../src/pep/entry-from-post.ts";
import { entryFromReply } from "../../../src/pep/entry-from-reply.ts";
import { readEntry } from "../../../src/pep/entry.ts";
import { child, childrenNamed, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber, note, remotePost } from "../../support/fixtures.ts";
import { assertClean } from "../activitystreams/sanitised.ts";
import { activities, CANONICAL, WILD } from "../salmon/arbitrary-activities.ts";
import { ALICE, CARL, COMPONENT, contextFor, jidOf, seen } from "./entry-world.ts";
import { assertMovimAccepts, movimBody, movimComments } from "./movim-rules.ts";

const LIMITS = [12_000, 60_000, 128 * 1024];

/** As a reader gets it, from the wire. */
function onTheWire(entry: XmlElement, maxBytes: number): XmlElement {
  const wire = serialise(entry);
  assert.ok(Buffer.byteLength(wire) <= maxBytes, `${String(Buffer.byteLength(wire))} bytes`);
  return readXml(wire, { nodes: 100_000 });
}

function write(activity: Activity, root: PostActivity | null, maxBytes: number): XmlElement {
  const context = contextFor(ALICE);
  const rootSeen = root === null ? null : seen(root, CARL);
  if (isAbout(activity, "note")) return entryFromPost(seen(activity), context, maxBytes);
  if (isAbout(activity, "share")) {
    return entryFromPost(seen(activity, ALICE, rootSeen), context, maxBytes);
  }
  const place = { ...context, service: COMPONENT, node: commentsNodeOf(guidNumber(9)) };
  if (isAbout(activity, "comment")) return entryFromReply(seen(activity), place, maxBytes);
  assert.ok(isAbout(activity, "opinion"));
  return entryFromReply(seen(activity), place, maxBytes);
}

for (const [style, arbitraries] of [
  ["wild", activities(WILD)],
  ["ordinary", activities(CANONICAL)],
] as const) {
  for (const kind of ["note", "share", "comment", "opinion"] as const) {
    test(`Movim accepts every ${style} ${kind}, and nothing in it is dangerous`, () => {
      const any = arbitraries[kind];
      const anyRoot = arbitraries["note"];
      assert.ok(any !== undefined && anyRoot !== undefined);
      fc.assert(
        fc.property(
          any,
          fc.option(anyRoot),
          fc.constantFrom(...LIMITS),
          (activity, root, maxBytes) => {
            assert.ok(root === null || isAbout(root, "note"));
            const entry = onTheWire(write(activity, root, maxBytes), maxBytes);
            const id = itemNameOf("guid" in activity.object ? activity.object.guid : "");
            assertMovimAccepts({ id, publisher: jidOf(ALICE), entry });
            for (const content of childrenNamed(entry, "content")) {
              const div = child(content, "div");
              if (content.attrs["type"] === "xhtml") assert.ok(div !== undefined);
              if (div !== undefined) assertClean(div);
            }
            const read = readEntry(entry);
            assert.equal(read?.verb, activity.verb === "update" ? "post" : activity.verb);
            assert.equal(read.isLimited, activity.audience === "limited");
            assert.deepEqual(read.hops, [COMPONENT]);
          },
        ),
        { numRuns: 150 },
      );
    });
  }
}

test("pitfall 34: Movim finds the comments of each post on the component", () => {
  const guid = guidNumber(3);
  const entry = entryFromPost(
    seen(
      remotePost({ guid, photos: [{ guid: guidNumber(4), url: "https://x/a", text: "comments" }] }),
    ),
    contextFor(ALICE, { commentsOn: () => 12 }),
    60_000,
  );
  assert.deepEqual(movimComments(onTheWire(entry, 60_000)), { service: COMPONENT, id: guid });
  const link = childrenNamed(entry, "link").find(({ attrs }) => attrs["rel"] === "replies");
  assert.deepEqual(link?.attrs, {
    rel: "replies",
    title: "comments",
    href: `xmpp:${COMPONENT}?;node=urn%3Axmpp%3Amicroblog%3A0%3Acomments%2F${guid}`,
    "xmlns:thr": "http://purl.org/syndication/thread/1.0",
    "thr:count": "12",
  });
});

test("Movim shows the words of a post whose XHTML had no room", () => {
  const markdown = "**bold** ".repeat(5_000).trim();
  const entry = entryFromPost(seen(remotePost({ markdown })), contextFor(ALICE), 60_000);
  assert.equal(movimBody(entry), markdown);
});

test("a GUID that Movim would refuse as the name of an item has an alias", () => {
  const long = `${"a".repeat(200)}1`;
  assert.match(itemNameOf(long), /^g-[0-9a-f]{64}$/);
  assert.equal(itemNameOf(long), itemNameOf(long));
  assert.notEqual(itemNameOf(long), itemNameOf(`${long}2`));
  assert.match(itemNameOf("two words"), /^g-/);
  const { guid } = note();
  assert.equal(itemNameOf(guid), guid);
});
