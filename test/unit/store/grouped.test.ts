import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DxError } from "../../../src/errors/error.ts";
import { inGroups } from "../../../src/store/grouped.ts";

/** Doubles numbers, and notes the groups. `spoilt`: nobody with this one gets anything. */
function doubling(options: { readonly most?: number; readonly spoilt?: number } = {}) {
  const groups: number[][] = [];
  const double = inGroups({
    most: options.most ?? 10,
    run: async (numbers: readonly number[]) => {
      groups.push([...numbers]);
      await sleep(5);
      if (options.spoilt !== undefined && numbers.includes(options.spoilt)) throw new Error("bad");
      return numbers.map((number) => number * 2);
    },
  });
  return { groups, double };
}

test("what is asked in one turn goes together, and each gets its own answer", async () => {
  const { groups, double } = doubling();
  assert.deepEqual(await Promise.all([1, 2, 3].map(double)), [2, 4, 6]);
  assert.deepEqual(groups, [[1, 2, 3]]);
});

test("what is asked while a group is under way goes in the next, no more than fit", async () => {
  const { groups, double } = doubling({ most: 2 });
  const first = double(0);
  await sleep(1);
  await Promise.all([first, ...[1, 2, 3].map(double)]);
  assert.deepEqual(groups, [[0], [1, 2], [3]]);
});

test("one that spoils its group fails alone", async () => {
  const { double } = doubling({ spoilt: 2 });
  const ends = await Promise.allSettled([1, 2, 3].map(double));
  assert.deepEqual(
    ends.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("a database that is away is not asked again for each of a group", async () => {
  let asked = 0;
  const ask = inGroups({
    most: 10,
    run: () => {
      asked += 1;
      return Promise.reject(new DxError("DX_STORE_UNAVAILABLE"));
    },
  });
  const ends = await Promise.allSettled([1, 2, 3].map(ask));
  assert.ok(ends.every(({ status }) => status === "rejected"));
  assert.equal(asked, 1);
});

for (const [what, error] of [
  ["our own clock", new Error("Query read timeout")],
  ["the store", new DxError("DX_STORE_UNAVAILABLE", { cause: new Error("Query read timeout") })],
] as const) {
  test(`one that waits for a lock does not make the database look away for the others: ${what}`, async () => {
    const ask = inGroups({
      most: 10,
      run: (numbers: readonly number[]) =>
        numbers.includes(2) ? Promise.reject(error) : Promise.resolve(numbers),
    });
    const ends = await Promise.allSettled([1, 2, 3].map(ask));
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
  });
}

test("in a transaction that an error has ended nobody is tried alone", async () => {
  let asked = 0;
  const ask = inGroups({
    most: 10,
    isShared: true,
    run: () => {
      asked += 1;
      return Promise.reject(new Error("the first"));
    },
  });
  const ends = await Promise.allSettled([1, 2, 3].map(ask));
  assert.ok(ends.every((end) => end.status === "rejected" && /the first/.test(String(end.reason))));
  assert.equal(asked, 1);
});

test("a group that hangs holds up no other", async () => {
  const hangs = Promise.withResolvers<never>();
  const ask = inGroups({
    most: 1,
    run: (numbers: readonly number[]) =>
      numbers.includes(1) ? hangs.promise : Promise.resolve(numbers),
  });
  const stuck = ask(1);
  assert.equal(await ask(2), 2);
  hangs.reject(new Error("at last"));
  await assert.rejects(stuck, /at last/);
});
