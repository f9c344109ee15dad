import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFairQueue, type FairQueue } from "../../../src/salmon/fair-queue.ts";

function drain(queue: FairQueue<string>): string[] {
  const items: string[] = [];
  for (let item = queue.next(); item !== undefined; item = queue.next()) items.push(item);
  return items;
}

function filled(
  room: number,
  items: readonly string[],
): [FairQueue<string>, (string | undefined)[]] {
  const queue = createFairQueue<string>(room);
  return [queue, items.map((item) => queue.add(item.charAt(0), item))];
}

test("everybody in turn, each in the order of arrival", () => {
  const [queue] = filled(9, ["a1", "a2", "a3", "b1", "b2", "c1"]);
  assert.deepEqual(drain(queue), ["a1", "b1", "c1", "a2", "b2", "a3"]);
});

test("whoever had a turn comes after those who had none since", () => {
  const [queue] = filled(9, ["a1", "a2", "b1"]);
  assert.equal(queue.next(), "a1");
  queue.add("c", "c1");
  assert.deepEqual(drain(queue), ["b1", "a2", "c1"]);
});

test("without room, the youngest of whoever has most gives way", () => {
  const [queue, dropped] = filled(3, ["a1", "a2", "a3", "b1", "c1", "d1"]);
  const none = undefined;
  assert.deepEqual(dropped, [none, none, none, "a3", "a2", "d1"]);
  assert.deepEqual(drain(queue), ["a1", "b1", "c1"]);
});

test("nothing is lost, nothing comes twice, and it never holds more than there is room for", () => {
  const steps = fc.array(fc.option(fc.constantFrom("a", "b", "c", "d")), { maxLength: 60 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 8 }), (owners, room) => {
      const queue = createFairQueue<string>(room);
      const out: string[] = [];
      const added: string[] = [];
      owners.forEach((owner, index) => {
        if (owner !== null) added.push(`${owner}${String(index)}`);
        const left = owner === null ? queue.next() : queue.add(owner, added.at(-1) ?? "");
        if (left !== undefined) out.push(left);
        assert.ok(queue.size <= room);
        assert.equal(queue.size, added.length - out.length);
      });
      assert.deepEqual([...out, ...queue.empty()].sort(), added.sort());
      assert.equal(queue.size, 0);
      assert.equal(queue.next(), undefined);
    }),
  );
});
