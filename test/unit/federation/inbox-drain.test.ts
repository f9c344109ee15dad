import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Destination, Release } from "../../../src/activitystreams/delivery.ts";
import { DxError } from "../../../src/errors/error.ts";
import { MAX_ATTEMPTS } from "../../../src/federation/back-off.ts";
import {
  createInboxDrain,
  ORPHAN_MS,
  type InboxDrainOptions,
  type WaitingMessage,
} from "../../../src/federation/inbox-drain.ts";
import { silentLog } from "../../../src/log/log.ts";
import { diasporaId, guidNumber, remotePost } from "../../support/fixtures.ts";

const HOST: Destination = {
  id: "1",
  kind: "inbox",
  address: "pod.example",
  attempts: 0,
  wakes: "0",
};

interface Bench {
  readonly happened: string[];
  readonly released: Release[];
  drain(...destinations: readonly Destination[]): Promise<void>;
}

type Open = (body: string) => Error | number | undefined;

/** Opening takes the milliseconds that `open` gives, or fails. */
function bench(
  pending: readonly WaitingMessage[],
  open: Open = () => undefined,
  changes: Partial<InboxDrainOptions> = {},
): Bench {
  const happened: string[] = [];
  const released: Release[] = [];
  const note = (what: string, id: string): Promise<void> => {
    happened.push(`${what} ${id}`);
    return Promise.resolve();
  };
  const drain = createInboxDrain({
    pending: (id, limit) =>
      Promise.resolve(
        pending.filter((one) => id === "1" || one.claimedHost === id).slice(0, limit),
      ),
    open: async ({ body }) => {
      const trouble = open(body.toString());
      if (trouble instanceof Error) throw trouble;
      await sleep(trouble ?? 0);
      if (body.toString() === "unsupported") return { kind: "unsupported", entity: "like" };
      return {
        kind: "activity",
        received: {
          activity: remotePost(),
          sender: diasporaId("alice@pod.example"),
          recipient: null,
          payloadXml: body.toString(),
        },
      };
    },
    receive: async (_, id) => {
      await note("receive", id);
      return true;
    },
    drop: (id) => note("drop", id),
    retry: async (id) => {
      await note("retry", id);
      return true;
    },
    hold: ({ id }) => note("hold", id),
    release: (_, release) => {
      released.push(release);
      return Promise.resolve();
    },
    log: silentLog,
    ...changes,
  });
  return {
    happened,
    released,
    drain: (...destinations) => drain(destinations.length > 0 ? destinations : [HOST]),
  };
}

const message = (id: string, changes: Partial<WaitingMessage> = {}): WaitingMessage => ({
  id,
  kind: "public",
  recipient: null,
  body: Buffer.from(id),
  claimedHost: "pod.example",
  attempts: 0,
  receivedAt: new Date(),
  ...changes,
});

test("messages are opened side by side and believed in the order in which they came", async () => {
  const delays: Readonly<Record<string, number>> = { "1": 30, "2": 10, "3": 1 };
  const made = bench([message("1"), message("2"), message("3")], (body) => delays[body]);
  await made.drain();
  assert.deepEqual(made.happened, ["receive 1", "receive 2", "receive 3"]);
  assert.deepEqual(made.released, [{ state: "drained" }]);
});

for (const [what, error, outcome] of [
  ["a forged signature", new DxError("DX_SIGNATURE_INVALID"), "drop"],
  ["no envelope", new DxError("DX_ENVELOPE_INVALID"), "drop"],
  ["an author whose pod is away", new DxError("DX_HTTP_UNREACHABLE"), "retry"],
  ["a fault of our own", new TypeError("x is undefined"), "retry"],
] as const) {
  test(`${what} is answered with ${outcome}, and holds nothing behind it`, async () => {
    const made = bench([message("bad"), message("good")], (body) =>
      body === "bad" ? error : undefined,
    );
    await made.drain();
    assert.deepEqual(made.happened, [`${outcome} bad`, "receive good"]);
    assert.deepEqual(made.released, [{ state: "drained" }]);
  });
}

