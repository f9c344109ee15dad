import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import { createPodPace, type PodPace } from "../../../src/federation/pod-pace.ts";
import type { ReceivedActivity } from "../../../src/federation/ports.ts";
import { silentLog } from "../../../src/log/log.ts";
import { diasporaId, guidNumber, localPerson, remotePost } from "../../support/fixtures.ts";

const HOST = "pod.example";
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface Bench {
  readonly pace: PodPace;
  readonly kept: Set<Guid>;
  readonly warned: unknown[];
  pass(ms: number): void;
  /** Whether it was worked on. */
  say(received: ReceivedActivity): Promise<boolean>;
}

function bench(perHour: number): Bench {
  let now = 0;
  const kept = new Set<Guid>();
  const warned: unknown[] = [];
  const pace = createPodPace({
    perHour,
    isKnown: (guid) => Promise.resolve(kept.has(guid)),
    log: { ...silentLog, warn: ({ host }) => void warned.push(host) },
    now: () => now,
  });
  return {
    pace,
    kept,
    warned,
    pass: (ms) => (now += ms),
    async say(received) {
      try {
        return await pace.heed(received, () => Promise.resolve(true));
      } catch (error) {
        assert.ok(isDxError(error, "DX_POD_LIMIT"));
        return false;
      }
    },
  };
}

function said(
  number: number,
  changes: Partial<ReceivedActivity> = {},
  more: { readonly edited?: Date } = {},
): ReceivedActivity {
  const activity = remotePost({ guid: guidNumber(number), ...more });
  const payloadXml = `<${String(number)} ${String(more.edited?.getTime())}>`;
  const sender = diasporaId(`alice@${HOST}`);
  return { activity, sender, recipient: null, payloadXml, ...changes };
}

async function times(count: number, say: (n: number) => Promise<boolean>): Promise<number> {
  let done = 0;
  for (let n = 0; n < count; n += 1) if (await say(n)) done += 1;
  return done;
}

test("an honest pod's public envelopes, sent again by somebody else, do not shut it out", async () => {
  const { say, pace, kept } = bench(10);
  const old = [1, 2, 3, 4].map((number) => said(number));
  for (const { activity } of old) if ("guid" in activity.object) kept.add(activity.object.guid);
  assert.equal(await times(400, (n) => say(old[n % 4] ?? said(1))), 400);
  assert.equal(pace.isOver(HOST), false);
  assert.equal(await times(10, (n) => say(said(100 + n))), 10);
});

const PROFILE: Activity = {
  verb: "update",
  actor: { network: "diaspora", id: diasporaId(`alice@${HOST}`) },
  audience: "public",
  published: new Date("2026-05-01T12:00:00Z"),
  object: { type: "profile", tags: [], searchable: true, nsfw: false },
};

for (const [what, received] of [
  ["what has no GUID", said(1, { activity: PROFILE })],
  ["what is not kept", said(1)],
] as const) {
  test(`${what} counts once, however often somebody sends the same again`, async () => {
    const { say } = bench(2);
    assert.equal(await times(50, () => say(received)), 50);
    assert.equal(await say(said(7)), true, "one of two was left");
    assert.equal(await say(said(8)), false);
    assert.equal(await say(received), true, "it is not new still");
  });
}

test("what the rules refuse counts once too, and what the store could not keep not at all", async () => {
  const { pace, say } = bench(2);
  const fail = (received: ReceivedActivity, code: "DX_SUSPENDED" | "DX_STORE_UNAVAILABLE") =>
    assert.rejects(
      pace.heed(received, () => Promise.reject(new DxError(code))),
      (error) => isDxError(error, code),
    );
  for (let n = 0; n < 9; n += 1) await fail(said(1), "DX_STORE_UNAVAILABLE");
  for (let n = 0; n < 9; n += 1) await fail(said(1), "DX_SUSPENDED");
  assert.equal(await say(said(2)), true);
  assert.equal(await say(said(3)), false);
});

test("other words under the same GUID count, and so does all that is addressed to somebody", async () => {
  const edits = bench(5);
  edits.kept.add(guidNumber(1));
  const edit = (n: number) => said(1, {}, { edited: new Date(1_800_000_000_000 + n) });
  assert.equal(await times(20, (n) => edits.say(edit(n))), 5);
  const secret = bench(5);
  const contact = said(1, { recipient: localPerson().guid });
  assert.equal(await times(20, () => secret.say(contact)), 5);
});

test("an operator is told of a pod that is over once a minute, by its host", async () => {
  const { pace, say, pass, warned } = bench(1);
  await say(said(1));
  for (let n = 2; n < 50; n += 1) await say(said(n));
  for (let n = 0; n < 50; n += 1) assert.equal(pace.isOver(HOST), true);
  assert.deepEqual(warned, [HOST]);
  pass(MINUTE);
  assert.equal(pace.isOver(HOST), true);
  assert.deepEqual(warned, [HOST, HOST]);
});

test("the door is shut for a minute to the address by which too much came, and to no other", () => {
  const { pace, pass } = bench(3_600);
  pace.hold("203.0.113.7");
  pass(59 * SECOND);
  pace.hold("203.0.113.7");
  assert.deepEqual([pace.isOver("203.0.113.7"), pace.isOver("203.0.113.8")], [true, false]);
  pass(2 * SECOND);
  assert.equal(pace.isOver("203.0.113.7"), false);
});

test("each that waits has a turn of its own, and together they come no faster than is allowed", () => {
  const { pace } = bench(3_600);
  const began = Date.now();
  const turns = Array.from({ length: 100 }, () => pace.hold(HOST).getTime() - began);
  const [first = 0] = turns;
  const last = turns.at(-1) ?? 0;
  assert.ok(first >= 60_000 && first < 70_000, String(first));
  assert.ok(last >= 60_000 + 99 * SECOND && last < 70_000 + 99 * SECOND, String(last));
  assert.deepEqual(
    [...turns].sort((a, b) => a - b),
    turns,
  );
});

test("while something of a pod waits nothing newer overtakes it", async () => {
  const { say, pass } = bench(3_600);
  assert.equal(await times(3_601, (n) => say(said(n))), 3_600);
  pass(5 * SECOND);
  assert.equal(await say(said(9_001)), false, "there would be room for five");
  pass(MINUTE);
  assert.equal(await say(said(9_001)), true);
});

test("a pod that has to wait waits at every process, and is told of once", () => {
  const told: string[] = [];
  const options = { perHour: 1, isKnown: () => Promise.resolve(false), log: silentLog };
  const other = createPodPace({ ...options, now: () => 0, onHeld: () => told.push("back") });
  const one = createPodPace({
    ...options,
    now: () => 0,
    onHeld: (host) => {
      told.push(host);
      other.heldElsewhere(host);
    },
  });
  one.hold(HOST);
  one.hold(HOST);
  one.heldElsewhere(HOST);
  assert.deepEqual(
    [one.isOver(HOST), other.isOver(HOST), other.isOver("b.example")],
    [true, true, false],
  );
  assert.deepEqual(told, [HOST]);
});
