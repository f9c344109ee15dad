/** Floods of strangers: how much of one is heard, and what it leaves to everybody else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hanging, HOME, iq, message, settled, times } from "./gate-bench.ts";

test("a host that asks without a pause is told to wait, each time (RFC 6120 §8.2.3)", async (t) => {
  const flood = hanging(t);
  flood.release();
  const ask = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) {
      flood.send(iq("get", `mallory${String(n)}@evil.example`));
      if (n % 40 === 0) await settled();
    }
    await settled();
  };
  await ask(7_000);
  assert.deepEqual(flood.answers(), { result: 5_000, "policy-violation": 2_000 });
  flood.clock.now += 1_000;
  await ask(100);
  assert.deepEqual(flood.answers(), { result: 5_050, "policy-violation": 2_050 });
  flood.send(iq("get", "eve@good.example/phone"));
  await settled();
  assert.equal(flood.answers()["result"], 5_051);
});

test("people of ours ask as much as they like", async (t) => {
  const flood = hanging(t);
  flood.release();
  for (let n = 0; n < 7_000; n += 1) {
    flood.send(iq("get", `alice@${HOME}/phone`));
    if (n % 40 === 0) await settled();
  }
  await settled();
  assert.deepEqual(flood.answers(), { result: 7_000 });
});

test("what strangers write is worked on a few at a time, however many hosts they are of, and ours beside it", async (t) => {
  const flood = hanging(t);
  times(100, (n) => {
    flood.send(message(`mallory${n}@evil.example`));
  });
  await settled();
  assert.equal(flood.heard.length, 3);
  times(50, (n) => {
    flood.send(message(`eve@h${n}.example`));
  });
  await settled();
  assert.equal(flood.heard.length, 32);
  times(20, (n) => {
    flood.send(message(`person${n}@${HOME}/phone`));
  });
  await settled();
  assert.equal(flood.heard.length, 52);
  flood.release();
  await settled();
  assert.equal(flood.heard.length, 170);
  // The turn goes round.
  const evils = flood.heard.slice(52, 72).filter((from) => from.endsWith("@evil.example"));
  assert.ok(evils.length < 10, String(evils.length));
});
