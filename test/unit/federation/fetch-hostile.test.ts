/** Answers to a fetch that must not be believed, or never end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import {
  alice,
  bob,
  bobSeals,
  carol,
  comment,
  entity,
  expectKept,
  fetchBench,
  mallory,
  nth,
  post,
  reshare,
  sealed,
  type FetchBench,
  type Handler,
} from "./fetch-bench.ts";

const RESHARE = nth(1);
const ROOT = nth(2);
const PLACE = `far.example/fetch/post/${ROOT}`;

/** A reshare of alice's makes us ask carol's pod for this root. */
async function receiveReshare(bench: FetchBench): Promise<unknown> {
  const payload = reshare(alice.diasporaId, RESHARE, carol.diasporaId, ROOT);
  return bench.receive(await sealed(payload, alice));
}

function isRefused(error: unknown): boolean {
  return isDxError(error, "DX_PARENT_NOT_FOUND") && error.retryable;
}

const good = (): Promise<string> => sealed(post(carol.diasporaId, ROOT), carol);

const ANSWERS: readonly [what: string, answer: () => Promise<string>][] = [
  ["a post by somebody else", () => sealed(post(mallory.diasporaId, ROOT), mallory)],
  ["a post that somebody else signed", () => sealed(post(carol.diasporaId, ROOT), mallory)],
  [
    "a post in the author's name with another key",
    () => sealed(post(carol.diasporaId, ROOT), { ...mallory, diasporaId: carol.diasporaId }),
  ],
  ["another post of the author", () => sealed(post(carol.diasporaId, nth(3)), carol)],
  [
    "another type under the same guid",
    () => sealed(entity("photo", { ...photo, author: carol.diasporaId, guid: ROOT }), carol),
  ],
  ["a comment", () => sealed(comment(carol.diasporaId, ROOT), carol)],
  ["a retraction", () => sealed(retraction, carol)],
  ["a private post", () => sealed(post(carol.diasporaId, ROOT, { public: false }), carol)],
  ["an empty body", () => Promise.resolve("")],
  ["a page", () => Promise.resolve("<!DOCTYPE html><html><body>Hi</body></html>")],
  [
    "an envelope with a document type",
    async () => `<!DOCTYPE a [<!ENTITY b "c">]>${(await good()).replace(/^<\?.*?\?>/, "")}`,
  ],
];

const photo = {
  public: true,
  created_at: new Date("2026-11-20T10:00:00Z"),
  remote_photo_path: "https://far.example/",
  remote_photo_name: "a.png",
};
const retraction = entity("retraction", {
  author: carol.diasporaId,
  target_guid: ROOT,
  target_type: "Post",
});

for (const [what, answer] of ANSWERS) {
  test(`${what} is not taken for the root, not kept, and not asked for again`, async (t) => {
    const bench = await fetchBench(t);
    bench.pages.set(PLACE, await answer());
    await assert.rejects(receiveReshare(bench), isRefused);
    await assert.rejects(receiveReshare(bench), isRefused);
    expectKept(bench);
    assert.deepEqual(bench.asked, [PLACE]);
  });
}

/** Good but for their size. */
const big = `${await good()}${" ".repeat(64 * 1024)}`;
const BOMB = gzipSync(big + " ".repeat(50 * 1024 * 1024));
const redirect =
  (location: string): Handler =>
  (_, response) => {
    response.writeHead(302, { location }).end();
  };

const HANDLERS: readonly [what: string, handler: Handler, asked?: number][] = [
  ["410", (_, response) => response.writeHead(410).end()],
  ["500", (_, response) => response.writeHead(500).end()],
  ["a body over the limit", (_, response) => response.end(big)],
  [
    "a gzip bomb",
    (_, response) => response.writeHead(200, { "content-encoding": "gzip" }).end(BOMB),
  ],
  [
    "a body that never ends",
    (_, response) => {
      const timer = setInterval(() => response.write(" "), 10);
      response.on("close", () => {
        clearInterval(timer);
      });
    },
  ],
  ["no answer", () => undefined],
  ["a redirect to itself", redirect(`https://${PLACE}`), 5],
  ["a redirect to a private address", redirect("https://10.0.0.1/")],
  ["a redirect to a name with a private address", redirect("https://inside.example/")],
  ["a redirect to another scheme", redirect("data:text/xml,<a/>")],
  ["a closed connection", (request) => request.destroy(), 2],
];

for (const [what, handler, asked = 1] of HANDLERS) {
  test(`${what} is no root, and not asked for again at once`, async (t) => {
    const bench = await fetchBench(t, { timeoutMs: 300 });
    bench.pages.set(PLACE, handler);
    await assert.rejects(receiveReshare(bench), isRefused);
    await assert.rejects(receiveReshare(bench), isRefused);
    expectKept(bench);
    assert.equal(bench.asked.length, asked);
  });
}

test("a post of our own that is gone here does not come back from where it was kept", async (t) => {
  const bench = await fetchBench(t);
  bench.pages.set(
    `pod.example/fetch/post/${ROOT}`,
    await sealed(post(bob.diasporaId, ROOT), bobSeals),
  );
  const payload = comment(alice.diasporaId, ROOT);
  await assert.rejects(bench.receive(await sealed(payload, alice)), isRefused);
  expectKept(bench);
});

test("the type of an answer's content is not looked at", async (t) => {
  const bench = await fetchBench(t);
  const envelope = await good();
  bench.pages.set(PLACE, (_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(envelope);
  });
  await receiveReshare(bench);
  expectKept(bench, envelope);
});

test("the answer's post may need no more than a tree may fetch", async (t) => {
  const bench = await fetchBench(t);
  const chain = Array.from({ length: 8 }, (_, n) => nth(0x100 + n));
  for (const [n, guid] of chain.entries()) {
    const payload = reshare(carol.diasporaId, guid, carol.diasporaId, nth(0x101 + n));
    bench.pages.set(`far.example/fetch/post/${guid}`, await sealed(payload, carol));
  }
  const first = reshare(alice.diasporaId, RESHARE, carol.diasporaId, nth(0x100));
  await assert.rejects(bench.receive(await sealed(first, alice)), isRefused);
  expectKept(bench);
  assert.equal(bench.asked.length, 3);
});

for (const [code, expected] of [
  ["DX_STORE_UNAVAILABLE", "DX_STORE_UNAVAILABLE"],
  ["DX_BACKLOG_FULL", "DX_PARENT_NOT_FOUND"],
] as const) {
  test(`what cannot be kept (${code}) is tried again, and fetched again`, async (t) => {
    const inbox = { add: () => Promise.reject(new DxError(code)) };
    const bench = await fetchBench(t, { inbox });
    bench.pages.set(PLACE, await good());
    for (let n = 0; n < 2; n += 1) {
      await assert.rejects(
        receiveReshare(bench),
        (error) => isDxError(error, expected) && error.retryable,
      );
    }
    assert.equal(bench.asked.length, 2);
  });
}