test("what the rules refuse is dropped or tried again, as their error says", async () => {
  const made = bench([message("1"), message("2")], undefined, {
    receive: (_, id) =>
      Promise.reject(new DxError(id === "1" ? "DX_RECIPIENT_MISMATCH" : "DX_HTTP_TIMEOUT")),
  });
  await made.drain();
  assert.deepEqual(made.happened, ["drop 1", "retry 2"]);
});

test("a message that was tried often enough is dropped", async () => {
  const tired = message("tired", { attempts: MAX_ATTEMPTS - 1 });
  const made = bench([tired], () => new DxError("DX_HTTP_UNREACHABLE"));
  await made.drain();
  assert.deepEqual(made.happened, ["drop tired"]);
});

const ORPHANED = new DxError("DX_PARENT_NOT_FOUND", { evidence: { parent: "the post" } });

for (const [age, attempts, outcome] of [
  ["new", 0, "put-off"],
  ["tried more often than others are", MAX_ATTEMPTS, "put-off"],
  ["a day old", 3, "orphan"],
] as const) {
  test(`pitfall 62: what belongs to something that is not here waits for a day: ${age}: ${outcome}`, async () => {
    const receivedAt = new Date(Date.now() - (age === "a day old" ? ORPHAN_MS : 1_000));
    const counted: string[] = [];
    const waits: unknown[] = [];
    const made = bench([message("1", { attempts, receivedAt })], () => ORPHANED, {
      retry: (_id, next, _error, waitsFor) => {
        waits.push([waitsFor, next.getTime() <= receivedAt.getTime() + ORPHAN_MS]);
        return Promise.resolve(true);
      },
      counted: (what) => counted.push(what),
    });
    await made.drain();
    assert.deepEqual(counted, [outcome]);
    assert.deepEqual(waits, outcome === "orphan" ? [] : [["the post", true]]);
    assert.deepEqual(made.happened, outcome === "orphan" ? ["drop 1"] : []);
  });
}

test("a message for whose other try there is no room is dropped", async () => {
  const away = (): Error => new DxError("DX_HTTP_UNREACHABLE");
  const made = bench([message("1")], away, { retry: () => Promise.resolve(false) });
  await made.drain();
  assert.deepEqual(made.happened, ["drop 1"]);
});

test("a kind that is not bridged is done with", async () => {
  const made = bench([message("unsupported")]);
  await made.drain();
  assert.deepEqual(made.happened, ["drop unsupported"]);
});

test("what is not kept is done with by the one who did not keep it, and named in the log", async () => {
  const logged: unknown[] = [];
  const debug = (facts: object, message: string): void => {
    logged.push([facts, message]);
  };
  const made = bench([message("1")], undefined, {
    receive: () => Promise.resolve(false),
    log: { ...silentLog, debug },
  });
  await made.drain();
  assert.deepEqual(made.happened, []);
  assert.deepEqual(logged, [
    [{ verb: "post", object: "note" }, "a message of a kind that is not bridged"],
  ]);
});

test("while the store is away nothing is decided, and it is asked again soon", async () => {
  let calls = 0;
  const made = bench([message("1"), message("2"), message("3")], undefined, {
    receive: (_, id) => {
      calls += 1;
      return id === "1"
        ? Promise.resolve(true)
        : Promise.reject(new DxError("DX_STORE_UNAVAILABLE"));
    },
  });
  await made.drain();
  assert.deepEqual([calls, made.happened], [2, []]);
  const [release] = made.released;
  assert.ok(release?.state === "unreachable");
  assert.ok(release.next.getTime() - Date.now() < 5_000);
});

test("the store going away while a key is looked up decides nothing either", async () => {
  const made = bench([message("1")], () => new DxError("DX_STORE_UNAVAILABLE"));
  await made.drain();
  assert.deepEqual(made.happened, []);
  assert.equal(made.released[0]?.state, "unreachable");
});

test("a host that is slow holds only its own", async () => {
  const hosts = ["slow", "fast"].map((id): Destination => ({ ...HOST, id, address: id }));
  const made = bench(
    [message("s", { claimedHost: "slow" }), message("f", { claimedHost: "fast" })],
    (body) => (body === "s" ? 40 : 0),
  );
  await made.drain(...hosts);
  assert.deepEqual(made.happened, ["receive f", "receive s"]);
});

