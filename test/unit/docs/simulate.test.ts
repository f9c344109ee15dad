/** What docs/scaling.md counts with: the distributions, and that the counting adds up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { count } from "../../../scripts/simulate/count.ts";
import { distinctPods, followerClasses, podClasses } from "../../../scripts/simulate/followers.ts";
import { WORLD } from "../../../scripts/simulate/model.ts";
import { short, statementsIn } from "../../../scripts/simulate/report.ts";

const people = fc.integer({ min: 100, max: 100_000_000 });

test("everybody is in one class of followers, and the mean is as wished", () => {
  fc.assert(
    fc.property(people, fc.integer({ min: 1, max: 5 }), (all, mean) => {
      const classes = followerClasses(all, mean);
      const whole = classes.reduce((sum, { share }) => sum + share, 0);
      const found = classes.reduce((sum, { share, followers }) => sum + share * followers, 0);
      assert.ok(Math.abs(whole - 1) < 1e-9);
      assert.ok(found <= mean * 1.000_1 && found > mean / 2, String(found));
      assert.ok(classes.every(({ followers }) => followers <= all));
    }),
  );
});

test("followers are on no more pods than there are, nor on more than they are", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000 }), people, (pods, followers) => {
      const classes = podClasses(pods);
      const all = classes.reduce((sum, one) => sum + one.pods, 0);
      assert.equal(all, pods);
      const found = distinctPods(followers, classes);
      assert.ok(found <= Math.min(pods, followers) * 1.000_1 && found > 0);
      assert.ok(distinctPods(followers * 2, classes) >= found);
    }),
  );
});

test("twice as many people who do the same cost twice as much, and a little more for pods", () => {
  const one = count({ ...WORLD, people: 1_000_000 });
  const two = count({ ...WORLD, people: 2_000_000 });
  const ratio = statementsIn(two) / statementsIn(one);
  assert.ok(ratio > 1.9 && ratio < 2.3, String(ratio));
  assert.ok(two.requestsIn / one.requestsIn > 1.9 && two.requestsIn / one.requestsIn < 2.1);
});

test("who has nobody on the other network sends nothing there", () => {
  const alone = count({ ...WORLD, across: 1e-9 });
  assert.ok(alone.flows.podsOfPost < 1e-3);
  assert.ok(alone.stanzas < 1e-3);
});

const SHORT: readonly (readonly [value: number, text: string])[] = [
  [0, "0"],
  [0.5, "0.50"],
  [7, "7"],
  [12.34, "12.3"],
  [999, "999"],
  [1_000, "1 k"],
  [10_300, "10.3 k"],
  [999_700, "1.00 M"],
  [24_100_000_000, "24.1 G"],
];
for (const [value, text] of SHORT) {
  test(`${String(value)} is written ${text}`, () => {
    assert.equal(short(value), text);
  });
}
