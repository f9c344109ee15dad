import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type {
  DeliveryForm,
  DeliveryQueue,
  Destination,
  PendingDelivery,
  Reader,
  Release,
} from "../../../src/activitystreams/delivery.ts";
import type { Jid } from "../../../src/activitystreams/ids.ts";
import { createStreamDrain } from "../../../src/connector/stream-drain.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { el } from "../../../src/xml/element.ts";
import { serialisedBytes } from "../../../src/xml/size.ts";
import { jid } from "../../support/fixtures.ts";

const STREAM: Destination = { id: "7", kind: "stream", address: "1", attempts: 0, wakes: "0" };

interface Bench {
  readonly happened: string[];
  /** By the id of the delivery: who was sent it, in which form. */
  readonly sent: string[];
  readonly released: Release[];
  /** Behind how many deliveries it was read each time. */
  readonly reads: readonly number[];
  drain(signal?: AbortSignal): Promise<void>;
}

interface World {
  readonly pending: readonly PendingDelivery[];
  readonly readers: readonly Reader[];
  readonly words?: string;
  /** Called before each barrier. */
  readonly confirm?: (count: number) => DxError | undefined;
  /** From there on the database is away. */
  readonly unreadableFrom?: number;
  /** What a barrier waits for. */
  readonly confirming?: () => Promise<void>;
  readonly stanza?: (delivery: PendingDelivery, form: DeliveryForm) => DxError | undefined;
}

function delivery(id: string, changes: Partial<PendingDelivery> = {}): PendingDelivery {
  return {
    id,
    destinationId: "7",
    attempts: 0,
    rootGuid: `root-${id}`,
    form: "event",
    content: { type: "signal", from: null, signal: { kind: "words", text: id } },
    progress: null,
    scope: "posts",
    ...changes,
  };
}

function reader(name: string, forms: readonly DeliveryForm[] = ["event"]): Reader {
  return { jid: jid(`${name}@example.org`), forms };
}

function crowd(size: number): Reader[] {
  return Array.from({ length: size }, (_, index) => reader(`r${String(index).padStart(5, "0")}`));
}

function bench(world: World): Bench {
  const happened: string[] = [];
  const sent: string[] = [];
  const released: Release[] = [];
  const reads: number[] = [];
  let barriers = 0;
  const queue: DeliveryQueue = {
    pending: (_, limit, after) => {
      const first =
        after === undefined ? 0 : world.pending.findIndex(({ id }) => id === after.id) + 1;
      reads.push(first);
      if (first >= (world.unreadableFrom ?? Infinity)) {
        return Promise.reject(new DxError("DX_STORE_UNAVAILABLE"));
      }
      return Promise.resolve(world.pending.slice(first, first + limit));
    },
    readers: ({ id }, after, limit) => {
      happened.push(`readers of ${id} after ${after ?? "nobody"}`);
      const behind = world.readers.filter((one) => after === null || one.jid > after);
      return Promise.resolve(behind.slice(0, limit));
    },
    progress: ({ id }, to) => {
      happened.push(`${id} is at ${to}`);
      return Promise.resolve();
    },
    finish: ({ delivered }) => {
      happened.push(`finished ${delivered.map(({ id }) => id).join(" ")}`);
      return Promise.resolve();
    },
    retry: () => Promise.reject(new Error("nothing is put off here")),
    release: (_, release) => {
      released.push(release);
      return Promise.resolve();
    },
  };
  const drain = createStreamDrain({
    queue,
    log: silentLog,
    stream: {
      epoch: 1,
      sendToAll: (stanza, to: readonly Jid[]) => {
        const { id = "", type = "" } = stanza.attrs;
        for (const one of to) sent.push(`${type} ${id} ${one}`);
        return Promise.resolve(to.length * serialisedBytes(stanza));
      },
      confirm: () => {
        barriers += 1;
        happened.push("barrier");
        const fault = world.confirm?.(barriers);
        if (fault !== undefined) return Promise.reject(fault);
        return world.confirming?.() ?? Promise.resolve();
      },
    },
    stanza: (one, form) => {
      const fault = world.stanza?.(one, form);
      if (fault !== undefined) throw fault;
      return el("message", { type: form, id: one.id }, el("body", {}, world.words ?? "hi"));
    },
  });
  return { happened, sent, released, reads, drain: (signal) => drain([STREAM], signal) };
}

test("posts of one stream go to its readers in order, behind one barrier, with one question", async () => {
  const { happened, sent, released, drain } = bench({
    pending: [delivery("1"), delivery("2")],
    readers: [reader("anna"), reader("bert", ["chat"]), reader("cleo", ["event", "chat"])],
  });
  await drain();
  assert.deepEqual(sent, [
    "event 1 anna@example.org",
    "event 1 cleo@example.org",
    "chat 1 bert@example.org",
    "chat 1 cleo@example.org",
    "event 2 anna@example.org",
    "event 2 cleo@example.org",
    "chat 2 bert@example.org",
    "chat 2 cleo@example.org",
  ]);
  assert.deepEqual(happened, ["readers of 1 after nobody", "barrier", "finished 1 2"]);
  assert.deepEqual(released, [{ state: "drained" }]);
});

test("what is for other people is asked for by itself", async () => {
  const { happened, drain } = bench({
    pending: [delivery("1"), delivery("2", { scope: "limited 2" }), delivery("3")],
    readers: [reader("anna")],
  });
  await drain();
  const asked = happened.filter((what) => what.startsWith("readers"));
  assert.deepEqual(asked, ["readers of 1 after nobody", "readers of 2 after nobody"]);
});

