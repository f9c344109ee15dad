import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createAllowance } from "../../../src/activitystreams/allowance.ts";
import { bareJid, parseDiasporaId } from "../../../src/activitystreams/ids.ts";
import {
  createStandings,
  domainsAbove,
  type Severity,
  type Standing,
  type StandingKind,
} from "../../../src/activitystreams/standing.ts";

function said(severity: Severity, subject: string, kind: StandingKind = "pod"): Standing {
  const flags = { rejectMedia: false, rejectReports: false, obfuscate: false };
  return { kind, subject, severity, reason: null, ...flags };
}

function id(text: string) {
  const parsed = parseDiasporaId(text);
  assert.ok(parsed !== null);
  return parsed;
}

function jid(text: string) {
  const parsed = bareJid(text);
  assert.ok(parsed !== null);
  return parsed;
}

test("a domain stands for all below it, and the longest name that fits counts", () => {
  const standings = createStandings(
    [
      said("suspend", "bad.example"),
      said("allow", "good.bad.example"),
      said("silence", "loud.org"),
    ],
    false,
  );
  const verdicts: readonly [string, string | null][] = [
    ["bad.example", "suspend"],
    ["bad.example:3000", "suspend"],
    ["BAD.example.", "suspend"],
    ["pod.bad.example", "suspend"],
    ["deep.pod.bad.example", "suspend"],
    ["good.bad.example", null],
    ["x.good.bad.example", null],
    ["notbad.example", null],
    ["bad.example.org", null],
    ["loud.org", "silence"],
    ["", null],
  ];
  for (const [host, verdict] of verdicts) assert.equal(standings.ofHost(host), verdict, host);
});

test("names of another script are compared in the form in which they travel", () => {
  const standings = createStandings([said("suspend", "xn--bcher-kva.example")], false);
  assert.equal(standings.ofHost("bücher.example"), "suspend");
  assert.equal(standings.ofHost("BÜCHER.example:443"), "suspend");
});

test("a person is as closed as the pod, by name or by the address of the pod", () => {
  const standings = createStandings(
    [
      said("suspend", "bad.example"),
      said("silence", "loud.example"),
      said("allow", "ann@loud.example", "person"),
      said("allow", "eve@bad.example", "person"),
      said("suspend", "mallory@nice.example", "person"),
    ],
    false,
  );
  assert.equal(standings.ofPerson(id("bob@bad.example")), "suspend");
  assert.equal(standings.ofPerson(id("eve@bad.example")), "suspend");
  assert.equal(standings.ofPerson(id("bob@nice.example")), null);
  assert.equal(standings.ofPerson(id("bob@nice.example"), "https://pod.bad.example/"), "suspend");
  assert.equal(standings.ofPerson(id("mallory@nice.example")), "suspend");
  assert.equal(standings.ofPerson(id("bob@loud.example")), "silence");
  assert.equal(standings.ofPerson(id("ann@loud.example")), null);
});

test("with a list of pods, whoever is not on it is suspended", () => {
  const standings = createStandings([said("allow", "ours.example")], true);
  assert.equal(standings.ofHost("pod.ours.example"), null);
  assert.equal(standings.ofHost("other.example"), "suspend");
  assert.equal(standings.ofPerson(id("a@ours.example"), "https://elsewhere.example/"), "suspend");
  // Nobody named it: its pictures are of no harm where somebody on the list uses it.
  assert.equal(standings.rejectsMedia("cdn.example"), false);
  assert.equal(standings.ofJid(jid("romeo@example.org")), null);
});

test("addresses of XMPP are another list than pods", () => {
  const standings = createStandings(
    [
      said("suspend", "spam.example", "jid"),
      said("allow", "ann@spam.example", "jid"),
      said("suspend", "mallory@example.org", "jid"),
    ],
    false,
  );
  assert.equal(standings.ofJid(jid("bob@spam.example")), "suspend");
  assert.equal(standings.ofJid(jid("bob@muc.spam.example")), "suspend");
  assert.equal(standings.ofJid(jid("spam.example")), "suspend");
  assert.equal(standings.ofJid(jid("ann@spam.example")), null);
  assert.equal(standings.ofJid(jid("mallory@example.org")), "suspend");
  assert.equal(standings.ofJid(jid("romeo@example.org")), null);
  assert.equal(standings.ofHost("spam.example"), null);
});

test("a name below a suspended one is suspended, whatever it is called", () => {
  const label = fc.stringMatching(/^[a-z0-9]{1,10}$/);
  fc.assert(
    fc.property(fc.array(label, { maxLength: 6 }), (labels) => {
      const standings = createStandings([said("suspend", "bad.example")], false);
      assert.equal(standings.ofHost([...labels, "bad.example"].join(".")), "suspend");
    }),
  );
  assert.deepEqual(domainsAbove("a.b.c"), ["a.b.c", "b.c", "c"]);
});

test("five thousand domains are asked a hundred thousand times in no time", () => {
  const all = Array.from({ length: 5_000 }, (_, n) => said("suspend", `pod${String(n)}.example`));
  const standings = createStandings(all, false);
  const began = performance.now();
  for (let n = 0; n < 100_000; n += 1) standings.ofHost(`a.b.pod${String(n)}.example:3000`);
  assert.ok(performance.now() - began < 5_000);
});

test("an allowance is full at first, fills up evenly, and knows each name by itself", () => {
  let now = 0;
  const allowance = createAllowance(60, () => now);
  for (let n = 0; n < 60; n += 1) assert.equal(allowance.take("a"), true);
  assert.equal(allowance.take("a"), false);
  assert.equal(allowance.isOver("a"), true);
  assert.equal(allowance.isOver("b"), false);
  now += 60_000;
  assert.equal(allowance.isOver("a"), false);
  assert.equal(allowance.take("a"), true);
  assert.equal(allowance.take("a"), false);
  // A clock that is set back takes nothing away.
  now -= 3_600_000;
  assert.equal(allowance.take("a"), false);
});

test("a clock that is set forward refills nothing", (t) => {
  const allowance = createAllowance(1);
  assert.equal(allowance.take("a"), true);
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 5 * 3_600_000 });
  assert.equal(allowance.isOver("a"), true);
});
