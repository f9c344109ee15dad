import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nearest, readLine, usageOf, valuesOf, wordOf } from "../../../src/commands/line.ts";
import { looksLikeTarget, parseTarget, personOf } from "../../../src/commands/target.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { ALICE, commandBench } from "./support.ts";

const GUID = guidNumber(7);
const LINK = `https://pod.example/posts/${GUID}`;

const LINES: readonly (readonly [typed: string, values: Record<string, string>])[] = [
  ["post Hello\nworld", { text: "Hello\nworld" }],
  ["post to=contacts Hello to=public", { to: "contacts", text: "Hello to=public" }],
  ["post a=b is no option", { text: "a=b is no option" }],
  ["Post   ", {}],
  ["/follow alice@pod.example", { person: "alice@pod.example" }],
  ["like", {}],
  ["like it", { target: "it" }],
  [`like ${LINK}`, { target: LINK }],
  ["comment Nice one", { text: "Nice one" }],
  ["comment it Nice one", { target: "it", text: "Nice one" }],
  [`comment ${GUID} Nice one`, { target: GUID, text: "Nice one" }],
  ["comment internationalisation is hard", { text: "internationalisation is hard" }],
  ["vote 2", { answer: "2" }],
  [`vote ${LINK} 2`, { target: LINK, answer: "2" }],
  ["rsvp maybe", { answer: "maybe" }],
  [
    'message subject="A long one" alice@pod.example Hello there',
    { subject: "A long one", person: "alice@pod.example", text: "Hello there" },
  ],
  ["preferences reads=chat listed=1", { reads: "chat", listed: "1" }],
  ["export 17", { from: "17" }],
];
for (const [typed, values] of LINES) {
  test(`“${typed}” is understood`, async () => {
    const { word, rest } = readLine(typed);
    const command = commandBench().commands.all.find((one) => wordOf(one) === word);
    assert.ok(command, word);
    const { fields } = await command.form(ALICE);
    assert.deepEqual(Object.fromEntries(valuesOf(command, fields, rest)), values);
  });
}

test("how each command is said can be read, and is understood as it stands there", async () => {
  for (const command of commandBench().commands.all) {
    const { fields } = await command.form(ALICE);
    const usage = usageOf(command, fields);
    assert.equal(readLine(usage).word, wordOf(command));
    const said = usage.slice(wordOf(command).length).trim().split(" ").join(" ");
    for (const name of command.args ?? []) {
      assert.ok(
        fields.some((field) => field.name === name),
        `${usage}: ${name}`,
      );
    }
    assert.doesNotMatch(said, /undefined/);
  }
});

const NEAREST: readonly (readonly [typed: string, meant: string | null])[] = [
  ["folow", "follow"],
  ["follwo", "follow"],
  ["unfolow", "unfollow"],
  ["regsiter", "register"],
  ["pst", "post"],
  ["hello", null],
  ["x", null],
  ["", null],
  ["o".repeat(100_000), null],
];
for (const [typed, meant] of NEAREST) {
  test(`“${typed.slice(0, 20)}” is ${meant === null ? "no slip" : `a slip for “${meant}”`}`, () => {
    const near = nearest(typed, commandBench().commands.all);
    assert.equal(near === null ? null : wordOf(near), meant);
  });
}

const TARGETS: readonly (readonly [typed: string, target: object | null])[] = [
  ["it", { kind: "it" }],
  ["IT", { kind: "it" }],
  ["", { kind: "it" }],
  [GUID, { kind: "guid", guid: GUID }],
  [LINK, { kind: "guid", guid: GUID }],
  [`<${LINK}>`, { kind: "guid", guid: GUID }],
  [`${LINK}#${guidNumber(8)}`, { kind: "guid", guid: guidNumber(8) }],
  [`${LINK}?a=b`, { kind: "guid", guid: GUID }],
  [`https://friendica.example/display/${GUID}`, { kind: "guid", guid: GUID }],
  [`diaspora://alice@pod.example/post/${GUID}`, { kind: "guid", guid: GUID }],
  [`web+diaspora://alice@pod.example/post/${GUID}`, { kind: "guid", guid: GUID }],
  [
    `xmpp:dx.example.org?;node=n;item=${GUID}`,
    { kind: "uri", uri: `xmpp:dx.example.org?;node=n;item=${GUID}` },
  ],
  ["xmpp:dx.example.org", null],
  ["https://pod.example/posts/17", null],
  ["https://pod.example/people/me", null],
  ["short", null],
];
for (const [typed, target] of TARGETS) {
  test(`“${typed}” names ${target === null ? "nothing" : JSON.stringify(target)}`, () => {
    assert.deepEqual(parseTarget(typed), target);
  });
}

test("a word is taken for a target only when it names one", () => {
  assert.ok(looksLikeTarget("it") && looksLikeTarget(GUID) && looksLikeTarget(LINK));
  assert.ok(!looksLikeTarget("antidisestablishmentarianism") && !looksLikeTarget("Nice"));
});

const PEOPLE: readonly (readonly [typed: string, id: string | null])[] = [
  ["alice@pod.example", "alice@pod.example"],
  [" <Alice@Pod.Example> ", "alice@pod.example"],
  ["acct:alice@pod.example", "alice@pod.example"],
  ["alice\\40pod.example@dx.example.org", "alice@pod.example"],
  ["xmpp:alice%5C40pod.example@dx.example.org", "alice@pod.example"],
  ["alice%pod.example", "alice@pod.example"],
  ["nobody", null],
  ["", null],
];
for (const [typed, id] of PEOPLE) {
  test(`“${typed}” is ${id ?? "nobody"}`, () => {
    if (id === null) {
      assert.throws(
        () => personOf(typed),
        (error) => isDxError(error, "DX_JID_MALFORMED"),
      );
    } else assert.equal(personOf(typed), id);
  });
}

test("whatever is typed is read in time linear in its length, and nothing of it throws", async () => {
  const { commands } = commandBench();
  const forms = await Promise.all(
    commands.all.map(async (command) => ({ command, ...(await command.form(ALICE)) })),
  );
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: "binary" }), (text) => {
      const { rest } = readLine(text);
      for (const { command, fields } of forms) valuesOf(command, fields, rest);
      parseTarget(text);
    }),
    { numRuns: 100 },
  );
  for (const unit of ["a=b ", "to=x ", 'to="', "<", "posts/", "https://a/posts/", " ", "it "]) {
    const text = unit.repeat(Math.ceil(200_000 / unit.length));
    const before = performance.now();
    const { rest } = readLine(text);
    for (const { command, fields } of forms) valuesOf(command, fields, rest);
    parseTarget(text);
    assert.ok(performance.now() - before < 2_000, unit);
  }
});
