import assert from "node:assert/strict";
import { test } from "node:test";
import { newestOf } from "../../../src/store/standings-cache.ts";

test("of two readings at once the later one counts, whichever ends first", async () => {
  const ends: ((list: string) => void)[] = [];
  const read = newestOf(() => new Promise<string>((resolve) => ends.push(resolve)));
  const [first, second] = [read(), read()];
  ends[1]?.("after the change");
  assert.equal(await second, "after the change");
  ends[0]?.("before the change");
  assert.equal(await first, null);
  const third = read();
  ends[2]?.("once more");
  assert.equal(await third, "once more");
});
