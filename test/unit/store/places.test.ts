import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Destination } from "../../../src/activitystreams/delivery.ts";
import { createPlaces } from "../../../src/store/places.ts";

const pod = (id: string, attempts = 0): Destination => ({
  id,
  kind: "pod",
  address: `https://pod${id}.example/`,
  attempts,
  wakes: "0",
});

test("who is slow while nobody else fits aside steps there when one has gone", async () => {
  let freed = 0;
  const onFree = (): void => void (freed += 1);
  const places = createPlaces({ concurrency: 2, aside: 1, onFree });
  const known = places.take([pod("1", 3)]);
  const slow = places.take([pod("2")]);
  assert.equal(places.free, 1);
  await sleep(250);
  assert.deepEqual([places.free, freed], [1, 0], "there is no room aside");
  known.leave();
  for (let waited = 0; freed === 0 && waited < 3_000; waited += 10) await sleep(10);
  assert.deepEqual([places.free, freed], [2, 1]);
  assert.notEqual(places.without, null);
  slow.leave();
  assert.deepEqual([places.free, places.without], [2, null]);
});
