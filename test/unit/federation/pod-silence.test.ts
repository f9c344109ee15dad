import assert from "node:assert/strict";
import { test } from "node:test";
import type { Destination } from "../../../src/activitystreams/delivery.ts";
import { DxError } from "../../../src/errors/error.ts";
import { MAX_ATTEMPTS, MAX_CONTACT_ATTEMPTS } from "../../../src/federation/back-off.ts";
import { contentOf, diasporaId, localPerson, remotePost } from "../../support/fixtures.ts";
import { bench, KNOWN, NODEINFO, POD, post } from "./pod-drain-support.ts";

const GONE = { ...POD, silent: true, attempts: MAX_ATTEMPTS };
const DAY_SECONDS = 86_400;
const FOLLOW = contentOf(
  {
    ...remotePost(),
    verb: "follow",
    object: { type: "person", id: diasporaId("alice@pod.example") },
  },
  localPerson(),
);

test("a pod that was silent for two weeks is asked, told nothing, and all that waits for it is given up", async () => {
  const waited = 14 * DAY_SECONDS;
  const many = Array.from({ length: 11 }, (_, at) => post(String(at + 1), undefined, { waited }));
  for (const answer of [404, new DxError("DX_HTTP_UNREACHABLE")]) {
    const made = bench(many, () => 202, answer);
    await made.drain(GONE);
    assert.deepEqual([made.posted, made.asked], [[], [NODEINFO]]);
    assert.deepEqual(
      made.refused,
      many.map(({ id }) => id),
    );
    assert.equal(made.settled[0], "1 refused the pod has not answered for 14 days");
    const [release] = made.released;
    assert.ok(release?.state === "unreachable");
    const hours = (release.next.getTime() - Date.now()) / 3_600_000;
    assert.ok(hours > 7 && hours <= 24, `asked again in ${String(hours)} h`);
  }
  const back = bench(many, () => 202, 200);
  await back.drain(GONE);
  assert.deepEqual([back.delivered.length, back.returned], [8, [POD.address]]);
});

test("what has waited for a silent pod for less than two weeks waits on, but for what somebody waits to hear of", async () => {
  const young = { waited: 13 * DAY_SECONDS };
  const many = Array.from({ length: 11 }, (_, at) => post(String(at + 1), undefined, young));
  const follow = post("12", undefined, { ...young, content: FOLLOW });
  const made = bench([...many, follow], () => 202, 404);
  await made.drain(GONE);
  assert.deepEqual(made.refused, ["12"]);
});

for (const trouble of [{ status: 429, retryAfterSeconds: 60 }, new DxError("DX_HTTP_TIMEOUT")]) {
  test(`a silent pod that is back loses nothing by its first ${trouble instanceof DxError ? "time-out" : "429"}`, async () => {
    const waited = 15 * DAY_SECONDS;
    const made = bench([post("1", undefined, { waited })], () => trouble, 200);
    await made.drain(GONE);
    assert.deepEqual([made.posted.length, made.refused, made.settled], [1, [], []]);
    const [release] = made.released;
    assert.ok(release?.state === "unreachable");
    assert.ok(release.next.getTime() - Date.now() < 61_000, "and is tried again soon");
  });
}

test("a pod that was away and for which nothing waits any more is asked, not believed to be back", async () => {
  const away = bench([], () => 202, 503);
  await away.drain({ ...POD, attempts: 3 });
  assert.equal(away.released[0]?.state, "unreachable");
  const back = bench([], () => 202, 200);
  await back.drain({ ...POD, attempts: 3 });
  assert.deepEqual([back.released, back.returned], [[{ state: "drained" }], [POD.address]]);
  const idle = bench([], () => 202, 503);
  await idle.drain({ ...POD, attempts: 0 });
  assert.deepEqual([idle.asked, idle.released], [[], [{ state: "drained" }]]);
});

const MAILBOX: Destination = {
  ...POD,
  id: "2",
  kind: "person",
  address: `${POD.address} ${KNOWN}`,
  attempts: 0,
};

