/** The fuzz itself: that it repeats, and that it would notice. `npm run fuzz` is the long run. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseDiasporaId } from "../../../src/activitystreams/ids.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { signingStringOf } from "../../../src/salmon/magic-envelope.ts";
import { readEnvelope } from "../../../src/salmon/read-envelope.ts";
import { openPublic, type OpenedMessage } from "../../../src/salmon/receive/open.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { readCorpus } from "../../long/fuzz/corpus.ts";
import { RECEIVER, type Receiver } from "../../long/fuzz/doors.ts";
import { fuzz, type Report } from "../../long/fuzz/fuzzing.ts";
import { inputOf } from "../../long/fuzz/inputs.ts";

const corpus = await readCorpus();
const SEED = 20_260_101;

function run(receiver: Receiver, times: number): Promise<Report> {
  return fuzz({ corpus, seed: SEED, receiver, goOn: (n, failures) => n < times && failures === 0 });
}

test("a few hundred mutations find nothing, at every door, and some are taken", async () => {
  const { ends, failures } = await run(RECEIVER, 700);
  assert.deepEqual(
    failures.map(({ iteration, what }) => [iteration, what]),
    [],
  );
  assert.equal(ends.size, 13);
  for (const [door, counts] of ends) assert.ok((counts.get("taken") ?? 0) > 0, door);
});

test("the same seed gives the same inputs again, from any iteration on, and another one others", () => {
  const digest = (seed: number, iteration: number): string =>
    createHash("sha256")
      .update(inputOf(corpus, seed, iteration).bytes)
      .digest("hex");
  for (const iteration of [299, 7, 0]) {
    assert.equal(digest(SEED, iteration), digest(SEED, iteration));
    assert.notEqual(digest(SEED, iteration), digest(SEED + 1, iteration));
  }
});

type Change = (opened: OpenedMessage) => OpenedMessage | Promise<OpenedMessage>;

const changing = (change: Change): Receiver => ({
  ...RECEIVER,
  openPublic: async (...args) => change(await openPublic(...args)),
});

const somebody = parseDiasporaId("somebody@else.example");

/** Takes what it reads without a look at the signature. */
const TRUSTING: Receiver = {
  ...RECEIVER,
  openPublic: async (body, deps) => {
    try {
      return await openPublic(body, deps);
    } catch (error) {
      if (!isDxError(error, "DX_SIGNATURE_INVALID")) throw error;
      const { data, sender } = readEnvelope(body);
      assert.ok(sender !== null);
      const payloadXml = data.toString("utf8");
      const entity = readEntity(readXml(payloadXml), new Date(0));
      return { sender, entity, payloadXml, signingString: signingStringOf(data) };
    }
  },
};

const BROKEN: readonly (readonly [what: string, receiver: Receiver, failure: RegExp])[] = [
  ["takes what nobody signed", TRUSTING, /has not signed these bytes/],
  [
    "changes a value",
    changing((opened) => {
      const entity = structuredClone(opened.entity);
      Object.assign(entity.properties, { author: "eve@evil.example" });
      return { ...opened, entity };
    }),
    /author differs/,
  ],
  [
    "names another sender",
    changing((opened) => ({ ...opened, sender: somebody ?? opened.sender })),
    /it says that it is from/,
  ],
  [
    "hands on another payload",
    changing((opened) => ({ ...opened, payloadXml: `${opened.payloadXml} ` })),
    /the payload is not the signed one/,
  ],
  [
    "throws something of its own",
    changing(() => {
      throw new TypeError("undefined is not a function");
    }),
    /crashed: TypeError/,
  ],
  [
    "takes its time",
    changing((opened) => {
      const before = process.threadCpuUsage().user;
      while (process.threadCpuUsage().user - before < 260_000);
      return opened;
    }),
    /took \d+ ms/,
  ],
];

for (const [what, receiver, failure] of BROKEN) {
  test(`it notices a receiver that ${what}`, async () => {
    const { failures } = await run(receiver, 5_000);
    assert.match(failures[0]?.what ?? "nothing", failure);
  });
}