test("thousands of readers are gone through in pages, and what has surely arrived is noted", async () => {
  const { happened, sent, drain } = bench({ pending: [delivery("1")], readers: crowd(4_100) });
  await drain();
  assert.equal(new Set(sent).size, 4_100);
  assert.equal(sent.length, 4_100);
  assert.deepEqual(
    happened.filter((what) => what.includes(" is at ") || what.startsWith("finished")),
    [
      "1 is at r00999@example.org",
      "1 is at r01999@example.org",
      "1 is at r02999@example.org",
      "1 is at r03999@example.org",
      "finished 1",
    ],
  );
});

test("the second barrier may stand before the first is passed, and no third", async () => {
  let standing = 0;
  let most = 0;
  const { drain } = bench({
    pending: [delivery("1")],
    readers: crowd(5_000),
    confirming: async () => {
      standing += 1;
      most = Math.max(most, standing);
      await pause(5);
      standing -= 1;
    },
  });
  await drain();
  assert.equal(most, 2);
});

test("when the second barrier is not passed, only what stood before the first is noted", async () => {
  const { happened, released, drain } = bench({
    pending: [delivery("1"), delivery("2"), delivery("3")],
    readers: crowd(400),
    words: "x".repeat(40_000),
    confirm: (count) => (count === 2 ? new DxError("DX_STREAM_DOWN") : undefined),
  });
  await drain();
  assert.deepEqual(
    happened.filter((what) => what.startsWith("finished")),
    ["finished 1"],
  );
  assert.equal(released[0]?.state, "unreachable");
});

test("after a cut it goes on behind those who have it", async () => {
  const { sent, drain } = bench({
    pending: [delivery("1", { progress: "r00001@example.org" })],
    readers: crowd(4),
  });
  await drain();
  assert.deepEqual(sent, ["event 1 r00002@example.org", "event 1 r00003@example.org"]);
});

test("when the barrier is not passed nothing is done with", async () => {
  const { happened, released, drain } = bench({
    pending: [delivery("1")],
    readers: [reader("anna")],
    confirm: () => new DxError("DX_STREAM_DOWN"),
  });
  await drain();
  assert.deepEqual(happened, ["readers of 1 after nobody", "barrier"]);
  assert.equal(released[0]?.state, "unreachable");
});

test("what cannot be said holds nothing else", async () => {
  const { happened, sent, drain } = bench({
    pending: [delivery("1"), delivery("2")],
    readers: [reader("anna")],
    stanza: ({ id }) => (id === "1" ? new DxError("DX_STANZA_TOO_BIG") : undefined),
  });
  await drain();
  assert.deepEqual(sent, ["event 2 anna@example.org"]);
  assert.deepEqual(happened.at(-1), "finished 1 2");
});

test("large posts are confirmed before too much waits to be written", async () => {
  const { happened, drain } = bench({
    pending: Array.from({ length: 4 }, (_, index) => delivery(String(index))),
    readers: crowd(100),
    words: "x".repeat(40_000),
  });
  await drain();
  assert.equal(happened.filter((what) => what === "barrier").length, 2);
});

test("nobody reads: it is done with, and no barrier is asked for", async () => {
  const { happened, released, drain } = bench({ pending: [delivery("1")], readers: [] });
  await drain();
  assert.deepEqual(happened, ["readers of 1 after nobody", "finished 1"]);
  assert.deepEqual(released, [{ state: "drained" }]);
});

test("a backlog goes out in batches without a stop between them, behind one barrier", async () => {
  const pending = Array.from({ length: 250 }, (_, index) => delivery(String(index)));
  const { happened, sent, released, reads, drain } = bench({ pending, readers: [reader("anna")] });
  await drain();
  const inOrder = pending.map(({ id }) => `event ${id} anna@example.org`);
  assert.deepEqual(sent, inOrder);
  assert.deepEqual(reads, [0, 100, 200]);
  assert.equal(happened.filter((what) => what === "barrier").length, 1);
  assert.deepEqual(released, [{ state: "drained" }]);
});

test("who reads is asked anew for each batch of a backlog", async () => {
  const pending = Array.from({ length: 101 }, (_, index) => delivery(String(index)));
  const { happened, drain } = bench({ pending, readers: [reader("anna")] });
  await drain();
  const asked = happened.filter((what) => what.startsWith("readers"));
  assert.deepEqual(asked, ["readers of 0 after nobody", "readers of 100 after nobody"]);
});

test("a long backlog lets others have their turn", async () => {
  const pending = Array.from({ length: 2_500 }, (_, index) => delivery(String(index)));
  const { sent, released, drain } = bench({ pending, readers: [reader("anna")] });
  await drain();
  assert.equal(sent.length, 2_000);
  assert.deepEqual(released, [{ state: "more" }]);
});

test("a batch that cannot be read does not undo what went out before", async () => {
  const pending = Array.from({ length: 150 }, (_, index) => delivery(String(index)));
  const { happened, released, drain } = bench({
    pending,
    readers: [reader("anna")],
    unreadableFrom: 100,
  });
  await drain();
  assert.equal(happened.filter((what) => what.startsWith("finished")).length, 1);
  assert.equal(released[0]?.state, "unreachable");
});

test("when the daemon stops the rest waits, and who has a post already is known", async () => {
  const abort = new AbortController();
  const readers = crowd(1_200);
  const { happened, sent, drain } = bench({
    pending: [delivery("1"), delivery("2")],
    readers,
    stanza: () => {
      if (sent.length >= 500) abort.abort();
      return undefined;
    },
  });
  await drain(abort.signal);
  assert.equal(sent.length, 1_000, "the page that was begun is sent, and no other");
  const last = readers[999]?.jid ?? "";
  assert.ok(happened.includes(`1 is at ${last}`), JSON.stringify(happened));
  assert.ok(!happened.some((what) => what.startsWith("finished")));
});
