import assert from "node:assert/strict";
import { test } from "node:test";
import { isForEveryone, mayView, readAccessRules } from "../../../src/pep/access-rule.ts";
import { readEntry } from "../../../src/pep/entry.ts";
import { el, type XmlElement } from "../../../src/xml/element.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { serialise } from "../../../src/xml/serialise.ts";
import { jid } from "../../support/fixtures.ts";

const OSW = "http://onesocialweb.org/spec/1.0/";
const ALICE = jid("alice@example.net");

type Subject = readonly [type: string, name?: string];
type Rule = readonly [permission: string, subjects: readonly Subject[], action?: string];

function ruleElement([permission, subjects, action = "view"]: Rule): XmlElement {
  return el(
    "osw:acl-rule",
    {},
    el(
      "osw:acl-action",
      { permission: `${OSW}acl/permission/${permission}` },
      ` ${OSW}acl/action/${action} `,
    ),
    subjects.map(([type, name]) =>
      el("osw:acl-subject", { type: `${OSW}acl/subject/${type}` }, name),
    ),
  );
}

function entryWith(...rules: readonly Rule[]): XmlElement {
  const entry = el(
    "entry",
    { xmlns: "http://www.w3.org/2005/Atom", "xmlns:osw": OSW },
    rules.map(ruleElement),
  );
  return readXml(serialise(entry));
}

const EVERYONE: Subject = ["everyone"];

const table: readonly [what: string, rules: readonly Rule[], everyone: boolean, alice: boolean][] =
  [
    ["everyone", [["grant", [EVERYONE]]], true, true],
    ["nobody", [["grant", []]], false, false],
    ["Alice", [["grant", [["person", "alice@example.net"]]]], false, true],
    [
      "Alice, as JavaScript clients write it",
      [["grant", [["user", "xmpp:Alice@Example.net"]]]],
      false,
      true,
    ],
    ["somebody else", [["grant", [["person", "carl@example.net"]]]], false, false],
    ["her group", [["grant", [["group", "Friends"]]]], false, true],
    ["another group", [["grant", [["group", "Family"]]]], false, false],
    [
      "everyone but Alice",
      [
        ["grant", [EVERYONE]],
        ["deny", [["person", "alice@example.net"]]],
      ],
      false,
      false,
    ],
    [
      "everyone, denied first",
      [
        ["deny", [["person", "alice@example.net"]]],
        ["grant", [EVERYONE]],
      ],
      false,
      false,
    ],
    [
      "everyone but her group",
      [
        ["grant", [EVERYONE]],
        ["deny", [["group", "Friends"]]],
      ],
      false,
      false,
    ],
    [
      "everyone and denied to everyone",
      [
        ["grant", [EVERYONE]],
        ["deny", [EVERYONE]],
      ],
      false,
      false,
    ],
    [
      "everyone but whom nobody can read",
      [
        ["grant", [EVERYONE]],
        ["deny", [["planet", "Mars"]]],
      ],
      false,
      false,
    ],
    ["whom nobody can read", [["grant", [["planet", "Mars"]]]], false, false],
    ["everyone to change, not to view", [["grant", [EVERYONE], "update"]], false, false],
    ["everyone, under a permission that nobody knows", [["maybe", [EVERYONE]]], false, false],
  ];

for (const [what, rules, everyone, alice] of table) {
  test(`an entry that is granted to ${what} is for ${everyone ? "everyone" : "some or none"}`, () => {
    const read = readAccessRules(entryWith(...rules));
    assert.ok(read !== null);
    assert.equal(isForEveryone(read), everyone);
    assert.equal(mayView(read, ALICE, ["Friends"]), alice);
  });
}

test("an entry without rules has none, whatever else is called so", () => {
  assert.equal(readAccessRules(entryWith()), null);
  assert.equal(readAccessRules(el("entry", {}, el("acl-rule", { xmlns: "urn:x" }))), null);
});

test("an entry with more rules than anybody writes is for nobody", () => {
  const rules = Array.from({ length: 1_000 }, (): Rule => ["grant", [EVERYONE]]);
  const read = readAccessRules(entryWith(...rules));
  assert.ok(read !== null);
  assert.equal(isForEveryone(read), false);
});

test("whoever is denied behind a thousand others is denied", () => {
  const others = Array.from({ length: 1_000 }, (_, n): Subject => [
    "person",
    `a${String(n)}@example.net`,
  ]);
  const read = readAccessRules(
    entryWith(["grant", [EVERYONE]], ["deny", [...others, ["person", "alice@example.net"]]]),
  );
  assert.ok(read !== null);
  assert.equal(mayView(read, ALICE), false);
});

test("an entry that is marked as limited beside anything else is limited", () => {
  const marked = (...audiences: readonly string[]): boolean | undefined => {
    const marks = audiences.map((audience) =>
      el("access", { xmlns: "urn:diaspora-x:0", audience }),
    );
    return readEntry(el("entry", { xmlns: "http://www.w3.org/2005/Atom" }, marks))?.isLimited;
  };
  assert.equal(marked("limited"), true);
  assert.equal(marked("public", "limited"), true);
  assert.equal(marked("public"), false);
  assert.equal(marked(), false);
});
