/** What people on the federation did, and the entry that stands for it on the XMPP side. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import {
  isAbout,
  type Activity,
  type PostActivity,
} from "../../../src/activitystreams/activity.ts";
import type { LocalPerson, RemotePerson } from "../../../src/activitystreams/person.ts";
import { entryFromPost } from "../../../src/pep/entry-from-post.ts";
import { entryFromReply } from "../../../src/pep/entry-from-reply.ts";
import { commentsNodeOf } from "../../../src/pep/links.ts";
import type { XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { ALICE, BOB, CARL, COMPONENT, contextFor, jidOf, seen } from "./entry-world.ts";
import { assertMovimAccepts } from "./movim-rules.ts";

const FOLDER = new URL("../../fixtures/entries/written/", import.meta.url);
const LIMIT = 60_000;
const PEOPLE: Readonly<Record<string, LocalPerson | RemotePerson>> = {
  alice: ALICE,
  bob: BOB,
  carl: CARL,
};

interface Fixture {
  /** What does not survive; for people. */
  readonly lossy?: string;
  readonly author: string;
  readonly activity: Activity;
  /** Of a share: the post, and whose it is. */
  readonly root?: { readonly author: string; readonly activity: PostActivity };
  readonly comments?: number;
}

const DATES = new Set(["published", "edited", "start", "end"]);

/** Our own files, of the shape that is named above. */
function readFixture(file: string): Fixture {
  const text = readFileSync(new URL(file, FOLDER), "utf8");
  const revive = (key: string, value: unknown): unknown =>
    DATES.has(key) && typeof value === "string" ? new Date(value) : value;
  return JSON.parse(text, revive) as Fixture;
}

function personOf(name: string): LocalPerson | RemotePerson {
  const person = PEOPLE[name];
  assert.ok(person !== undefined, name);
  return person;
}

function entryOf(fixture: Fixture): XmlElement {
  const { activity, comments } = fixture;
  const author = personOf(fixture.author);
  const place = contextFor(author, { commentsOn: () => comments });
  if (isAbout(activity, "note")) return entryFromPost(seen(activity, author), place, LIMIT);
  if (isAbout(activity, "share")) {
    const root = fixture.root;
    const known = root === undefined ? null : seen(root.activity, personOf(root.author));
    return entryFromPost(seen(activity, author, known), place, LIMIT);
  }
  const node = commentsNodeOf(guidNumber(9));
  const below = { ...place, service: COMPONENT, node };
  if (isAbout(activity, "comment")) return entryFromReply(seen(activity, author), below, LIMIT);
  assert.ok(isAbout(activity, "opinion"));
  return entryFromReply(seen(activity, author), below, LIMIT);
}

/** One element a line, so that people can read it; the text of entries has no lines of its own here. */
function inLines(entry: XmlElement): string {
  return `${serialise(entry).replace(/(?<=>)(?=<(?:title|id|author|published|updated|activity:|content|category|link|geoloc|x |event|source|in-reply-to|access|hop|generator|\/entry))/g, "\n")}\n`;
}

for (const file of readdirSync(FOLDER).filter((each) => each.endsWith(".json"))) {
  test(`${file} becomes the entry beside it`, () => {
    const fixture = readFixture(file);
    const entry = entryOf(fixture);
    const beside = new URL(file.replace(".json", ".xml"), FOLDER);
    if (process.env["WRITE_FIXTURES"] === "1") writeFileSync(beside, inLines(entry));
    assert.equal(inLines(entry), readFileSync(beside, "utf8"));
    const publisher = jidOf(personOf(fixture.author));
    assertMovimAccepts({ id: guidNumber(1), publisher, entry: readXml(serialise(entry)) });
  });
}
