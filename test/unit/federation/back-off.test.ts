import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  backOffSeconds,
  MAX_ATTEMPTS,
  MAX_CONTACT_ATTEMPTS,
  messageTime,
  retryTime,
} from "../../../src/federation/back-off.ts";

const NOW = 1_000_000;
const DAY_MS = 86_400_000;

test("the waits grow, from seconds to hours, as diaspora* does it", () => {
  const minutes = Array.from({ length: MAX_ATTEMPTS }, (_, index) =>
    Math.round(backOffSeconds(index + 1, 0) / 60),
  );
  assert.deepEqual(minutes, [0, 1, 4, 10, 22, 40, 68, 109, 167, 244, 346, 476]);
});

for (const [what, attempts, least, most] of [
  ["a message", MAX_ATTEMPTS, 16, 18],
  ["who follows whom", MAX_CONTACT_ATTEMPTS, 13 * 24, 14 * 24],
] as const) {
  test(`${what} is tried for ${String(least)} to ${String(most)} hours in all`, () => {
    let seconds = 0;
    for (let failures = 1; failures < attempts; failures += 1) {
      seconds += backOffSeconds(failures, 0.5);
    }
    assert.ok(seconds > least * 3_600 && seconds < most * 3_600, `${String(seconds / 3_600)} h`);
  });
}

test("a message that was refused waits for days in the end, a pod never for more than one", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: NOW });
  const last = MAX_CONTACT_ATTEMPTS - 1;
  assert.ok(messageTime(last).getTime() > NOW + 2 * DAY_MS);
  assert.equal(retryTime(last).getTime(), NOW + DAY_MS);
  assert.equal(retryTime(10_000).getTime(), NOW + DAY_MS);
});

test("a wait is never shorter than the one before, and has a bounded jitter", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, random) => {
        const wait = backOffSeconds(failures, random);
        assert.ok(wait > 0);
        assert.ok(wait >= backOffSeconds(failures, 0));
        assert.ok(backOffSeconds(failures + 1, 0) >= backOffSeconds(failures, 0));
        assert.ok(wait <= backOffSeconds(failures, 0) * 2.5);
      },
    ),
  );
});

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
