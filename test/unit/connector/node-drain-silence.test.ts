/** Comments nodes of a service that gives no answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeAddress, type PendingDelivery } from "../../../src/activitystreams/delivery.ts";
import { createNodeDrain } from "../../../src/connector/node-drain.ts";
import { createSilence } from "../../../src/connector/silence.ts";
import { DxError } from "../../../src/errors/error.ts";
import { silentLog } from "../../../src/log/log.ts";
import { el } from "../../../src/xml/element.ts";
import { guidNumber, localPerson, remotePerson } from "../../support/fixtures.ts";

const DOMAIN = "dx.example.org";
const SERVICE = "comments.example.org";
const POST = guidNumber(1);
const author = remotePerson();

const commented: PendingDelivery = {
  id: "1",
  destinationId: "1",
  attempts: 0,
  rootGuid: POST,
  form: "event",
  progress: null,
  scope: "",
  content: {
    type: "activity",
    activityId: "1",
    activity: {
      verb: "post",
      actor: { network: "diaspora", id: author.diasporaId },
      audience: "public",
      published: new Date("2026-05-01T12:00:00Z"),
      object: { type: "comment", guid: guidNumber(2), markdown: "Well said", inReplyTo: POST },
    },
    author,
    itemId: guidNumber(2),
    root: null,
    above: {
      guid: POST,
      author: localPerson(),
      audience: "public",
      itemId: "first",
      comments: null,
    },
    sealer: null,
    relay: null,
  },
};

test("a service that gives no answer holds one place, and is asked seldom; who only waits has failed at nothing", async () => {
  let at = 0;
  let answers = false;
  const asked: string[] = [];
  const released: string[] = [];
  const silences: (() => void)[] = [];
  const drain = createNodeDrain({
    log: silentLog,
    maxBytes: 60_000,
    now: () => at,
    refused: () => Promise.resolve(),
    stream: {
      domain: DOMAIN,
      request: async ({ to }) => {
        asked.push(to);
        if (to !== SERVICE || answers) return el("iq", { type: "result" });
        await new Promise<void>((resolve) => silences.push(resolve));
        throw new DxError("DX_IQ_TIMEOUT");
      },
    },
    ports: {
      placedItem: () => Promise.resolve(null),
      rememberPlaced: () => Promise.resolve(),
      forgetPlaced: () => Promise.resolve(),
    },
    queue: {
      pending: () => Promise.resolve([commented]),
      finish: () => Promise.resolve(),
      release: ({ id }, { state }) => Promise.resolve(void released.push(`${id} ${state}`)),
    },
  });
  const bring = (id: string, service: string): Promise<void> =>
    drain([{ id, kind: "node", address: nodeAddress(service, id), attempts: 0, wakes: "0" }]);
  const timeOut = async (): Promise<void> => {
    await new Promise(setImmediate);
    for (const end of silences.splice(0)) end();
  };
  const silent = ["a", "b", "c"].map((node) => bring(node, SERVICE));
  await timeOut();
  await Promise.all(silent);
  assert.deepEqual(released, ["a unreachable", "b untouched", "c untouched"]);
  assert.deepEqual(asked, [SERVICE], "the others have learnt from the first");
  at += 61_000;
  const probe = bring("a", SERVICE);
  await bring("b", SERVICE);
  await bring("other", "comments.other.example");
  assert.deepEqual(released.slice(3), ["b untouched", "other drained"]);
  await timeOut();
  await probe;
  at += 119_000;
  await bring("c", SERVICE);
  assert.equal(asked.length, 3, "each silence is twice as long");
  answers = true;
  at += 2_000;
  await Promise.all(["a", "b", "c"].map((node) => bring(node, SERVICE)));
  assert.deepEqual(released.slice(-3), ["b untouched", "c untouched", "a drained"]);
  await Promise.all(["b", "c"].map((node) => bring(node, SERVICE)));
  assert.deepEqual(released.slice(-2), ["b drained", "c drained"]);
});

test("a clock that is set forward or back makes no service talk, and none silent for longer", async (t) => {
  const silence = createSilence();
  const asking = silence.heed(SERVICE, () => Promise.reject(new DxError("DX_IQ_TIMEOUT")));
  await assert.rejects(asking);
  for (const hours of [5, -5]) {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + hours * 3_600_000 });
    const left = (silence.until(SERVICE)?.getTime() ?? 0) - Date.now();
    assert.ok(left > 0 && left <= 60_000, String(left));
    t.mock.timers.reset();
  }
});
