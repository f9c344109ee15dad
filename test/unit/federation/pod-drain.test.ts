import assert from "node:assert/strict";
import { test } from "node:test";
import { DxError } from "../../../src/errors/error.ts";
import { MAX_ATTEMPTS } from "../../../src/federation/back-off.ts";
import {
  contentOf,
  guidNumber,
  localPerson,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";
import { bench, POD, post, PUBLIC } from "./pod-drain-support.ts";

test("what waits is posted and done with", async () => {
  const made = bench([post("1"), post("2")], () => 202);
  await made.drain();
  assert.deepEqual(made.posted, [`${PUBLIC} 1`, `${PUBLIC} 2`]);
  assert.deepEqual([made.delivered, made.released], [["1", "2"], [{ state: "drained" }]]);
});

for (const status of [400, 404, 422, 500]) {
  test(`a message that is answered with ${String(status)} is put off, and holds no other root`, async () => {
    const made = bench([post("1"), post("2"), post("3")], (id) => (id === "2" ? status : 202));
    await made.drain();
    assert.deepEqual([made.delivered, made.putOff], [["1", "3"], ["2"]]);
    assert.deepEqual(made.released, [{ state: "drained" }]);
  });
}

test("what follows on a message that was put off waits behind it", async () => {
  const made = bench(
    [post("1", "root"), post("2", "root"), post("3", "other"), post("4", "root")],
    (id) => (id === "1" ? 500 : 202),
  );
  await made.drain();
  assert.deepEqual(made.posted, [`${PUBLIC} 1`, `${PUBLIC} 3`]);
  assert.deepEqual([made.delivered, made.putOff, made.refused], [["3"], ["1"], []]);
});

test("a message that was refused often enough is given up, and what follows may go", async () => {
  const last = post("1", "root", { attempts: MAX_ATTEMPTS - 1 });
  const made = bench([last, post("2", "root")], (id) => (id === "1" ? 422 : 202));
  await made.drain();
  assert.deepEqual([made.delivered, made.refused, made.putOff], [["2"], ["1"], []]);
});

for (const [what, trouble] of [
  ["is not reached", new DxError("DX_HTTP_UNREACHABLE")],
  ["does not answer in time", new DxError("DX_HTTP_TIMEOUT")],
  ["has moved to a forbidden address", new DxError("DX_ADDRESS_FORBIDDEN")],
  ["is overloaded", 503],
  ["wants less", { status: 429, retryAfterSeconds: 7_200 }],
] as const) {
  test(`when the pod ${what}, everything for it waits and is not tried one by one`, async () => {
    const many = Array.from({ length: 8 }, (_, index) => post(String(index)));
    const made = bench(many, (id) => (id === "0" ? 202 : trouble));
    await made.drain();
    assert.ok(made.posted.length <= 4, `${String(made.posted.length)} tries`);
    assert.deepEqual([made.delivered, made.putOff, made.refused], [["0"], [], []]);
    const [release] = made.released;
    assert.ok(release?.state === "unreachable");
    const seconds = (release.next.getTime() - Date.now()) / 1000;
    assert.ok(
      seconds > (trouble instanceof DxError || trouble === 503 ? 200 : 7_000),
      String(seconds),
    );
  });
}

test("two messages of one root never travel at the same time", async () => {
  const made = bench([post("1", "root"), post("2", "root")], (id) => (id === "1" ? 503 : 202));
  await made.drain();
  assert.deepEqual(made.posted, [`${PUBLIC} 1`]);
});

test("our own trouble with one message does not hold the others", async () => {
  const broken = post("1", "1", {
    content: contentOf(remotePost({ markdown: "no key" }), localPerson()),
  });
  const foreign = post("2", "2", {
    content: contentOf(remotePost(), remotePerson()),
  });
  const made = bench([broken, foreign, post("3")], () => 202);
  await made.drain();
  assert.deepEqual(
    [made.posted, made.delivered, made.putOff],
    [[`${PUBLIC} 3`], ["3"], ["1", "2"]],
  );
});

test("a message for a person whose key is not known is put off", async () => {
  const made = bench([post("1")], () => 202);
  await made.drain({ ...POD, kind: "person", address: `https://pod.example/ ${guidNumber(1)}` });
  assert.deepEqual([made.posted, made.putOff], [[], ["1"]]);
});

test("a full batch says that there may be more; nothing to do is drained", async () => {
  const many = Array.from({ length: 100 }, (_, index) => post(String(index)));
  const made = bench(many, () => 202);
  await made.drain();
  assert.deepEqual(made.released, [{ state: "more" }]);
  const none = bench([], () => 202);
  await none.drain({ ...POD, attempts: 0 });
  assert.deepEqual(none.released, [{ state: "drained" }]);
});

test("what somebody of another pod said goes out in the envelope of the post's author", async () => {
  const said = remotePost({ markdown: "1" });
  const sealer = localPerson({ name: "Carol" });
  const relayed = contentOf(said, remotePerson(), { sealer, relay: "<comment/>" });
  const made = bench([post("1", "1", { content: relayed })], () => 202);
  await made.drain();
  assert.deepEqual(made.posted, [`${PUBLIC} 1 by Carol`]);
});

test("words of the bridge itself have no form on the federation", async () => {
  const signal = { kind: "words", text: "Hello" } as const;
  const made = bench(
    [post("1", "1", { content: { type: "signal", from: null, signal } })],
    () => 202,
  );
  await made.drain();
  assert.deepEqual([made.posted, made.putOff], [[], ["1"]]);
});

test("whoever waits for it hears what became of a message, and holds nothing by failing", async () => {
  const last = post("2", "2", { attempts: MAX_ATTEMPTS - 1 });
  const made = bench([post("1"), last, post("3"), post("4")], (id) =>
    id === "2" ? 422 : id === "3" ? 500 : 202,
  );
  await made.drain();
  assert.deepEqual([made.delivered, made.refused, made.putOff], [["1", "4"], ["2"], ["3"]]);
  assert.deepEqual(
    made.settled.map((said) => said.split(" ").slice(0, 2).join(" ")),
    ["1 delivered", "2 refused", "4 delivered"],
  );
});

test("when the lease is lost or the daemon stops nothing more is posted, and what was is noted", async () => {
  const abort = new AbortController();
  const many = Array.from({ length: 7 }, (_, index) => post(String(index + 1)));
  const made = bench(many, (id) => {
    if (id === "2") abort.abort();
    return id === "3" ? 500 : 202;
  });
  await made.drain(POD, abort.signal);
  assert.equal(made.posted.length, 4, "those that were under way, and none behind them");
  assert.deepEqual([made.delivered, made.putOff], [["1", "2", "4"], ["3"]]);
  assert.deepEqual(made.released, [{ state: "drained" }]);
});

test("a request that our own end has cut off is not held against the pod", async () => {
  const abort = new AbortController();
  const made = bench([post("1"), post("2")], (id) => {
    abort.abort();
    return id === "1" ? 202 : new DxError("DX_HTTP_UNREACHABLE");
  });
  await made.drain(POD, abort.signal);
  assert.deepEqual([made.delivered, made.putOff, made.refused], [["1"], [], []]);
  assert.deepEqual(made.released, [{ state: "drained" }]);
});

test("cut off before the pod answered anything, its back-off stays as it was", async () => {
  for (const when of ["before", "under way"] as const) {
    const abort = new AbortController();
    if (when === "before") abort.abort();
    const made = bench([post("1")], () => {
      abort.abort();
      return new DxError("DX_HTTP_UNREACHABLE");
    });
    await made.drain(POD, abort.signal);
    assert.deepEqual(made.released, [{ state: "untouched" }], when);
  }
});
