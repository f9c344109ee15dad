import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test, type TestContext } from "node:test";
import sharp from "sharp";
import type { Avatar } from "../../../src/activitystreams/profile.ts";
import { buildHttpServer } from "../../../src/http/server.ts";
import { silentLog } from "../../../src/log/log.ts";
import { avatarAddress, parseAvatarName } from "../../../src/media/avatar-names.ts";
import { avatarRoutes, onlyPictures } from "../../../src/media/own-avatars.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { fromAPhone, twoHalves } from "./pictures.ts";

const BOB = guidNumber(1);

function ownPicture(bytes: Buffer): Avatar {
  return { sha1: createHash("sha1").update(bytes).digest("hex"), bytes };
}

interface Bench {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  own: Avatar | null;
}

async function bench(t: TestContext, bytes: Buffer): Promise<Bench> {
  const made: Bench = {
    get: () => Promise.reject(new Error("not started")),
    own: ownPicture(bytes),
  };
  const of = (guid: string) => Promise.resolve(guid === BOB ? made.own : null);
  const server = await buildHttpServer(
    { version: "1", log: silentLog, ready: () => Promise.resolve({ ok: true, json: "{}" }) },
    [avatarRoutes({ of, cacheBytes: 1024 * 1024 })],
  );
  const base = `http://127.0.0.1:${String(await server.listen("127.0.0.1", 0))}`;
  t.after(() => server.close(0));
  made.get = (path, headers = {}) => fetch(`${base}${path}`, { headers });
  return made;
}

const pathOf = (sha1: string, size: "large" | "medium" | "small"): string =>
  new URL(avatarAddress("https://dx.example.org/", BOB, sha1, size)).pathname;

for (const [size, side] of [
  ["large", 300],
  ["medium", 100],
  ["small", 50],
] as const) {
  test(`a person's picture is served ${size}, ${String(side)} pixels square, without metadata`, async (t) => {
    const site = await bench(t, await fromAPhone(900, 600));
    const answer = await site.get(pathOf(site.own?.sha1 ?? "", size));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "image/jpeg");
    const bytes = Buffer.from(await answer.arrayBuffer());
    const { width, height, exif, xmp } = await sharp(bytes).metadata();
    assert.deepEqual([width, height, exif, xmp], [side, side, undefined, undefined]);
    const again = { "if-none-match": answer.headers.get("etag") ?? "" };
    assert.equal((await site.get(pathOf(site.own?.sha1 ?? "", size), again)).status, 304);
  });
}

test("an address of before shows the picture of now, and none when there is none", async (t) => {
  const site = await bench(t, await twoHalves(300, 300));
  const old = pathOf("0".repeat(40), "small");
  assert.equal((await site.get(old)).status, 200);
  site.own = ownPicture(await twoHalves(100, 200));
  assert.equal((await site.get(old)).status, 200);
  site.own = null;
  const gone = await site.get(old);
  assert.deepEqual([gone.status, gone.headers.get("cache-control")], [404, "no-store"]);
});

test("a new picture has a new address", () => {
  const [one, other] = ["a", "b"].map((digit) => pathOf(digit.repeat(40), "large"));
  assert.notEqual(one, other);
  assert.deepEqual(parseAvatarName(one?.split("/")[2] ?? ""), { guid: BOB, size: "large" });
});

for (const name of [
  "",
  "x",
  `${guidNumber(2)}_00000000_large`,
  `${BOB}_00000000_huge`,
  `${BOB}_00000000_large.png`,
  `..%2f${BOB}_00000000_large`,
  `${BOB}_zzzzzzzz_large`,
]) {
  test(`nothing is served as ${name || "no name"}`, async (t) => {
    const site = await bench(t, await twoHalves(50, 50));
    assert.equal((await site.get(`/avatars/${name}`)).status, 404);
  });
}

const nothing: readonly (readonly [what: string, bytes: Buffer])[] = [
  ["a drawing that is a program", Buffer.from("<svg/>")],
  ["nothing", Buffer.alloc(0)],
  ["too large", Buffer.alloc(2 * 1024 * 1024, "\x89PNG\r\n\x1a\n", "latin1")],
];
for (const [what, bytes] of nothing) {
  test(`what a client publishes as its picture and is ${what} counts as none`, () => {
    const change = { nick: "Bob", avatar: ownPicture(bytes) };
    assert.deepEqual(onlyPictures(change), { nick: "Bob", avatar: null });
  });
}

test("a picture, none at all and no change stay what they are", async () => {
  const changes = [
    { avatar: ownPicture(await twoHalves(8, 8)) },
    { avatar: null },
    { nick: "Bob" },
  ];
  assert.deepEqual(changes.map(onlyPictures), changes);
});
