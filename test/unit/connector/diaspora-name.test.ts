import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  diasporaIdFor,
  diasporaName,
  isPlainName,
  jidOfName,
} from "../../../src/activitystreams/diaspora-name.ts";
import { bareJid } from "../../../src/activitystreams/ids.ts";

function jid(text: string) {
  const parsed = bareJid(text);
  assert.ok(parsed !== null, text);
  return parsed;
}

const EXAMPLES: readonly (readonly [string, string])[] = [
  ["bob@example.org", "bob"],
  ["john_doe@example.org", "john_doe"],
  ["ann_ab@example.org", "ann_5fab"],
  ["ren\u00e9@example.org", "ren_c3_a9"],
  ["romeo@other.net", "romeo_40other.net"],
  // A local user who takes a foreign user's name stays somebody else.
  ["romeo_40other.net@example.org", "romeo_5f40other.net"],
  ["a_b@other.net", "a_5fb_40other.net"],
  ["tom+tag@example.org", "tom_2btag"],
];
for (const [address, name] of EXAMPLES) {
  test(`${address} is called ${name} at example.org, and back`, () => {
    assert.equal(diasporaName(jid(address), "example.org"), name);
    assert.equal(jidOfName(name, "example.org"), address);
    assert.equal(diasporaIdFor(jid(address), "example.org", "example.org"), `${name}@example.org`);
  });
}

test("the host of the ID may carry a port, and need not be the XMPP domain", () => {
  assert.equal(
    diasporaIdFor(jid("bob@lab.local"), "lab.local", "localhost:4001"),
    "bob@localhost:4001",
  );
});

const REFUSED_JIDS = [
  "example.org",
  ".bob@example.org",
  "bob.@example.org",
  `${"a".repeat(201)}@example.org`,
];
for (const address of REFUSED_JIDS) {
  test(`${address.slice(0, 30)} gets no name`, () => {
    assert.equal(diasporaName(jid(address), "example.org"), null);
  });
}

test("a name of 200 characters is taken, whatever it was made from", () => {
  assert.equal(diasporaName(jid(`${"a".repeat(200)}@example.org`), "example.org")?.length, 200);
  assert.equal(diasporaName(jid(`${"\u00e9".repeat(33)}@example.org`), "example.org")?.length, 198);
  assert.equal(diasporaName(jid(`${"\u00e9".repeat(34)}@example.org`), "example.org"), null);
});

const REFUSED_NAMES = [
  ["a group for what is plain anyway", "bo_62"],
  ["a raw underscore beside a group", "a_b_c3_a9"],
  ["half of a character", "ren_c3"],
  ["upper-case digits", "ren_C3_A9"],
  ["a local JID in the foreign form", "bob_40example.org"],
  ["a local part that folds", "_c3_89"],
  ["two @", "a_40b_40c.org"],
  ["nothing", ""],
  ["what is no name", "a b"],
  ["a slash in the local part", "a_2fb"],
] as const;
for (const [why, name] of REFUSED_NAMES) {
  test(`refuses a name with ${why}`, () => {
    assert.equal(jidOfName(name, "example.org"), null);
  });
}

const locals = fc
  .string({
    minLength: 1,
    maxLength: 12,
    unit: fc.constantFrom(...Array.from("ab_c4059f.-+\u00e9\u00df\u65e5")),
  })
  .map((local) => local.toLowerCase());
const domains = fc.constantFrom("example.org", "other.net", "b\u00fccher.example");
const jids = fc
  .tuple(locals, domains)
  .map(([local, domain]) => bareJid(`${local}@${domain}`))
  .filter((parsed) => parsed !== null);

test("every name leads back to its JID", () => {
  fc.assert(
    fc.property(jids, (address) => {
      const name = diasporaName(address, "example.org");
      return name === null || jidOfName(name, "example.org") === address;
    }),
    { numRuns: 2_000 },
  );
});

test("names are letters that every pod accepts, and the local ones are plain or encoded", () => {
  fc.assert(
    fc.property(jids, (address) => {
      const name = diasporaName(address, "example.org");
      return name === null || /^[a-z0-9._-]{1,200}$/.test(name);
    }),
  );
  assert.equal(isPlainName("john_doe"), true);
  assert.equal(isPlainName("ann_ab"), false);
});
