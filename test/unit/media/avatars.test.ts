import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test, type TestContext } from "node:test";
import sharp from "sharp";
import { createGuardedHttp } from "../../../src/http/client.ts";
import { silentLog } from "../../../src/log/log.ts";
import { createAvatars, type Avatars } from "../../../src/media/avatars.ts";
import {
  fetchedAvatar,
  forgetFetchedAvatars,
  keepFetchedAvatar,
} from "../../../src/store/avatars.ts";
import { testDatabase } from "../../support/database.ts";
import { loopbackServer, type Answer } from "../http/loopback-server.ts";
import { fromAPhone, moving, twoHalves, type Encoding } from "./pictures.ts";

const HOST = "pod.example";
const URL = `https://${HOST}/a.png`;
const HOUR_MS = 60 * 60_000;

interface Bench extends AsyncDisposable {
  readonly avatars: Avatars;
  readonly asked: string[];
  later(hours: number): void;
}

/** A pod that answers so, and the real store. */
async function bench(t: TestContext, answer: Answer): Promise<Bench> {
  const database = await testDatabase();
  const asked: string[] = [];
  const pod = await loopbackServer(t, (request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  const http = createGuardedHttp({
    version: "1",
    names: new Map([[HOST, { address: "127.0.0.1", port: pod.port }]]),
  });
  t.after(() => http.close());
  let passed = 0;
  const avatars = createAvatars({
    http,
    known: (url) => fetchedAvatar(database.db, url),
    keep: (url, picture) => keepFetchedAvatar(database.db, url, picture),
    log: silentLog,
    now: () => new Date(Date.now() + passed),
  });
  return {
    avatars,
    asked,
    later: (hours) => {
      passed += hours * HOUR_MS;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const sends =
  (bytes: Buffer): Answer =>
  (_request, response) =>
    response.end(bytes);

const away: Answer = (_request, response) => response.writeHead(404).end();

/** No encoder makes this small. */
const noise = (side: number): Promise<Buffer> =>
  sharp(randomBytes(side * side * 4), { raw: { width: side, height: side, channels: 4 } })
    .png()
    .toBuffer();

const sources: readonly [what: string, make: () => Promise<Buffer>, type: string][] = [
  ["a small one", () => twoHalves(64, 64), "image/png"],
  ["a wide photo of a phone", () => fromAPhone(3_000, 1_000), "image/jpeg"],
  ["noise with transparency", () => noise(600), "image/jpeg"],
  ["one that moves", () => moving(200, 200, 3), "image/png"],
  ...(["webp", "avif"] as const).map(
    (encoding: Encoding) =>
      [encoding, () => twoHalves(300, 300, encoding), "image/png"] as const satisfies [
        string,
        () => Promise<Buffer>,
        string,
      ],
  ),
];
for (const [what, make, type] of sources) {
  test(`pitfalls 78, 79: of ${what} a client gets at most 192 pixels and 32 KiB, named by their hash`, async (t) => {
    await using pod = await bench(t, sends(await make()));
    const avatar = await pod.avatars.of({ photoUrl: URL });
    assert.ok(avatar !== null);
    const { width, height, format } = await sharp(avatar.bytes).metadata();
    assert.deepEqual([width, height, `image/${format}`], [avatar.width, avatar.height, type]);
    assert.equal(avatar.type, type);
    assert.ok(Math.max(width, height) <= 192);
    assert.ok(avatar.bytes.toString("base64").length <= 32 * 1024);
    assert.equal(avatar.sha1, createHash("sha1").update(avatar.bytes).digest("hex"));
  });
}

test("a picture is fetched once, however many ask, and again after a week", async (t) => {
  await using pod = await bench(t, sends(await twoHalves(64, 64)));
  const asks = [1, 2, 3, 4].map(() => pod.avatars.of({ photoUrl: URL }));
  const first = await Promise.all(asks);
  assert.deepEqual(await pod.avatars.of({ photoUrl: URL }), first[0], "out of the store");
  assert.equal(pod.asked.length, 1);
  pod.later(8 * 24);
  assert.deepEqual(await pod.avatars.of({ photoUrl: URL }), first[0]);
  assert.equal(pod.asked.length, 2);
});

test("what could not be had is not asked for again within the hour", async (t) => {
  await using pod = await bench(t, away);
  for (let time = 0; time < 3; time += 1) {
    assert.equal(await pod.avatars.of({ photoUrl: URL }), null);
  }
  assert.equal(pod.asked.length, 1);
  pod.later(1);
  await pod.avatars.of({ photoUrl: URL });
  assert.equal(pod.asked.length, 2);
});

test("a pod that is away for a while takes no picture from anybody", async (t) => {
  const picture = await twoHalves(64, 64);
  const now: { answer: Answer } = { answer: sends(picture) };
  await using pod = await bench(t, (request, response) => {
    now.answer(request, response);
  });
  const first = await pod.avatars.of({ photoUrl: URL });
  now.answer = away;
  pod.later(8 * 24);
  assert.deepEqual(await pod.avatars.of({ photoUrl: URL }), first);
});

for (const [what, bytes] of [
  ["a page", Buffer.from("<html>no</html>")],
  ["a drawing that is a program", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")],
  ["half a picture", (await twoHalves(400, 400)).subarray(0, 200)],
  ["nothing", Buffer.alloc(0)],
] as const) {
  test(`${what} in place of a picture is no picture`, async (t) => {
    await using pod = await bench(t, sends(bytes));
    assert.equal(await pod.avatars.of({ photoUrl: URL }), null);
  });
}

for (const photoUrl of ["http://127.0.0.1/a.png", "file:///etc/passwd", "no address"]) {
  test(`pitfall 52: nothing is fetched from ${photoUrl}`, async (t) => {
    await using pod = await bench(t, sends(await twoHalves(64, 64)));
    assert.equal(await pod.avatars.of({ photoUrl }), null);
    assert.deepEqual(pod.asked, []);
  });
}

test("who has no picture is not asked for one", async (t) => {
  await using pod = await bench(t, away);
  assert.equal(await pod.avatars.of({}), null);
  assert.deepEqual(pod.asked, []);
});

test("pictures for which nobody has asked for long are forgotten", async () => {
  await using database = await testDatabase();
  await keepFetchedAvatar(database.db, URL, null);
  assert.equal(await forgetFetchedAvatars(database.db, new Date(Date.now() - HOUR_MS)), 0);
  assert.equal(await forgetFetchedAvatars(database.db, new Date(Date.now() + HOUR_MS)), 1);
  assert.equal(await fetchedAvatar(database.db, URL), null);
});
