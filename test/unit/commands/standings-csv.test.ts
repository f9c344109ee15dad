import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseSubject, subjectText } from "../../../src/commands/standing-subject.ts";
import { readStandingsCsv, writeStandingsCsv } from "../../../src/commands/standings-csv.ts";
import type { Standing } from "../../../src/activitystreams/standing.ts";

const SUBJECTS: readonly [typed: string, kind: string | null, subject?: string][] = [
  ["bad.example", "pod", "bad.example"],
  ["https://Bad.Example/people/123", "pod", "bad.example"],
  ["*.bad.example", "pod", "bad.example"],
  ["bad.example:3000", "pod", "bad.example"],
  ["bücher.example", "pod", "xn--bcher-kva.example"],
  ["127.0.0.1", "pod", "127.0.0.1"],
  ["mallory@bad.example", "person", "mallory@bad.example"],
  ["acct:Mallory@Bad.Example", "person", "mallory@bad.example"],
  ["mallory\\40bad.example@dx.home.example", "person", "mallory@bad.example"],
  ["xmpp:mallory@example.org", "jid", "mallory@example.org"],
  ["xmpp:Mallory@example.org/phone", "jid", "mallory@example.org"],
  ["xmpp:spam.example", "jid", "spam.example"],
  // These would shut out half of the world, or nobody.
  ["example", null],
  ["*", null],
  ["", null],
  ["xmpp:org", null],
  ["xmpp:", null],
  ["b*d.example", null],
  ["bad example.org", null],
  ["bad.example,other.example", null],
  ["@", null],
];

test("what an operator types names a pod, a person, an address, or nothing", () => {
  for (const [typed, kind, subject] of SUBJECTS) {
    const found = parseSubject(typed);
    assert.deepEqual(found, kind === null ? null : { kind, subject }, typed);
    if (found !== null) assert.deepEqual(parseSubject(subjectText(found)), found, typed);
  }
});

const LISTS: readonly [what: string, csv: string, read: readonly string[], faults: number][] = [
  [
    "Mastodon's own export",
    "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n" +
      'bad.example,suspend,False,True,"spam, and ""worse""",False\n' +
      "loud.example,silence,True,False,,True\n",
    ['suspend bad.example "spam, and "worse"" reports', "silence loud.example media obfuscate"],
    0,
  ],
  [
    "the columns in another order",
    "#severity,#domain\nsuspend,bad.example\n",
    ["suspend bad.example"],
    0,
  ],
  ["without #", "domain,severity\r\nbad.example,suspend\r\n", ["suspend bad.example"], 0],
  [
    "with unknown columns",
    "#domain,#x,#severity\nbad.example,1,limit\n",
    ["silence bad.example"],
    0,
  ],
  [
    "a list of allowed pods",
    "#domain\na.example\nb.example\n",
    ["allow a.example", "allow b.example"],
    0,
  ],
  ["no heading", "bad.example,suspend\n", ["suspend bad.example"], 0],
  ["noop", "#domain,#severity\na.example,noop\n", ["allow a.example"], 0],
  ["a byte order mark", "\uFEFF#domain,#severity\nbad.example,suspend", ["suspend bad.example"], 0],
  [
    "twice the same: the last counts",
    "bad.example,suspend\nbad.example,silence\n",
    ["silence bad.example"],
    0,
  ],
  [
    "people and addresses",
    "mallory@bad.example,suspend\nxmpp:spam.example,suspend\n",
    ["suspend mallory@bad.example", "suspend spam.example"],
    0,
  ],
  [
    "lines between which say nothing",
    "#domain,#severity\n\n,\nbad.example,suspend\n\n",
    ["suspend bad.example"],
    0,
  ],
  [
    "obfuscated names",
    "#domain,#severity\nb*d.exa**le,suspend\nbad.example,suspend\n",
    ["suspend bad.example"],
    1,
  ],
  ["an unknown severity", "#domain,#severity\nbad.example,destroy\n", [], 1],
  [
    "words behind a quote",
    '#domain,#severity\n"bad"x.example,suspend\nbad.example,suspend\n',
    ["suspend bad.example"],
    1,
  ],
  [
    "a quote that is never closed",
    '#domain,#severity\nbad.example,"suspend\nother.example,suspend\n',
    [],
    1,
  ],
  ["nothing", "", [], 0],
];

function told({ severity, subject, reason, ...flags }: Standing): string {
  const words = [
    `${severity} ${subject}`,
    ...(reason === null ? [] : [`"${reason}"`]),
    ...(flags.rejectMedia ? ["media"] : []),
    ...(flags.rejectReports ? ["reports"] : []),
    ...(flags.obfuscate ? ["obfuscate"] : []),
  ];
  return words.join(" ");
}

test("lists of other programs are read", () => {
  for (const [what, csv, read, faults] of LISTS) {
    const list = readStandingsCsv(csv);
    assert.deepEqual(list.standings.map(told), read, what);
    assert.equal(list.faults.length, faults, what);
  }
});

test("what is written is read again as it was, and no cell is a formula", () => {
  const domain = fc.stringMatching(/^[a-z][a-z0-9]{0,8}\.[a-z]{2,5}$/);
  const standing = fc.record(
    {
      kind: fc.constant("pod" as const),
      subject: domain,
      severity: fc.constantFrom("allow" as const, "silence" as const, "suspend" as const),
      reason: fc.option(
        fc
          .string({ minLength: 1, maxLength: 50 })
          .filter((text) => /^[^=+\-@\t\r\s].*\S$/s.test(text)),
      ),
      rejectMedia: fc.boolean(),
      rejectReports: fc.boolean(),
      obfuscate: fc.boolean(),
    },
    { noNullPrototype: true },
  );
  const lists = fc.uniqueArray(standing, { selector: ({ subject }) => subject, maxLength: 20 });
  fc.assert(
    fc.property(lists, (list) => {
      const { standings, faults } = readStandingsCsv(writeStandingsCsv(list));
      assert.deepEqual(faults, []);
      assert.deepEqual(standings, list);
    }),
  );
  const formula = {
    kind: "pod",
    subject: "a.example",
    severity: "suspend",
    reason: "=1+1",
  } as const;
  const flags = { rejectMedia: false, rejectReports: false, obfuscate: false };
  assert.match(writeStandingsCsv([{ ...formula, ...flags }]), /,'=1\+1,/);
});

test("hundreds of kilobytes of nonsense are read within seconds", () => {
  for (const piece of ['"', '""', '"x', "a,", ",\n", "a.example,suspend\n", '"a"b\n']) {
    const began = performance.now();
    readStandingsCsv(piece.repeat(300_000 / piece.length));
    assert.ok(performance.now() - began < 5_000, JSON.stringify(piece));
  }
});
