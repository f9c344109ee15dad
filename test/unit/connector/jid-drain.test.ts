import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  DeliveryQueue,
  Destination,
  PendingDelivery,
  Release,
} from "../../../src/activitystreams/delivery.ts";
import { createJidDrain } from "../../../src/connector/jid-drain.ts";
import type { ComponentStream } from "../../../src/connector/stream.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import type { XmlElement } from "../../../src/xml/element.ts";
import {
  contentOf,
  diasporaId,
  guidNumber,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";

const DESTINATIONS: readonly Destination[] = ["bob@example.org", "eve@example.org"].map(
  (address, index) => ({ id: String(index), kind: "jid", address, attempts: 0, wakes: "0" }),
);

interface Bench {
  /** What happened, in order. */
  readonly happened: string[];
  readonly delivered: string[];
  readonly refused: string[];
  readonly released: Release[];
  drain(claimed?: readonly Destination[], signal?: AbortSignal): Promise<void>;
}

interface Faults {
  readonly send?: (stanza: XmlElement) => DxError | undefined;
  readonly confirm?: () => DxError | undefined;
}

function bench(pending: readonly PendingDelivery[], faults: Faults = {}): Bench {
  const happened: string[] = [];
  const delivered: string[] = [];
  const refused: string[] = [];
  const released: Release[] = [];
  let epoch = 1;
  const stream: Pick<ComponentStream, "epoch" | "send" | "confirm"> = {
    get epoch() {
      return epoch;
    },
    send: (stanza) => {
      happened.push(`send ${stanza.attrs["to"] ?? ""} ${stanza.attrs["id"] ?? ""}`);
      const fault = faults.send?.(stanza);
      if (fault?.code === "DX_STREAM_DOWN") epoch += 1;
      return fault === undefined ? Promise.resolve() : Promise.reject(fault);
    },
    confirm: (began) => {
      happened.push("confirm");
      const fault = faults.confirm?.();
      if (fault !== undefined) return Promise.reject(fault);
      return began === epoch ? Promise.resolve() : Promise.reject(new DxError("DX_STREAM_DOWN"));
    },
  };
  const queue: DeliveryQueue = {
    pending: (ids, limit) =>
      Promise.resolve(pending.filter((one) => ids.includes(one.destinationId)).slice(0, limit)),
    finish: (outcomes) => {
      happened.push("finish");
      delivered.push(...outcomes.delivered.map((one) => one.id));
      refused.push(...outcomes.refused.map((one) => one.id));
      return Promise.resolve();
    },
    readers: () => Promise.reject(new Error("one JID has no readers")),
    progress: () => Promise.reject(new Error("one JID has no readers")),
    retry: () => Promise.reject(new Error("nothing is put off here")),
    release: (_, release) => {
      released.push(release);
      return Promise.resolve();
    },
  };
  const drain = createJidDrain({
    stream: stream as ComponentStream,
    queue,
    log: silentLog,
    componentDomain: "dx.example.org",
    maxBytes: 60_000,
  });
  return {
    happened,
    delivered,
    refused,
    released,
    drain: (claimed = DESTINATIONS, signal) => drain(claimed, signal),
  };
}

function post(
  id: string,
  destinationId = "0",
  changes: Partial<PendingDelivery> = {},
): PendingDelivery {
  const guid = guidNumber(Number(id));
  return {
    id,
    destinationId,
    attempts: 0,
    rootGuid: guid,
    form: "event",
    content: contentOf(remotePost({ guid }), remotePerson()),
    progress: null,
    scope: "",
    ...changes,
  };
}

const notice = (id: string, text: string): PendingDelivery =>
  post(id, "0", { content: { type: "signal", from: null, signal: { kind: "words", text } } });

test("a batch goes out in order, then one barrier, and only then it is done with", async () => {
  const { happened, delivered, released, drain } = bench([
    post("1"),
    post("2", "1"),
    notice("3", "hi"),
  ]);
  await drain();
  assert.deepEqual(happened, [
    `send bob@example.org ${guidNumber(1)}`,
    `send eve@example.org ${guidNumber(2)}`,
    "send bob@example.org notice-3",
    "confirm",
    "finish",
  ]);
  assert.deepEqual(delivered, ["1", "2", "3"]);
  assert.deepEqual(released, [{ state: "drained" }, { state: "drained" }]);
});

for (const [what, faults] of [
  ["the stream breaks while sending", { send: () => new DxError("DX_STREAM_DOWN") }],
  ["the outbox is full", { send: () => new DxError("DX_OUTBOX_FULL") }],
  ["the barrier is not passed", { confirm: () => new DxError("DX_STREAM_DOWN") }],
  ["the server does not answer the barrier", { confirm: () => new DxError("DX_IQ_TIMEOUT") }],
] as const) {
  test(`when ${what} nothing is done with, and all waits`, async () => {
    const { happened, released, drain } = bench([post("1"), post("2", "1")], faults);
    await drain();
    assert.equal(happened.includes("finish"), false);
    assert.deepEqual(
      released.map((release) => release.state),
      ["unreachable", "unreachable"],
    );
  });
}

test("one stanza that can never be sent holds nothing else", async () => {
  const { delivered, refused, released, drain } = bench([post("1"), post("2"), post("3")], {
    send: (stanza) =>
      stanza.attrs["id"] === guidNumber(2) ? new DxError("DX_STANZA_TOO_BIG") : undefined,
  });
  await drain();
  assert.deepEqual([delivered, refused], [["1", "3"], ["2"]]);
  assert.deepEqual(released[0], { state: "drained" });
});

test("an author who has no virtual JID holds nobody's posts", async () => {
  const foreign = remotePerson({ diasporaId: diasporaId("ünal@pod.example") });
  const poison = post("1", "0", {
    content: contentOf(remotePost(), foreign),
  });
  const { delivered, refused, released, drain } = bench([poison, post("2")]);
  await drain();
  assert.deepEqual([delivered, refused], [["2"], ["1"]]);
  assert.deepEqual(released[0], { state: "drained" });
});

test("what has no form here is refused, and no barrier is asked for it alone", async () => {
  const contact = post("1", "0", {
    content: contentOf(
      {
        ...remotePost(),
        verb: "follow",
        object: { type: "person", id: diasporaId("bob@example.org") },
      },
      remotePerson(),
    ),
  });
  const { happened, refused, drain } = bench([contact]);
  await drain();
  assert.deepEqual([happened, refused], [["finish"], ["1"]]);
});

test("a full batch says that there may be more", async () => {
  const many = Array.from({ length: 600 }, (_, index) => notice(String(index), "x"));
  const { delivered, released, drain } = bench(many);
  await drain();
  assert.equal(delivered.length, 500);
  assert.deepEqual(released[0], { state: "more" });
});

test("nothing to send is drained", async () => {
  const { happened, released, drain } = bench([]);
  await drain();
  assert.deepEqual(
    [happened, released],
    [["finish"], [{ state: "drained" }, { state: "drained" }]],
  );
});

test("a daemon that stops sends nothing of what it has just claimed", async () => {
  const { happened, delivered, drain } = bench([post("1")]);
  await drain(undefined, AbortSignal.abort());
  assert.deepEqual([happened, delivered], [[], []]);
});
