import assert from "node:assert/strict";
import { test } from "node:test";
import { trusts } from "../../../src/http/trust.ts";

const CASES: readonly [string, readonly string[], boolean][] = [
  ["127.0.0.1", [], false],
  ["127.0.0.1", ["127.0.0.1"], true],
  ["::ffff:127.0.0.1", ["127.0.0.1"], true],
  ["127.0.0.1", ["::ffff:127.0.0.1"], true],
  ["127.0.0.2", ["127.0.0.1"], false],
  ["10.9.8.7", ["192.168.0.0/16", "10.0.0.0/8"], true],
  ["11.9.8.7", ["192.168.0.0/16", "10.0.0.0/8"], false],
  ["::1", ["10.0.0.0/8", "::1"], true],
  ["2001:db8::5", ["2001:db8::/32"], true],
  ["2001:db9::5", ["2001:db8::/32"], false],
  ["10.0.0.1", ["2001:db8::/32"], false],
  ["no address", ["10.0.0.0/8"], false],
];

for (const [address, ranges, expected] of CASES) {
  test(`${address} is ${expected ? "" : "not "}trusted by [${ranges.join(", ")}]`, () => {
    assert.equal(trusts(() => ranges)(address), expected);
  });
}

test("the ranges count as they are when it is asked", () => {
  let ranges: readonly string[] = [];
  const trusted = trusts(() => ranges);
  assert.equal(trusted("10.0.0.1"), false);
  ranges = ["10.0.0.0/8"];
  assert.equal(trusted("10.0.0.1"), true);
});
