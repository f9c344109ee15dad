import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backOffSeconds, MAX_ATTEMPTS, retryTime } from "../../../src/federation/back-off.ts";

test("the waits grow, from seconds to hours, as diaspora* does it", () => {
  const minutes = Array.from({ length: MAX_ATTEMPTS }, (_, index) =>
    Math.round(backOffSeconds(index + 1, 0) / 60),
  );
  assert.deepEqual(minutes, [0, 1, 4, 10, 22, 40, 68, 109, 167, 244, 346, 476]);
});

test("a wait is never shorter than the one before, never more than a day, and has a bounded jitter", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        const wait = backOffSeconds(failures, random);
        assert.ok(wait > 0 && wait <= 86_400);
        assert.ok(wait >= backOffSeconds(failures, 0));
        assert.ok(backOffSeconds(failures + 1, 0) >= backOffSeconds(failures, 0));
        assert.ok(wait <= backOffSeconds(failures, 0) * 2.5);
      },
    ),
  );
});

const NOW = 1_000_000;
for (const [what, failures, retryAfter, seconds] of [
  ["asks for less than its turn would be", 5, 100, 100],
  ["asks for more than its turn would be", 1, 3_600, 3_600],
  ["always asks for a second", 12, 1, 4_096],
  ["asks for a year", 1, 31_536_000, 86_400],
] as const) {
  test(`a pod that ${what} is asked again after ${String(seconds)} s`, (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: NOW });
    assert.equal(retryTime(failures, retryAfter).getTime(), NOW + seconds * 1000);
  });
}
