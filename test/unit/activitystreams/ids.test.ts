import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bareJid,
  domainOf,
  foldDomain,
  hostOf,
  localOf,
  parseDiasporaId,
  parseGuid,
  parseJid,
  userOf,
} from "../../../src/activitystreams/ids.ts";

for (const [text, valid] of [
  ["0123456789abcdef", true],
  ["0123456789abcde", false],
  [`${"a".repeat(254)}b`, true],
  [`${"a".repeat(255)}b`, false],
  ["a:b_c-d.e@hubzilla.example", true],
  ["0123456789abcde-", false],
  ["0123456789abcdef\n", false],
  ["0123456789abcdef ", false],
  ["0123456789 bcdef", false],
  ["0123456789äbcdef", false],
  ["../../../../etc/passwd", false],
  ["", false],
] as const) {
  test(`${JSON.stringify(text.slice(0, 30))} (${String(text.length)}) is ${valid ? "a" : "no"} GUID`, () => {
    assert.equal(parseGuid(text), valid ? text : null);
  });
}

// The gem's own answers: vectors of rules/diaspora_id.rb.
for (const [text, valid] of [
  ["alice@pod.example", true],
  ["alice@pod.example:3000", true],
  ["a@b", true],
  ["alice@pod..example", true],
  ["alice@192.0.2.1", true],
  ["alice@[2001:db8::1]", true],
  ["alice@[2001:db8::1]:3000", true],
  ["alice@[2001:DB8::A]", true],
  ["alice@[12345::1]", false],
  ["alice@[::1", false],
  ["alice@[::1%eth0]", false],
  ["ünal@pod.example", true],
  ["ªⓐ@ʰ.example", true],
  ["ǅ@pod.example", false],
  ["a_b-c.d@pod.example", true],
  [`${"a".repeat(243)}@pod.example`, true],
  [`${"a".repeat(244)}@pod.example`, false],
  ["Alice@pod.example", false],
  ["alice@Pod.example", false],
  ["alice@pod.example\n", false],
  ["alice@pod.example/path", false],
  ["alice@pod.example:", false],
  ["alice@", false],
  ["@pod.example", false],
  ["alice", false],
  ["al ice@pod.example", false],
  ["alice@evil.example@pod.example", false],
  ["alice@pod.example:3000:3000", false],
  ["alice+tag@pod.example", false],
] as const) {
  test(`${JSON.stringify(text.slice(-30))} is ${valid ? "a" : "no"} diaspora* ID`, () => {
    assert.equal(parseDiasporaId(text), valid ? text : null);
  });
}

test("the user and the host of a diaspora* ID, with its port", () => {
  const id = parseDiasporaId("alice@[2001:db8::1]:3000");
  assert.ok(id !== null);
  assert.deepEqual([userOf(id), hostOf(id)], ["alice", "[2001:db8::1]:3000"]);
});

for (const [text, bare, resource] of [
  ["bob@example.org", "bob@example.org", null],
  ["Bob@Example.ORG", "bob@example.org", null],
  ["bob@example.org.", "bob@example.org", null],
  ["bob@example.org/Phone", "bob@example.org", "Phone"],
  ["bob@example.org/a@b/c", "bob@example.org", "a@b/c"],
  ["example.org", "example.org", null],
  ["alice\\40pod.example@dx.example.org", "alice\\40pod.example@dx.example.org", null],
  // Composed and decomposed are one person, and folding comes before composing.
  ["u\u0308nal@example.org", "\u00fcnal@example.org", null],
  ["J\u030can@example.org", "\u01f0an@example.org", null],
  ["\u212Belvin@example.org", "\u00e5elvin@example.org", null],
  ["bob@münchen.example", "bob@münchen.example", null],
  [`${"a".repeat(1023)}@x`, `${"a".repeat(1023)}@x`, null],
] as const) {
  test(`${JSON.stringify(text.slice(0, 40))} is the JID ${bare.slice(0, 40)}`, () => {
    assert.deepEqual(parseJid(text), { bare, resource });
  });
}

for (const text of [
  "",
  "@example.org",
  "bob@",
  "bob@example.org/",
  "bob@exa mple.org",
  "bo b@example.org",
  "bob@example..org",
  "bob@example.org..",
  "bob@-example.org",
  "bob@example.org\n",
  'b"ob@example.org',
  "b&b@example.org",
  "b'b@example.org",
  "b:b@example.org",
  "<b>@example.org",
  "a@b@example.org",
  "bob@exam<ple.org",
  "b\u0000b@example.org",
  "b\u00a0b@example.org",
  `${"a".repeat(1024)}@x`,
  `${"ü".repeat(512)}@x`,
  `bob@example.org/${"r".repeat(1024)}`,
  `bob@${"x".repeat(64)}.org`,
  `bob@${"a.".repeat(512)}a`,
]) {
  test(`${JSON.stringify(text.slice(0, 30))} (${String(text.length)}) is no JID`, () => {
    assert.equal(parseJid(text), null);
  });
}

const anyText = fc.string({
  unit: fc.constantFrom(
    "a",
    "B",
    "@",
    "/",
    ".",
    "\\",
    "İ",
    "J\u030c",
    "ß",
    "Σ",
    "K",
    "\u0345",
    "é",
    " ",
    "-",
    "1",
  ),
});

test("a JID that was folded is not folded further, whatever it was made of", () => {
  fc.assert(
    fc.property(
      fc.oneof(anyText, fc.string({ unit: "binary" })),
      fc.string({ unit: "grapheme" }),
      (text, local) => {
        for (const candidate of [text, `${local}@example.org`]) {
          const first = parseJid(candidate);
          if (first === null) continue;
          assert.deepEqual(parseJid(first.bare), { bare: first.bare, resource: null });
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test("a JID is put together again from its parts", () => {
  fc.assert(
    fc.property(fc.emailAddress(), (text) => {
      const jid = bareJid(text);
      fc.pre(jid !== null);
      const local = localOf(jid);
      assert.equal(local === null ? domainOf(jid) : `${local}@${domainOf(jid)}`, jid);
    }),
  );
});

test("the JID of a domain has no local part", () => {
  const jid = bareJid("example.org");
  assert.ok(jid !== null);
  assert.deepEqual([localOf(jid), domainOf(jid)], [null, "example.org"]);
  assert.equal(foldDomain("EXAMPLE.org."), "example.org");
});

const MEGABYTE = 1_000_000;
for (const [what, text] of [
  ["letters", "a".repeat(MEGABYTE)],
  ["dots", ".".repeat(MEGABYTE)],
  ["at signs", "@".repeat(MEGABYTE)],
  ["slashes", "/".repeat(MEGABYTE)],
  ["labels", "a-".repeat(1500)],
  ["labels that almost are a domain", `${"a.".repeat(1500)}!`],
  ["an ID that almost is one", `a@${"a.".repeat(250)}!`],
  ["hyphens", `x@${"-".repeat(3000)}`],
] as const) {
  test(`a lot of ${what} is refused at once`, () => {
    const began = process.cpuUsage();
    parseJid(text);
    parseDiasporaId(text);
    parseGuid(text);
    foldDomain(text);
    const took = process.cpuUsage(began).user / 1000;
    assert.ok(took < 100, `${took.toFixed(0)} ms`);
  });
}
