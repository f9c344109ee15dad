import assert from "node:assert/strict";
import { test } from "node:test";
import { createPodBreaker } from "../../../src/federation/pod-breaker.ts";

const POD = "https://pod.example/";
const inSeconds = (seconds: number): Date => new Date(Date.now() + seconds * 1000);

test("what failed waits, then one tries it for all, and who is answered opens it", () => {
  let now = 0;
  const breaker = createPodBreaker(() => now);
  assert.equal(breaker.waitOf(POD), null);
  breaker.failed(POD, inSeconds(60), "it is away");
  const wait = breaker.waitOf(POD);
  assert.ok(wait !== null && !wait.isAsked && wait.error === "it is away");
  assert.ok(Math.abs(wait.until.getTime() - inSeconds(60).getTime()) < 500);
  assert.equal(breaker.waitOf("https://other.example/"), null);
  now = 61_000;
  assert.equal(breaker.waitOf(POD), null, "the first tries");
  const meanwhile = breaker.waitOf(POD);
  assert.ok(meanwhile !== null && meanwhile.isAsked);
  assert.ok(meanwhile.until.getTime() <= inSeconds(3).getTime(), "soon more is known");
  assert.equal(breaker.answered(POD), true);
  assert.equal(breaker.waitOf(POD), null);
  assert.equal(breaker.answered(POD), false, "that is no news");
});

test("who was to try it and never said what came of it does not hold it for ever", () => {
  let now = 0;
  const breaker = createPodBreaker(() => now);
  breaker.failed(POD, inSeconds(1), "it is away");
  now = 2_000;
  assert.equal(breaker.waitOf(POD), null);
  now = 40_000;
  assert.equal(breaker.waitOf(POD), null);
});

test("what a pod asked for itself is waited for by all, however long", () => {
  let now = 0;
  const breaker = createPodBreaker(() => now);
  breaker.failed(POD, inSeconds(7_200), "it is overloaded", 7_200);
  now = 7_190_000;
  assert.ok(breaker.waitOf(POD) !== null && breaker.asksPatience(POD));
  now = 7_201_000;
  assert.ok(breaker.waitOf(POD) === null && !breaker.asksPatience(POD));
});

test("when something comes from a pod that cannot be reached, one tries it for all", () => {
  const breaker = createPodBreaker(() => 0);
  breaker.heard(POD);
  assert.equal(breaker.waitOf(POD), null);
  breaker.failed(POD, inSeconds(300), "it is away");
  assert.equal(breaker.asksPatience(POD), false);
  breaker.heard(POD);
  const tries = Array.from({ length: 100 }, () => breaker.waitOf(POD)).filter(
    (one) => one === null,
  );
  assert.equal(tries.length, 1);
  breaker.heard(POD);
  assert.equal(breaker.waitOf(POD)?.isAsked, true, "it is being tried");
});

test("that a pod has taken something is remembered for a minute", () => {
  let now = 0;
  const breaker = createPodBreaker(() => now);
  assert.equal(breaker.tookLately(POD), false);
  breaker.took(POD);
  now = 59_000;
  assert.equal(breaker.tookLately(POD), true);
  now = 60_000;
  assert.equal(breaker.tookLately(POD), false);
});

test("however long a pod has to wait, another process may have heard of it after ten minutes", () => {
  let now = 0;
  const breaker = createPodBreaker(() => now);
  breaker.failed(POD, inSeconds(86_400), "it is away");
  now = 601_000;
  assert.equal(breaker.waitOf(POD), null);
});