test("a full batch says that there may be more", async () => {
  const made = bench(Array.from({ length: 80 }, (_, index) => message(String(index))));
  await made.drain();
  assert.equal(made.happened.length, 50);
  assert.deepEqual(made.released, [{ state: "more" }]);
});

test("whoever sends too much waits, and holds nobody else behind the same address", async () => {
  const counted: string[] = [];
  const made = bench([message("1"), message("2"), message("3")], undefined, {
    receive: (_, id) => {
      if (id !== "3") return Promise.reject(new DxError("DX_POD_LIMIT"));
      made.happened.push(`receive ${id}`);
      return Promise.resolve(true);
    },
    counted: (outcome) => void counted.push(outcome),
  });
  await made.drain();
  assert.deepEqual(made.happened, ["hold 1", "hold 2", "receive 3"]);
  assert.deepEqual(made.released, [{ state: "drained" }]);
  assert.deepEqual(counted, ["put-off", "put-off", "kept"]);
});

for (const error of [ORPHANED, new DxError("DX_HTTP_TIMEOUT")]) {
  test(`what there is no room for is called that in the log: ${error.code}`, async () => {
    const said: string[] = [];
    const counted: string[] = [];
    const made = bench([message("1")], () => error, {
      retry: () => Promise.resolve(false),
      log: { ...silentLog, info: (_, sentence) => void said.push(sentence) },
      counted: (outcome) => void counted.push(outcome),
    });
    await made.drain();
    assert.deepEqual(made.happened, ["drop 1"]);
    assert.deepEqual(said, ["a received message was dropped: too many wait already"]);
    assert.deepEqual(counted, ["refused"]);
  });
}

test("what a cut leaves is not opened again at each look", async () => {
  const waiting = Array.from({ length: 60 }, (_, at) => [
    `p${String(at)}`,
    `c${String(at)}`,
  ]).flat();
  let opened = 0;
  const received: string[] = [];
  const made = bench([], undefined, {
    pending: (_, limit) => Promise.resolve(waiting.slice(0, limit).map((id) => message(id))),
    open: ({ body }) => {
      opened += 1;
      const id = body.toString();
      const about = guidNumber(Number(id.slice(1)));
      const post = remotePost({ guid: about });
      const object = { type: "comment", guid: guidNumber(1_000), markdown: id } as const;
      const activity = id.startsWith("p")
        ? post
        : ({ ...post, object: { ...object, inReplyTo: about } } as const);
      const sender = diasporaId("alice@pod.example");
      const received = { activity, sender, recipient: null, payloadXml: id };
      return Promise.resolve({ kind: "activity", received });
    },
    receive: (_, id) => {
      received.push(id);
      waiting.splice(waiting.indexOf(id), 1);
      return Promise.resolve(true);
    },
  });
  const all = [...waiting];
  while (waiting.length > 0) await made.drain();
  assert.deepEqual(received, all);
  assert.ok(opened < 2 * all.length, `${String(opened)} for ${String(all.length)}`);
});

const RECEIVED = {
  activity: remotePost(),
  sender: diasporaId("alice@pod.example"),
  recipient: null,
  payloadXml: "",
};
const MISSING_POST = new DxError("DX_PARENT_NOT_FOUND", {
  evidence: { parent: RECEIVED.activity.object.guid },
});

test("what came with the message that it was missing is opened again, and only that", async () => {
  const opened: string[] = [];
  const waiting = ["post", "orphan", "slow"];
  const made = bench([], undefined, {
    pending: () => Promise.resolve(waiting.map((id) => message(id))),
    open: ({ body }) => {
      const id = body.toString();
      opened.push(id);
      if (id === "orphan" && waiting.includes("post")) return Promise.reject(MISSING_POST);
      if (id === "slow") return Promise.reject(new DxError("DX_HTTP_TIMEOUT"));
      return Promise.resolve({ kind: "activity", received: RECEIVED });
    },
    receive: (_, id) => {
      waiting.splice(waiting.indexOf(id), 1);
      return Promise.resolve(true);
    },
  });
  await made.drain();
  assert.deepEqual(opened, ["post", "orphan", "slow", "orphan"]);
  assert.deepEqual([waiting, made.happened], [["slow"], ["retry slow"]]);
});
