import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity } from "../../../src/activitystreams/activity.ts";
import type {
  Destination,
  PendingDelivery,
  Release,
} from "../../../src/activitystreams/delivery.ts";
import { DxError } from "../../../src/errors/error.ts";
import { createInboxDrain } from "../../../src/federation/inbox-drain.ts";
import { createPodBreaker } from "../../../src/federation/pod-breaker.ts";
import { createPodDrain } from "../../../src/federation/pod-drain.ts";
import { silentLog } from "../../../src/log/log.ts";
import {
  contentOf,
  diasporaId,
  guidNumber,
  localPerson,
  remotePost,
} from "../../support/fixtures.ts";

const POD: Destination = {
  ...{ id: "1", kind: "pod", address: "https://bad.example/" },
  ...{ attempts: 0, wakes: "0" },
};

function pending(id: string, activity: Activity): PendingDelivery {
  const content = contentOf(activity, localPerson());
  const base = { destinationId: "1", attempts: 0, progress: null, scope: "" };
  return { ...base, id, rootGuid: id, form: "event", content };
}

const tombstone: Activity = {
  ...remotePost(),
  verb: "delete",
  object: { type: "tombstone", guid: guidNumber(1), targetType: "Post" },
};

test("what waits for a pod that was suspended meanwhile does not go there, and what takes back is kept", async () => {
  const happened: string[] = [];
  const note = (what: string): Promise<void> => {
    happened.push(what);
    return Promise.resolve();
  };
  const never = (): never => assert.fail("the pod is contacted");
  const drain = createPodDrain({
    breaker: createPodBreaker(),
    returned: () => Promise.resolve(),
    queue: {
      pending: () => Promise.resolve([pending("1", remotePost()), pending("2", tombstone)]),
      retry: ({ id }, next) => {
        const isLater = next.getTime() > Date.now() + 3_600_000;
        return note(`${id} ${isLater ? "kept for later" : "given its reason"}`);
      },
      finish: ({ delivered, refused }) =>
        note(
          `${String(delivered.length)} delivered, refused ${refused.map(({ id }) => id).join()}`,
        ),
      release: (_, { state }) => note(state),
    },
    http: { check: never, get: never, post: never, close: () => Promise.resolve() },
    signer: { envelopeOf: never, passOn: never, prepare: never },
    publicKeyOf: never,
    log: silentLog,
    isClosed: ({ address }) => Promise.resolve(address === POD.address),
    settled: ({ id }, outcome) => note(`${id} ${outcome}`),
  });
  await drain([POD]);
  assert.deepEqual(happened, [
    "1 given its reason",
    "2 kept for later",
    "0 delivered, refused 1",
    "1 refused",
    "drained",
  ]);
});

test("a pod that has sent more than is worked on in an hour waits with all it has, and loses nothing", async () => {
  const happened: string[] = [];
  const released: Release[] = [];
  let left = 2;
  const note = (what: string): Promise<void> => {
    happened.push(what);
    return Promise.resolve();
  };
  const drain = createInboxDrain({
    pending: () =>
      Promise.resolve(
        ["1", "2", "3", "4"].map((id) => ({
          ...{ id, attempts: 0, kind: "public", recipient: null, body: Buffer.from(id) },
          ...{ claimedHost: "pod.example", receivedAt: new Date() },
        })) as never,
      ),
    open: ({ body }) =>
      Promise.resolve({
        kind: "activity",
        received: {
          ...{ activity: remotePost(), sender: diasporaId("alice@pod.example") },
          ...{ recipient: null, payloadXml: body.toString() },
        },
      }),
    receive: (_, id) => {
      left -= 1;
      if (left < 0) return Promise.reject(new DxError("DX_POD_LIMIT"));
      return note(`believed ${id}`).then(() => true);
    },
    drop: (id) => note(`dropped ${id}`),
    retry: (id) => note(`put off ${id}`).then(() => true),
    hold: ({ id }) => note(`held ${id}`),
    release: (_, release) => {
      released.push(release);
      return Promise.resolve();
    },
    log: silentLog,
  });
  await drain([{ ...POD, kind: "inbox", address: "pod.example" }]);
  assert.deepEqual(happened, ["believed 1", "believed 2", "held 3", "held 4"]);
  assert.deepEqual(released, [{ state: "drained" }]);
});
