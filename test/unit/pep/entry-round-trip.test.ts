import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Note } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { tagsIn } from "../../../src/activitystreams/tags.ts";
import type { KnownPeople } from "../../../src/activitystreams/typed-mentions.ts";
import { commentFromEntry, isLikeEntry } from "../../../src/pep/comment-entry.ts";
import { entryFromPost } from "../../../src/pep/entry-from-post.ts";
import { entryFromReply } from "../../../src/pep/entry-from-reply.ts";
import { readEntry, type Entry } from "../../../src/pep/entry.ts";
import { noteFromEntry } from "../../../src/pep/note-from-entry.ts";
import { childText, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber, note, remotePost } from "../../support/fixtures.ts";
import { ALICE, BOB, COMPONENT, contextFor, jidOf, seen } from "./entry-world.ts";

const LIMIT = 60_000;
const KNOWN: KnownPeople = {
  byId: () => null,
  byJid: (jid) => {
    const person = [ALICE, BOB].find((one) => jidOf(one) === jid);
    return person === undefined ? null : { id: person.diasporaId, name: person.name };
  },
};

const overTheWire = (entry: XmlElement): XmlElement => readXml(serialise(entry));

function entryOf(element: XmlElement): Entry {
  const entry = readEntry(overTheWire(element));
  assert.ok(entry !== null);
  return entry;
}

function readBack(changes: Partial<Note>): Note | null {
  const entry = entryOf(entryFromPost(seen(remotePost(changes)), contextFor(ALICE), LIMIT));
  const partGuid = (part: string): Guid => guidNumber(part.length);
  return noteFromEntry(entry, note().guid, partGuid, KNOWN);
}

const piece = fc.constantFrom(
  ...["word", "**bold**", "_it_", "`code`", "[link](https://x.example/)", "https://x.example/a_b"],
  ...["#tag", "@{Al; alice@pod.example}", "@{Bob; bob@example.org}", "2\\*3", "a&b", "1 < 2"],
);
const texts = fc
  .array(
    fc.array(piece, { minLength: 1, maxLength: 5 }).map((all) => all.join(" ")),
    {
      minLength: 1,
      maxLength: 3,
    },
  )
  .map((all) => all.join("\n\n"));

test("the words of a post come back as they went, with links, mentions and tags", () => {
  fc.assert(
    fc.property(texts, (markdown) => {
      const read = readBack({ markdown, tags: tagsIn(markdown) });
      const found = read?.markdown.replace("1 \\< 2", "1 < 2").replaceAll("\\<", "<");
      assert.equal(found, markdown);
      assert.deepEqual(read?.tags, tagsIn(markdown));
    }),
    { numRuns: 200 },
  );
});

test("pictures, a place and a poll come back", () => {
  const url = "https://pod.example/a.png";
  const changes = {
    markdown: "Look",
    photos: [{ guid: guidNumber(url.length), url, text: "A cat" }],
    location: { address: "Berlin", latitude: "52.5", longitude: "13.4" },
  };
  const { photos, location, markdown } = readBack(changes) ?? {};
  assert.deepEqual({ photos, location, markdown }, changes);
  const question = {
    guid: guidNumber("question".length),
    question: "Which?",
    answers: ["A", "Bee"].map((text) => ({ guid: guidNumber(`answer ${text}`.length), text })),
  };
  assert.deepEqual(readBack({ markdown: "Vote", question })?.question, question);
});

test("a comment and a like come back as what they were", () => {
  fc.assert(
    fc.property(texts, (markdown) => {
      const comment = {
        verb: "post",
        actor: { network: "diaspora", id: ALICE.diasporaId },
        audience: "public",
        published: new Date("2026-04-05T06:07:08Z"),
        object: { type: "comment", guid: guidNumber(1), markdown, inReplyTo: guidNumber(2) },
      } as const;
      const place = contextFor(ALICE, { service: COMPONENT, node: "n" });
      const entry = entryOf(entryFromReply(seen(comment), place, LIMIT));
      const read = commentFromEntry(entry, guidNumber(1), guidNumber(2), KNOWN)?.markdown;
      assert.equal(read?.replaceAll("\\<", "<"), markdown);
      assert.equal(isLikeEntry(entry), false);
    }),
    { numRuns: 100 },
  );
});

test("pitfall 27: an edit is the same item with another time of change", () => {
  const before = overTheWire(entryFromPost(seen(remotePost()), contextFor(ALICE), LIMIT));
  const edited = remotePost({ markdown: "Better", edited: new Date("2026-02-01T00:00:00Z") });
  const after = overTheWire(
    entryFromPost(seen({ ...edited, verb: "update" }), contextFor(ALICE), LIMIT),
  );
  for (const name of ["id", "published"]) {
    assert.equal(childText(before, name), childText(after, name));
  }
  assert.equal(childText(after, "updated"), "2026-02-01T00:00:00.000Z");
  assert.equal(childText(after, "title"), "Better");
});