test("pitfall 59: a pod that cannot be reached is tried once, not once for each of its people", async () => {
  const made = bench([post("1")], () => new DxError("DX_HTTP_UNREACHABLE"));
  await made.drain();
  await made.drain(MAILBOX);
  await made.drain(MAILBOX);
  assert.equal(made.posted.length, 1);
  const [first, ...others] = made.released;
  assert.ok(first?.state === "unreachable");
  for (const other of others) {
    assert.ok(other.state === "unreachable" && other.error === first.error);
    assert.ok(Math.abs(other.next.getTime() - first.next.getTime()) < 1_000);
  }
});

test("when a pod answers again, whatever else waits for it is due", async () => {
  const made = bench([post("1")], () => 202);
  await made.drain();
  assert.deepEqual(made.returned, [POD.address]);
  await made.drain({ ...POD, attempts: 0 });
  assert.equal(made.returned.length, 1, "a pod that was there is not returned");
});

for (const [what, destination, status, tries] of [
  ["somebody who is gone from a pod", MAILBOX, 404, 3],
  ["a mailbox that is gone for ever", MAILBOX, 410, 1],
  ["a pod that is gone for ever", POD, 410, 1],
  ["a pod that has no such door", POD, 404, MAX_ATTEMPTS],
] as const) {
  test(`a message for ${what} (${String(status)}) is tried ${String(tries)} times`, async () => {
    const before = post("1", undefined, { attempts: tries - 2 });
    const last = post("2", undefined, { attempts: tries - 1 });
    const made = bench(tries > 1 ? [before, last] : [last], () => status);
    await made.drain(destination);
    assert.deepEqual([made.putOff, made.refused], [tries > 1 ? ["1"] : [], ["2"]]);
    assert.deepEqual(made.settled, [`2 refused the pod answered ${String(status)}`]);
  });
}

test("who follows whom is tried for some 13 days, everything else for 17 hours", async () => {
  for (const [attempts, refused] of [
    [MAX_ATTEMPTS, []],
    [MAX_CONTACT_ATTEMPTS - 1, ["1"]],
  ] as const) {
    const made = bench([post("1", undefined, { attempts, content: FOLLOW })], () => 500);
    await made.drain();
    assert.deepEqual(made.refused, refused);
  }
});

for (const [what, trouble] of [
  ["does not answer", new DxError("DX_HTTP_TIMEOUT")],
  ["breaks down (502)", 502],
  ["breaks down (504)", 504],
] as const) {
  test(`a message at which a pod ${what} while it takes others holds nothing but its root`, async () => {
    const waiting = [post("1"), post("2"), post("3", "1"), post("4"), post("5")];
    const made = bench(waiting, (id) => (id === "1" ? trouble : 202));
    await made.drain();
    assert.deepEqual([made.delivered, made.putOff], [["2", "4", "5"], ["1"]]);
    assert.deepEqual(made.released, [{ state: "drained" }]);
  });
}

test("a message at which a pod breaks down is known as the trouble, also where something follows on it", async () => {
  const waiting = [post("1", "root"), post("2", "root"), post("3"), post("4"), post("5")];
  const made = bench(waiting, (id) => (id === "1" ? new DxError("DX_HTTP_TIMEOUT") : 202));
  await made.drain();
  assert.deepEqual([made.delivered, made.putOff], [["3", "4", "5"], ["1"]]);
  assert.deepEqual(made.released, [{ state: "drained" }]);
});

test("a mailbox at which a pod breaks down that took something else a moment ago holds nothing", async () => {
  const made = bench([post("1")], (id) => (id === "1" ? 202 : new DxError("DX_HTTP_TIMEOUT")));
  const pod = { ...POD, attempts: 0 };
  for (const destination of [pod, MAILBOX, pod]) await made.drain(destination);
  assert.deepEqual([made.delivered, made.putOff], [["1", "1"], ["1"]]);
  assert.deepEqual(
    made.released.map(({ state }) => state),
    ["drained", "drained", "drained"],
  );
});

test("a pod that asks for patience gets it, also when it took something just before", async () => {
  const made = bench([post("1"), post("2")], (id) => (id === "1" ? 503 : 202));
  await made.drain();
  assert.deepEqual([made.delivered, made.putOff], [["2"], []]);
  assert.equal(made.released[0]?.state, "unreachable");
});
