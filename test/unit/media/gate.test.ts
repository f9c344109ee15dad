import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import { createFairGate } from "../../../src/media/fair-gate.ts";
import { createGate } from "../../../src/media/gate.ts";

test("never more at once than may, and all who came get their turn, in order", async () => {
  const gate = createGate(2, 100);
  const order: number[] = [];
  let [busy, most] = [0, 0];
  const all: Promise<void>[] = [];
  for (let index = 0; index < 20; index += 1) {
    const work = async (): Promise<void> => {
      order.push(index);
      busy += 1;
      most = Math.max(most, busy);
      for (let turns = 0; turns < 5; turns += 1) await turn();
      busy -= 1;
    };
    all.push(gate(work));
    // Some come while others leave.
    await turn();
  }
  await Promise.all(all);
  assert.equal(most, 2);
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  assert.equal(order.length, 20);
});

test("whoever finds the queue full is sent away, and a place that is left is taken again", async () => {
  const gate = createGate(1, 1);
  const first = Promise.withResolvers<string>();
  const running = gate(() => first.promise);
  const waiting = gate(() => Promise.resolve("second"));
  await assert.rejects(
    gate(() => Promise.resolve("third")),
    (error) => isDxError(error, "DX_MEDIA_BUSY"),
  );
  first.resolve("first");
  assert.deepEqual(await Promise.all([running, waiting]), ["first", "second"]);
  assert.equal(await gate(() => Promise.resolve("fourth")), "fourth");
});

test("work that fails leaves its place to the next", async () => {
  const gate = createGate(1, 10);
  const failing = gate(() => Promise.reject(new Error("no")));
  const next = gate(() => Promise.resolve("yes"));
  await assert.rejects(failing, /no/);
  assert.equal(await next, "yes");
});

test("one owner has half of the places and half of the queue, all together no more than the whole", async () => {
  const gate = createFairGate(4, 4);
  const end = Promise.withResolvers<undefined>();
  const running: string[] = [];
  const come = (owner: string): Promise<string> =>
    gate(owner, async () => {
      running.push(owner);
      await end.promise;
      return owner;
    });
  const busy = (error: unknown): boolean => isDxError(error, "DX_MEDIA_BUSY");
  const slow = Array.from({ length: 4 }, () => come("slow"));
  await assert.rejects(come("slow"), busy);
  const others = ["a", "b", "c", "d", "e"].map(come);
  await turn();
  assert.deepEqual(running, ["slow", "slow", "a", "b"]);
  end.resolve(undefined);
  assert.deepEqual(await Promise.all([...slow, ...others]), [
    ...Array<string>(4).fill("slow"),
    ...["a", "b", "c", "d", "e"],
  ]);
  assert.equal(await come("slow"), "slow");
});
