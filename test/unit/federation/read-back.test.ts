/** What somebody wrote before anybody here followed them, from real sockets. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { openFetched } from "../../../src/federation/incoming.ts";
import type { IncomingMessage } from "../../../src/federation/ports.ts";
import { guidsIn, readBack } from "../../../src/federation/read-back.ts";
import { silentLog } from "../../../src/log/log.ts";
import {
  alice,
  bodies,
  carol,
  fetchBench,
  mallory,
  nth,
  post,
  reshare,
  sealed,
  type FetchBench,
  type Handler,
} from "./fetch-bench.ts";

const STREAM = `pod.example/people/${alice.guid}/stream`;
const UNTIL = new Date("2026-05-01T12:00:00Z");

/** As diaspora* 0.9 lists it. */
function listed(...numbers: readonly number[]): object[] {
  return numbers.map((number) => ({
    id: number,
    guid: nth(number),
    public: true,
    author: { id: 1, guid: alice.guid, diaspora_id: alice.diasporaId },
  }));
}

async function read(bench: FetchBench, wholeMs = 60_000): Promise<void> {
  const { fetcher, known } = bench.deps;
  await readBack(alice, UNTIL, {
    http: bench.http,
    fetcher,
    known,
    open: openFetched(bench.deps),
    log: silentLog,
    maxBytes: 64 * 1024,
    timeoutMs: 1_000,
    wholeMs,
  });
}

async function serve(bench: FetchBench, numbers: readonly number[]): Promise<string[]> {
  bench.pages.set(STREAM, JSON.stringify(listed(...numbers)));
  const envelopes = await Promise.all(
    numbers.map((number) => sealed(post(alice.diasporaId, nth(number)), alice)),
  );
  numbers.forEach((number, index) => {
    bench.pages.set(`pod.example/fetch/post/${nth(number)}`, envelopes[index] ?? "");
  });
  return envelopes;
}

test("the newest posts are fetched one by one, but for those that are known, and come as no news", async (t) => {
  const bench = await fetchBench(t);
  const envelopes = await serve(bench, [1, 2, 3]);
  const known = { author: alice.diasporaId, local: false, public: true, gone: true };
  bench.known.set(`post ${nth(2)}`, known);
  await read(bench);
  assert.deepEqual(bodies(bench), [envelopes[0], envelopes[2]]);
  assert.ok(bench.kept.every(({ quietBefore }) => quietBefore === UNTIL));
  const posts = [1, 3].map((number) => `pod.example/fetch/post/${nth(number)}`);
  assert.deepEqual(bench.asked, [STREAM, ...posts]);
});

test("what a reshare among them passes on is no news either", async (t) => {
  const bench = await fetchBench(t);
  bench.pages.set(STREAM, JSON.stringify(listed(1)));
  const shared = reshare(alice.diasporaId, nth(1), carol.diasporaId, nth(9));
  bench.pages.set(`pod.example/fetch/post/${nth(1)}`, await sealed(shared, alice));
  bench.pages.set(
    `far.example/fetch/post/${nth(9)}`,
    await sealed(post(carol.diasporaId, nth(9)), carol),
  );
  await read(bench);
  assert.equal(bench.kept.length, 2);
  assert.ok(bench.kept.every(({ quietBefore }) => quietBefore === UNTIL));
});

test("one that is not there, or somebody else's, keeps none of the others back", async (t) => {
  const bench = await fetchBench(t);
  const [, , third] = await serve(bench, [1, 2, 3]);
  bench.pages.delete(`pod.example/fetch/post/${nth(1)}`);
  const forged = await sealed(post(mallory.diasporaId, nth(2)), mallory);
  bench.pages.set(`pod.example/fetch/post/${nth(2)}`, forged);
  await read(bench);
  assert.deepEqual(bodies(bench), [third]);
});

for (const code of ["DX_FETCH_LIMIT", "DX_BACKLOG_FULL", "DX_POD_LIMIT"] as const) {
  test(`${code} does not pass for having read it all: the rest is asked for later`, async (t) => {
    const added: IncomingMessage[] = [];
    const bench = await fetchBench(t, {
      ...(code === "DX_FETCH_LIMIT" ? { perHour: 1 } : {}),
      inbox: {
        add: (message) => {
          if (code !== "DX_FETCH_LIMIT" && added.length > 0) throw new DxError(code);
          added.push(message);
          return Promise.resolve();
        },
      },
    });
    await serve(bench, [1, 2, 3]);
    await assert.rejects(read(bench), (error) => isDxError(error, code) && error.retryable);
    assert.equal(added.length, 1);
  });
}

test("a pod that is slow with each of them is left at the end of the whole time", async (t) => {
  const bench = await fetchBench(t);
  await serve(bench, [1, 2, 3]);
  bench.pages.set(`pod.example/fetch/post/${nth(2)}`, () => undefined);
  const began = performance.now();
  await assert.rejects(read(bench, 400), (error) => isDxError(error, "DX_HTTP_TIMEOUT"));
  assert.ok(performance.now() - began < 5_000);
  assert.deepEqual(bench.asked.slice(-1), [`pod.example/fetch/post/${nth(2)}`]);
});

const answering =
  (status: number): Handler =>
  (_, response) => {
    response.writeHead(status).end();
  };

for (const [status, retryable] of [
  [404, false],
  [406, false],
  [429, true],
  [502, true],
] as const) {
  test(`a pod that answers ${String(status)} is ${retryable ? "asked again later" : "not asked again"}`, async (t: TestContext) => {
    const bench = await fetchBench(t);
    bench.pages.set(STREAM, answering(status));
    await assert.rejects(read(bench), (error) => isDxError(error) && error.retryable === retryable);
  });
}

test("only public posts of the person count, each once, and not more than twenty", () => {
  const [one] = listed(1);
  const list = [
    { ...one, public: false },
    { ...one, author: { guid: carol.guid } },
    { ...one, guid: "no guid" },
    null,
    "text",
    ...listed(...Array.from({ length: 30 }, (_, index) => index + 1)),
    one,
  ];
  const expected = Array.from({ length: 20 }, (_, index) => nth(index + 1));
  assert.deepEqual(guidsIn(JSON.stringify(list), alice.guid), expected);
  for (const junk of ["", "<html>", "{}", "null", "[[]]"]) {
    assert.deepEqual(guidsIn(junk, alice.guid), [], junk);
  }
});
