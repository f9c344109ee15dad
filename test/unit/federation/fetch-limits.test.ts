import assert from "node:assert/strict";
import { test } from "node:test";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { createFetchBudget } from "../../../src/federation/fetch-budget.ts";
import { createFetchLimiter } from "../../../src/federation/fetch-limiter.ts";
import { createFetchMemory } from "../../../src/federation/fetch-memory.ts";
import { descend, startTree } from "../../../src/federation/fetch-tree.ts";
import { diasporaId } from "./people.ts";
import { nth } from "./fetch-bench.ts";

const isLimit = (error: unknown): boolean => isDxError(error, "DX_FETCH_LIMIT") && error.retryable;
const LATER = performance.now() + 60_000;
const PASSING = [
  "DX_FETCH_LIMIT",
  "DX_STORE_UNAVAILABLE",
  "DX_BACKLOG_FULL",
  "DX_POD_LIMIT",
] as const;

test("a tree ends at its depth, at its number, at its time, and where it leads back", () => {
  const limits = { depth: 2, fetches: 3, ms: 60_000 };
  const tree = startTree(0, limits);
  const first = descend(tree, nth(1), limits);
  assert.throws(() => descend(first, nth(1), limits), isLimit);
  const second = descend(first, nth(2), limits);
  assert.equal(second.depth, 2);
  assert.throws(() => descend(second, nth(3), limits), isLimit);
  descend(tree, nth(4), limits);
  assert.throws(() => descend(tree, nth(5), limits), isLimit, "three were fetched");
  assert.throws(() => descend(startTree(0, { ...limits, ms: -1 }), nth(6), limits), isLimit);
  assert.throws(() => descend(startTree(2, limits), nth(7), limits), isLimit);
});

/** Starts this many at these hosts; each ends when it is told. */
function started(hosts: readonly string[], limits: Parameters<typeof createFetchLimiter>[0]) {
  const limiter = createFetchLimiter(limits);
  const running: string[] = [];
  const ends: (() => void)[] = [];
  const runs = hosts.map((host) =>
    limiter.run(host, LATER, async () => {
      running.push(host);
      await new Promise<void>((resolve) => ends.push(resolve));
    }),
  );
  return { limiter, running, ends, runs };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a slow host takes its own turns only, and all hosts together no more than the total", async () => {
  const made = started(["a", "a", "a", "b", "c"], { total: 3, perHost: 2, waiting: 10 });
  await turn();
  assert.deepEqual(made.running, ["a", "a", "b"]);
  made.ends[2]?.();
  await turn();
  assert.deepEqual(made.running, ["a", "a", "b", "c"]);
  made.ends[0]?.();
  await turn();
  assert.deepEqual(made.running, ["a", "a", "b", "c", "a"]);
  for (const end of made.ends) end();
  await turn();
  await Promise.all(made.runs);
});

test("who would wait behind too many, or too long, does not", async () => {
  const made = started(["a", "a"], { total: 1, perHost: 1, waiting: 2 });
  await turn();
  const late = made.limiter.run("b", performance.now() - 1, () => Promise.resolve());
  const refused = assert.rejects(late, isLimit);
  await assert.rejects(
    made.limiter.run("b", LATER, () => Promise.resolve()),
    isLimit,
  );
  for (let n = 0; n < 2; n += 1) {
    made.ends[n]?.();
    await turn();
  }
  await Promise.all([...made.runs, refused]);
  assert.equal(await made.limiter.run("b", LATER, () => Promise.resolve(7)), 7);
});

test("work that fails gives its turn back", async () => {
  const limiter = createFetchLimiter({ total: 1, perHost: 1, waiting: 0 });
  for (let n = 0; n < 3; n += 1) {
    await assert.rejects(
      limiter.run("a", LATER, () => Promise.reject(new DxError("DX_HTTP_TIMEOUT"))),
      (error) => isDxError(error, "DX_HTTP_TIMEOUT"),
    );
  }
});

test("what went wrong is remembered as long as it may stay so, what is ours to mend not at all", async () => {
  const memory = createFetchMemory({ entries: 9, foundMs: 90, refusedMs: 9_000, unreachableMs: 1 });
  const author = diasporaId("alice@pod.example");
  memory.found("found", { author, local: false, public: true });
  assert.equal(memory.recall("found")?.author, author);
  for (const code of PASSING) {
    memory.failed("passing", new DxError(code));
  }
  memory.failed("passing", new TypeError("bug"));
  assert.equal(memory.recall("passing"), null);
  memory.failed("final", new DxError("DX_ITEM_NOT_FOUND"));
  memory.failed("away", new DxError("DX_HTTP_UNREACHABLE"));
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.throws(
    () => memory.recall("final"),
    (error) => isDxError(error, "DX_ITEM_NOT_FOUND"),
  );
  assert.equal(memory.recall("away"), null);
  assert.equal(memory.recall("found"), null);
});

test("a pod is asked so often in an hour for the sake of one other, and nobody uses up what others need", () => {
  let now = 0;
  const budget = createFetchBudget(2, () => now);
  const isOver = (asker: string | null, host: string): boolean => {
    try {
      budget.take(asker, host);
      return false;
    } catch (error) {
      assert.ok(isLimit(error));
      return true;
    }
  };
  const evil = [1, 2, 3].map(() => isOver("evil.example", "pod.example"));
  assert.deepEqual(evil, [false, false, true]);
  for (let n = 0; n < 1_000; n += 1) isOver("evil.example", `n${String(n)}.example`);
  assert.equal(isOver("nice.example", "pod.example"), false);
  assert.equal(isOver(null, "pod.example"), false);
  now += 3_600_000;
  assert.equal(isOver("evil.example", "pod.example"), false);
});
