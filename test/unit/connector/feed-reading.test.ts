import assert from "node:assert/strict";
import { test } from "node:test";
import { namesGroups, readingOf, type RosterGroups } from "../../../src/connector/feed-reading.ts";
import { readEntry } from "../../../src/pep/entry.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { guidNumber, jid } from "../../support/fixtures.ts";

const DOMAIN = "dx.example.org";
const ALICE = jid(`alice\\40pod.example@${DOMAIN}`);
const CAROL = jid(`carol\\40other.example@${DOMAIN}`);
const NEIGHBOUR = jid("neighbour@example.org");

const OSW = "http://onesocialweb.org/spec/1.0/";

function rule(permission: "grant" | "deny", type: string, name = ""): XmlElement {
  return el(
    "acl-rule",
    { xmlns: OSW },
    el("acl-action", { permission: `${OSW}acl/permission/${permission}` }, `${OSW}acl/action/view`),
    el("acl-subject", { type: `${OSW}acl/subject/${type}` }, name),
  );
}

function audience(rules: readonly XmlElement[], groups: RosterGroups | null): unknown {
  const atom = el(
    "entry",
    { xmlns: "http://www.w3.org/2005/Atom" },
    el("title", {}, "Hello"),
    ...rules,
  );
  const entry = readEntry(atom);
  assert.ok(entry !== null);
  assert.equal(
    namesGroups(entry),
    rules.some((one) => JSON.stringify(one).includes("subject/group")),
  );
  return readingOf(entry, {
    guid: guidNumber(1),
    partGuid: () => guidNumber(2),
    known: { byId: () => null, byJid: () => null },
    post: { jid: jid("bob@example.org"), itemId: "1", domain: DOMAIN, ownHosts: [] },
    groups,
  })?.audience;
}

const ROSTER: RosterGroups = new Map([
  [ALICE, ["friends"]],
  [CAROL, ["friends", "work"]],
  [NEIGHBOUR, ["friends"]],
]);
const alice = "alice@pod.example";
const carol = "carol@other.example";

const CASES: readonly (readonly [string, readonly XmlElement[], unknown, unknown])[] = [
  // What it says; then whom it means where no roster is known, and where it is.
  ["everybody", [rule("grant", "everyone")], "node", "node"],
  ["one person", [rule("grant", "person", ALICE)], [alice], [alice]],
  ["a group", [rule("grant", "group", "friends")], [], [alice, carol]],
  [
    "a group, without a person in it",
    [rule("grant", "group", "friends"), rule("deny", "person", ALICE)],
    [],
    [carol],
  ],
  [
    "a person, without a group in which they may be",
    [rule("grant", "person", ALICE), rule("deny", "group", "work")],
    [],
    [alice],
  ],
  [
    "a person who is in a denied group",
    [rule("grant", "person", CAROL), rule("deny", "group", "work")],
    [],
    [],
  ],
  ["everybody without a group", [rule("grant", "everyone"), rule("deny", "group", "work")], [], []],
];

for (const [what, rules, unknown, known] of CASES) {
  test(`an entry for ${what}: deny wins, and a group of which nothing is known is nobody's`, () => {
    assert.deepEqual(audience(rules, null), unknown);
    assert.deepEqual(audience(rules, ROSTER), known);
  });
}
