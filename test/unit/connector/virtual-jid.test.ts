import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDiasporaId, parseJid } from "../../../src/activitystreams/ids.ts";
import {
  hasVirtualJid,
  parseTypedId,
  parseVirtualLocal,
  virtualJid,
  virtualLocal,
} from "../../../src/activitystreams/virtual-jid.ts";
import { isDxError } from "../../../src/errors/error.ts";

function id(text: string) {
  const parsed = parseDiasporaId(text);
  assert.ok(parsed !== null, text);
  return parsed;
}

const PAIRS: readonly (readonly [string, string])[] = [
  ["alice@pod.example", "alice\\40pod.example"],
  ["alice@pod.example:3000", "alice\\40pod.example\\3a3000"],
  ["a.b-c_d@sub.pod.example", "a.b-c_d\\40sub.pod.example"],
  ["bob@127.0.0.1:4001", "bob\\40127.0.0.1\\3a4001"],
  ["bob@[::1]:4001", "bob\\40[\\3a\\3a1]\\3a4001"],
  ["al@xn--bcher-kva.example", "al\\40xn--bcher-kva.example"],
];
for (const [text, local] of PAIRS) {
  test(`${text} is ${local}, and back`, () => {
    assert.equal(virtualLocal(id(text)), local);
    assert.equal(parseVirtualLocal(local), text);
    // The address is a JID, and folding it changes nothing.
    const jid = virtualJid(id(text), "dx.example.org");
    assert.equal(parseJid(jid)?.bare, jid);
  });
}

const REFUSED = [
  ["no host", "alice"],
  ["an upper-case escape", "bob\\40pod.example\\3A3000"],
  ["a space at the start", "\\20alice\\40pod.example"],
  ["a space at the end", "alice\\40pod.example\\20"],
  ["a second @", "alice\\40b\\40pod.example"],
  ["an escape inside the name", "al\\3aice\\40pod.example"],
  ["an escaped backslash", "al\\5cice\\40pod.example"],
  ["a bare backslash", "al\\ice\\40pod.example"],
  ["a raw colon", "alice\\40pod.example:3000"],
  ["a raw @", "alice@pod.example"],
  ["upper case", "Alice\\40pod.example"],
  ["an empty name", "\\40pod.example"],
  ["an empty host", "alice\\40"],
  ["a port without digits", "alice\\40pod.example\\3a"],
  ["a letter that servers fold differently", "stra\u00dfe\\40pod.example"],
  ["a percent sign", "alice%pod.example"],
  ["a line end", "alice\\40pod.example\n"],
  ["too much", `${"a".repeat(300)}\\40pod.example`],
] as const;
for (const [name, local] of REFUSED) {
  test(`refuses ${name}`, () => {
    assert.equal(parseVirtualLocal(local), null);
  });
}

test("an ID outside ASCII has no virtual JID", () => {
  const foreign = id("stra\u00dfe@pod.example");
  assert.equal(hasVirtualJid(foreign), false);
  assert.throws(
    () => virtualLocal(foreign),
    (e) => isDxError(e, "DX_JID_MALFORMED"),
  );
});

const ids = fc
  .tuple(
    fc.stringMatching(/^[a-z0-9_.-]{1,30}$/),
    fc.stringMatching(/^[a-z0-9-]{1,10}(\.[a-z0-9-]{1,10}){0,3}(:[0-9]{1,5})?$/),
  )
  .map(([user, host]) => `${user}@${host}`)
  .filter((text) => parseDiasporaId(text) !== null);

test("every ID comes back from its local part", () => {
  fc.assert(fc.property(ids, (text) => parseVirtualLocal(virtualLocal(id(text))) === text));
});

test("whatever is parsed has one spelling only", () => {
  const locals = fc
    .array(
      fc.constantFrom(
        "a",
        "b",
        ".",
        "-",
        "_",
        "\\40",
        "\\3a",
        "\\3A",
        "\\20",
        "\\",
        "4",
        "0",
        "@",
        "[",
      ),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(locals, (local) => {
      const parsed = parseVirtualLocal(local);
      return parsed === null || virtualLocal(parsed) === local;
    }),
    { numRuns: 2_000 },
  );
});

const TYPED: readonly (readonly [string, string | null])[] = [
  ["alice@pod.example", "alice@pod.example"],
  ["  Alice@Pod.Example ", "alice@pod.example"],
  ["acct:alice@pod.example", "alice@pod.example"],
  ["@alice@pod.example", "alice@pod.example"],
  ["alice%pod.example", "alice@pod.example"],
  ["alice@pod.example:443", "alice@pod.example"],
  ["alice@pod.example:3000", "alice@pod.example:3000"],
  ["alice@b\u00fccher.example", "alice@xn--bcher-kva.example"],
  ["bob@[::1]:4001", "bob@[::1]:4001"],
  ["alice", null],
  ["@pod.example", null],
  ["alice@", null],
  ["al ice@pod.example", null],
  ["alice@pod example", null],
  ["alice@pod.example/path", null],
  [`${"a".repeat(1_100)}@pod.example`, null],
];
for (const [typed, expected] of TYPED) {
  test(`typed ${JSON.stringify(typed.slice(0, 40))} means ${expected ?? "nobody"}`, () => {
    assert.equal(parseTypedId(typed), expected);
  });
}
