import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createKeyedQueue } from "../../../src/connector/keyed-queue.ts";

function unexpected(key: string, error: unknown): void {
  assert.ifError(error ?? new Error(key));
}

test("work of one key is done in order, one at a time; other keys do not wait", async () => {
  const queue = createKeyedQueue<string>({ perKey: 10 }, unexpected);
  const done: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const work = (name: string, until?: Promise<unknown>) => async () => {
    done.push(`${name} begins`);
    await until;
    done.push(`${name} ends`);
  };
  queue.add("a", work("a1", gate.promise));
  queue.add("a", work("a2"));
  queue.add("b", work("b1"));
  await turn();
  assert.deepEqual(done, ["a1 begins", "b1 begins", "b1 ends"]);
  gate.resolve(undefined);
  await queue.idle();
  assert.deepEqual(done.slice(3), ["a1 ends", "a2 begins", "a2 ends"]);
});

test("what fails is told, and what waits behind it is done", async () => {
  const errors: unknown[] = [];
  const queue = createKeyedQueue<string>({ perKey: 10 }, (key, error) => {
    errors.push([key, error]);
  });
  const fault = new Error("a fault");
  let done = 0;
  queue.add("a", () => Promise.reject(fault));
  queue.add("a", () => {
    throw fault;
  });
  queue.add("a", () => {
    done += 1;
    return Promise.resolve();
  });
  await queue.idle();
  assert.deepEqual(errors, [
    ["a", fault],
    ["a", fault],
  ]);
  assert.equal(done, 1);
});

test("too much for one key is refused, other keys are not, and there is room again afterwards", async () => {
  const queue = createKeyedQueue<string>({ perKey: 3 }, unexpected);
  const gate = Promise.withResolvers<undefined>();
  const wait = async (): Promise<void> => {
    await gate.promise;
  };
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => queue.add("a", wait)),
    [true, true, true, false, false],
  );
  assert.equal(queue.add("b", wait), true);
  gate.resolve(undefined);
  await queue.idle();
  assert.equal(queue.add("a", wait), true);
  await queue.idle();
});

test("what waits has a bound in all, too", async () => {
  const queue = createKeyedQueue<string>({ perKey: 3, bytes: 100 }, unexpected);
  const gate = Promise.withResolvers<undefined>();
  const wait = async (): Promise<void> => {
    await gate.promise;
  };
  assert.deepEqual(
    ["a", "b", "c"].map((key) => queue.add(key, wait, 40)),
    [true, true, false],
  );
  assert.equal(queue.add("d", wait), true, "what holds nothing has room");
  gate.resolve(undefined);
  await queue.idle();
  assert.equal(queue.add("c", wait, 100), true);
  await queue.idle();
});
