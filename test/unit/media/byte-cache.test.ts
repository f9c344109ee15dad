import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { createByteCache, type ByteCache } from "../../../src/media/byte-cache.ts";

interface Bench {
  readonly cache: ByteCache<Buffer>;
  /** Keys in the order in which they were made. */
  readonly made: string[];
  take(key: string, bytes?: number): Promise<Buffer>;
  fail(key: string, code: ErrorCode): Promise<Buffer>;
}

function bench(maxBytes = 10_000, failureMs = 60_000): Bench {
  const cache = createByteCache<Buffer>({ maxBytes, failureMs, bytesOf: (value) => value.length });
  const made: string[] = [];
  return {
    cache,
    made,
    take: (key, bytes = 100) =>
      cache.get(key, async () => {
        made.push(key);
        await sleep(1);
        return Buffer.alloc(bytes);
      }),
    fail: (key, code) =>
      cache.get(key, () => {
        made.push(key);
        return Promise.reject(new DxError(code));
      }),
  };
}

const code = (expected: ErrorCode) => (error: unknown) => isDxError(error, expected);

test("what was made is not made again", async () => {
  const { take, made } = bench();
  const first = await take("a");
  assert.equal(await take("a"), first);
  assert.deepEqual(made, ["a"]);
});

test("a hundred who ask at once wait for one making", async () => {
  const { take, made } = bench();
  const all = await Promise.all(Array.from({ length: 100 }, () => take("a")));
  assert.equal(new Set(all).size, 1);
  assert.deepEqual(made, ["a"]);
});

test("the least used goes when there are too many bytes", async () => {
  const { take, made } = bench(3_000);
  await take("a", 1_000);
  await take("b", 1_000);
  await take("a");
  await take("c", 1_000);
  made.length = 0;
  await take("a");
  await take("b", 1_000);
  assert.deepEqual(made, ["b"]);
});

test("what is larger than all that may be kept is given and not kept, and drives nothing out", async () => {
  const { take, made } = bench(3_000);
  await take("a", 1_000);
  assert.equal((await take("huge", 5_000)).length, 5_000);
  await take("huge", 5_000);
  await take("a");
  assert.deepEqual(made, ["a", "huge", "huge"]);
});

test("what failed a moment ago fails again untried, and is tried again after a while", async () => {
  const { fail, take, made } = bench(10_000, 50);
  await assert.rejects(fail("a", "DX_HTTP_UNREACHABLE"), code("DX_HTTP_UNREACHABLE"));
  await assert.rejects(take("a"), code("DX_HTTP_UNREACHABLE"));
  assert.deepEqual(made, ["a"]);
  await sleep(80);
  await take("a");
  assert.deepEqual(made, ["a", "a"]);
});

test("that there was too much to do is forgotten at once", async () => {
  const { fail, take, made } = bench();
  await assert.rejects(fail("a", "DX_MEDIA_BUSY"), code("DX_MEDIA_BUSY"));
  await take("a");
  assert.deepEqual(made, ["a", "a"]);
});
