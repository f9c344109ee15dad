/**
 * What other software writes, and what becomes of it: each XML with the reading beside it. Those
 * of Movim, Libervia, buddycloud, OneSocialWeb and Diaspora-X have the elements and the order of
 * that software's own writer.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import type { KnownPeople } from "../../../src/activitystreams/typed-mentions.ts";
import { isForEveryone } from "../../../src/pep/access-rule.ts";
import { commentFromEntry, isLikeEntry, voteInEntry } from "../../../src/pep/comment-entry.ts";
import { namedIn } from "../../../src/pep/entry-mentions.ts";
import { readEntry, type Entry } from "../../../src/pep/entry.ts";
import { noteFromEntry } from "../../../src/pep/note-from-entry.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { ALICE, BOB, jidOf } from "./entry-world.ts";

const FOLDER = new URL("../../fixtures/entries/", import.meta.url);
const GUID = guidNumber(1);

/** By its name, so that a test sees which part it was made of. */
const partGuid = (part: string): Guid => guidNumber(part.length);

/** Alice of a pod and Bob of this server; nobody else. */
const KNOWN: KnownPeople = {
  byId: (id) => (id === ALICE.diasporaId ? { id, name: ALICE.name } : null),
  byJid: (jid) => {
    const person = [ALICE, BOB].find((one) => jidOf(one) === jid);
    return person === undefined ? null : { id: person.diasporaId, name: person.name };
  },
};

/** Without what is there in every note. */
function noteOf(entry: Entry): object | null {
  const note = noteFromEntry(entry, GUID, partGuid, KNOWN);
  if (note === null) return null;
  const { type, guid, photos, generator, ...rest } = note;
  assert.deepEqual([type, guid], ["note", GUID]);
  return {
    ...rest,
    ...(photos.length === 0 ? {} : { photos }),
    ...(generator === "XMPP" ? {} : { generator }),
  };
}

/** Only what is there. */
function facts(entry: Entry): object {
  const named = namedIn(entry);
  const all = {
    verb: entry.verb,
    replies: entry.replies,
    via: entry.via,
    inReplyTo: entry.inReplyTo,
    isPublic: entry.access === null ? null : isForEveryone(entry.access),
    limited: entry.isLimited || null,
    hops: entry.hops.length === 0 ? null : entry.hops,
    like: isLikeEntry(entry) || null,
    vote: voteInEntry(entry),
    named: named.ids.length + named.jids.length === 0 ? null : named,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

function reading(entry: Entry): unknown {
  const date = entry.published ?? entry.updated;
  const comment = commentFromEntry(entry, GUID, guidNumber(2), KNOWN)?.markdown;
  const note = noteOf(entry);
  const found = {
    ...(note ?? { nothing: true }),
    published: date === null ? null : date.toISOString(),
    ...(comment === undefined || (note !== null && "markdown" in note && note.markdown === comment)
      ? {}
      : { comment }),
    ...facts(entry),
  };
  return JSON.parse(JSON.stringify(found));
}

for (const file of readdirSync(FOLDER).filter((each) => each.endsWith(".xml"))) {
  test(`the entry ${file} is read as it says beside it`, () => {
    const entry = readEntry(readXml(readFileSync(new URL(file, FOLDER), "utf8").trim()));
    assert.ok(entry !== null);
    const beside = readFileSync(new URL(file.replace(".xml", ".json"), FOLDER), "utf8");
    // `lossy` names what does not survive; it is for people.
    const { lossy: _, ...expected } = JSON.parse(beside) as Record<string, unknown>;
    assert.deepEqual(reading(entry), expected);
  });
}
