import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Audience } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import { createGuardedHttp, type GuardedHttpOptions } from "../../../src/http/client.ts";
import { buildHttpServer } from "../../../src/http/server.ts";
import { silentLog } from "../../../src/log/log.ts";
import { createPhotos } from "../../../src/media/photos.ts";
import type { PhotoSource } from "../../../src/media/ports.ts";
import { mediaRoutes } from "../../../src/media/routes.ts";
import { guidNumber } from "../../support/fixtures.ts";
import { loopbackServer, type Answer } from "../http/loopback-server.ts";
import { fromAPhone, see, twoHalves } from "./pictures.ts";

const GUID = guidNumber(1);
const HOSTS = ["upload.example.org", "other.example.org"];
const MAX_BYTES = 256 * 1024;
const PICTURE = await fromAPhone(1_000, 500);

interface Bench {
  /** The route's answer. */
  get(name: string, headers?: Record<string, string>, method?: "GET" | "HEAD"): Promise<Response>;
  /** Paths that the source was asked for. */
  readonly asked: string[];
  /** What the store knows; a test may change it. */
  readonly photos: Map<Guid, PhotoSource>;
  readonly said: unknown[];
}

interface Wishes {
  readonly answer?: Answer;
  readonly path?: string;
  readonly audience?: Audience;
  readonly http?: Partial<GuardedHttpOptions>;
}

/** One published photo, the server where it lies, and ours. */
async function bench(t: TestContext, wishes: Wishes = {}): Promise<Bench> {
  const asked: string[] = [];
  const said: unknown[] = [];
  const upload = await loopbackServer(t, (request, response) => {
    asked.push(request.url ?? "");
    if (wishes.answer === undefined) response.end(PICTURE);
    else wishes.answer(request, response);
  });
  const http = createGuardedHttp({
    version: "1",
    names: new Map(
      HOSTS.map((host) => [host, { address: "127.0.0.1", port: upload.port }] as const),
    ),
    ...wishes.http,
  });
  t.after(() => http.close());
  const url = `https://upload.example.org${wishes.path ?? "/1/a.jpg"}`;
  const photos = new Map([[GUID, { url, audience: wishes.audience ?? "public" }]]);
  const service = createPhotos({
    sources: { of: (guid) => Promise.resolve(photos.get(guid) ?? null) },
    http,
    log: { ...silentLog, info: (facts: unknown) => said.push(facts) },
    maxBytes: MAX_BYTES,
    cacheBytes: 16 * 1024 * 1024,
  });
  const server = await buildHttpServer(
    { version: "1", log: silentLog, ready: () => Promise.resolve({ ok: true, json: "{}" }) },
    [mediaRoutes(service)],
  );
  const port = await server.listen("127.0.0.1", 0);
  t.after(() => server.close(0));
  return {
    get: (name, headers = {}, method = "GET") =>
      fetch(`http://127.0.0.1:${String(port)}/media/${name}`, { headers, method }),
    asked,
    photos,
    said,
  };
}

async function bytesOf(answer: Response): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}

test("a pod gets a photo under its five names, without where it was taken", async (t) => {
  const { get, asked } = await bench(t);
  for (const [name, width, height] of [
    [`thumb_small_${GUID}.jpg`, 50, 50],
    [`thumb_medium_${GUID}.jpg`, 100, 100],
    [`thumb_large_${GUID}.jpg`, 300, 150],
    [`scaled_full_${GUID}.jpg`, 700, 350],
    [`${GUID}.jpg`, 1_000, 500],
  ] as const) {
    const answer = await get(name);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "image/jpeg");
    const seen = await see(await bytesOf(answer));
    assert.deepEqual([seen.width, seen.height, seen.metadata], [width, height, []]);
  }
  assert.deepEqual(asked, ["/1/a.jpg"], "it was fetched once for all of them");
});

test("an answer says what it is, for how long, and that it is nothing but a picture", async (t) => {
  const { get } = await bench(t);
  const { headers } = await get(`${GUID}.jpg`);
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.match(headers.get("content-security-policy") ?? "", /^default-src 'none'/);
  assert.equal(headers.get("cache-control"), "public, max-age=3600");
  assert.equal(headers.get("cross-origin-resource-policy"), "cross-origin");
  assert.equal(headers.get("access-control-allow-origin"), null, "scripts have no use for it");
});

test("whoever has a picture already is told so in a few bytes", async (t) => {
  const { get } = await bench(t);
  const etag = (await get(`${GUID}.jpg`)).headers.get("etag") ?? "";
  assert.match(etag, /^"[\w-]{22}"$/);
  for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const answer = await get(`${GUID}.jpg`, { "if-none-match": tags });
    assert.deepEqual([answer.status, await answer.text()], [304, ""]);
    assert.equal(answer.headers.get("etag"), etag);
  }
  assert.equal((await get(`${GUID}.jpg`, { "if-none-match": '"other"' })).status, 200);
  const small = (await get(`thumb_small_${GUID}.jpg`)).headers.get("etag");
  assert.notEqual(small, etag);
});

test("HEAD says the same without the picture", async (t) => {
  const { get } = await bench(t);
  const whole = await get(`${GUID}.jpg`);
  const head = await get(`${GUID}.jpg`, {}, "HEAD");
  for (const name of ["content-type", "content-length", "etag", "cache-control"]) {
    assert.equal(head.headers.get(name), whole.headers.get(name), name);
  }
  assert.deepEqual([head.status, await head.text()], [200, ""]);
});

test("a limited post's picture is for whoever asks, not for a proxy to keep", async (t) => {
  const { get } = await bench(t, { audience: "limited" });
  assert.equal((await get(`${GUID}.jpg`)).headers.get("cache-control"), "private, max-age=3600");
});

test("a hundred who ask at once cause one fetch", async (t) => {
  const { get, asked } = await bench(t);
  const names = ["thumb_small_", "thumb_medium_", "thumb_large_", "scaled_full_", ""];
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => get(`${names[index % 5] ?? ""}${GUID}.jpg`)),
  );
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    await answer.arrayBuffer();
  }
  assert.equal(asked.length, 1);
});

test("the picture of a deleted post is gone at once, though it is still in memory", async (t) => {
  const { get, photos, asked } = await bench(t);
  assert.equal((await get(`${GUID}.jpg`)).status, 200);
  photos.delete(GUID);
  const answer = await get(`${GUID}.jpg`);
  assert.deepEqual([answer.status, answer.headers.get("cache-control")], [404, "no-store"]);
  assert.equal(asked.length, 1);
});

test("nothing is fetched that no local person has published", async (t) => {
  const { get, asked } = await bench(t);
  for (const name of [
    `${guidNumber(2)}.jpg`,
    "https%3A%2F%2Fupload.example.org%2Fsecret.jpg",
    "..%2F..%2Fetc%2Fpasswd",
    `${GUID}.svg`,
    `huge_${GUID}.jpg`,
    "",
  ]) {
    assert.equal((await get(name)).status, 404, name);
  }
  assert.deepEqual(asked, []);
});

const answerWith =
  (status: number, body: Buffer | string = ""): Answer =>
  (_request, response) =>
    response.writeHead(status, { "content-type": "image/jpeg" }).end(body);

const FAILING: Readonly<Record<string, readonly [Wishes, status: number, error: string]>> = {
  "is gone": [{ answer: answerWith(404) }, 404, "DX_ITEM_NOT_FOUND"],
  "is gone for good": [{ answer: answerWith(410) }, 404, "DX_ITEM_NOT_FOUND"],
  "may not be seen": [{ answer: answerWith(403) }, 502, "DX_HTTP_STATUS"],
  "fails to come": [{ answer: answerWith(500, PICTURE) }, 502, "DX_HTTP_STATUS"],
  "is empty": [{ answer: answerWith(200) }, 502, "DX_PICTURE_REFUSED"],
  "is text": [{ answer: answerWith(200, "I am a.jpg") }, 502, "DX_PICTURE_REFUSED"],
  "is SVG": [
    { answer: answerWith(200, '<svg xmlns="http://www.w3.org/2000/svg"/>') },
    502,
    "DX_PICTURE_REFUSED",
  ],
  "was cut off": [
    { answer: answerWith(200, PICTURE.subarray(0, 3_000)) },
    502,
    "DX_PICTURE_REFUSED",
  ],
  "is larger than is taken": [
    { answer: answerWith(200, Buffer.concat([PICTURE, Buffer.alloc(MAX_BYTES)])) },
    502,
    "DX_HTTP_TOO_BIG",
  ],
  "never comes to an end": [
    {
      answer: (_request, response) => {
        response.write(PICTURE.subarray(0, 1_000));
      },
      http: { timeoutMs: 200 },
    },
    504,
    "DX_HTTP_TIMEOUT",
  ],
  "lies at a private address": [
    {
      http: {
        names: new Map(),
        resolve: () => Promise.resolve([{ address: "10.0.0.1", family: 4 }]),
      },
    },
    502,
    "DX_ADDRESS_FORBIDDEN",
  ],
  "is sent on to a private address": [
    {
      answer: (_request, response) =>
        response.writeHead(302, { location: "https://127.0.0.1/a.jpg" }).end(),
    },
    502,
    "DX_ADDRESS_FORBIDDEN",
  ],
  "is sent on for ever": [
    {
      answer: (request, response) =>
        response.writeHead(302, { location: `${request.url ?? ""}x` }).end(),
    },
    502,
    "DX_HTTP_REDIRECT",
  ],
};

for (const [what, [wishes, status, error]] of Object.entries(FAILING)) {
  test(`a picture that ${what} is answered ${String(status)}, and left alone for a while`, async (t) => {
    const { get, asked, said } = await bench(t, wishes);
    const answer = await get(`${GUID}.jpg`);
    const told: unknown = await answer.json();
    assert.ok(typeof told === "object" && told !== null && "error" in told);
    assert.deepEqual([answer.status, told.error], [status, error]);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const before = asked.length;
    assert.equal((await get(`${GUID}.jpg`)).status, status);
    assert.equal((await get(`${GUID}.jpg`)).status, status);
    assert.equal(asked.length, before, "it is not fetched for everybody who asks");
    assert.equal(said.length, 1, "it is said once");
  });
}

test("a body of 50 MB is given up where the limit is", async (t) => {
  let sent = 0;
  const { get } = await bench(t, {
    answer: (_request, response) => {
      const part = Buffer.concat([PICTURE, Buffer.alloc(256 * 1024)]);
      const more = (): void => {
        while (sent < 50 * 1024 * 1024) {
          sent += part.length;
          if (!response.write(part)) {
            response.once("drain", more);
            return;
          }
        }
        response.end();
      };
      more();
    },
  });
  assert.equal((await get(`${GUID}.jpg`)).status, 502);
  assert.ok(sent < 25 * 1024 * 1024, `${String(sent)} bytes were sent`);
});

test("when too many pictures are asked for at once, some are told to come again soon", async (t) => {
  const held = Promise.withResolvers<undefined>();
  const small = await twoHalves(20, 10, "jpeg");
  const { get, photos, asked } = await bench(t, {
    answer: (_request, response) => {
      void held.promise.then(() => response.end(small));
    },
  });
  const guids = Array.from({ length: 220 }, (_, index) => guidNumber(1_000 + index));
  for (const guid of guids) {
    photos.set(guid, { url: `https://upload.example.org/${guid}.jpg`, audience: "public" });
  }
  const early: Response[] = [];
  const running = guids.map(async (guid) => {
    const answer = await get(`thumb_small_${guid}.jpg`);
    early.push(answer);
    return answer;
  });
  while (early.length < 116) await sleep(5);
  for (const answer of early) {
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "5"]);
  }
  assert.ok(asked.length <= 4, "so many sources of one host at a time, no more");
  held.resolve(undefined);
  const answers = await Promise.all(running);
  assert.equal(answers.filter((answer) => answer.status === 200).length, 104);
  const again = guids[answers.findIndex((answer) => answer.status === 503)];
  assert.equal((await get(`thumb_small_${again ?? ""}.jpg`)).status, 200);
});

test("a server that is slow keeps nobody from the pictures of another", async (t) => {
  const { get, photos, asked } = await bench(t, {
    answer: (request, response) => {
      if (request.headers.host === "other.example.org") response.end(PICTURE);
    },
  });
  const slow = Array.from({ length: 150 }, (_, index) => guidNumber(1_000 + index));
  for (const guid of slow) {
    photos.set(guid, { url: `https://upload.example.org/${guid}.jpg`, audience: "public" });
  }
  photos.set(GUID, { url: "https://other.example.org/a.jpg", audience: "public" });
  const refused: number[] = [];
  for (const guid of slow) {
    // Those that wait are cut off when the test ends.
    get(`${guid}.jpg`).then(
      ({ status }) => refused.push(status),
      () => undefined,
    );
  }
  while (refused.length < 46) await sleep(5);
  assert.equal((await get(`thumb_small_${GUID}.jpg`)).status, 200);
  assert.equal(asked.filter((path) => path !== "/a.jpg").length, 4);
  assert.deepEqual(new Set(refused), new Set([503]));
});

test("an address that is none is refused like a forbidden one", async (t) => {
  const { get, photos } = await bench(t);
  photos.set(GUID, { url: "https://[not an address", audience: "public" });
  assert.equal((await get(`${GUID}.jpg`)).status, 502);
});

for (const [what, name] of [
  ["NUL", `${GUID}%00.jpg`],
  ["NUL at the end", `${GUID}.jpg%00`],
  ["a line end", `${GUID}.jpg%0a`],
  ["a folder", `x%2F${GUID}.jpg`],
  ["a folder above", `..%2f${GUID}.jpg`],
  ["a doubled escape", `${GUID}%252ejpg`],
  ["broken UTF-8", `%ff${GUID}.jpg`],
  ["upper case", `${GUID.toUpperCase()}.jpg`],
  ["an ending in upper case", `${GUID}.JPG`],
  ["a final slash", `${GUID}.jpg/`],
  ["two sizes", `thumb_small_thumb_large_${GUID}.jpg`],
] as const) {
  test(`a name with ${what} is no name of a picture`, async (t) => {
    const { get, asked } = await bench(t);
    const { status } = await get(name);
    assert.ok(status === 404 || status === 400, String(status));
    assert.deepEqual(asked, []);
  });
}

test("a part of a picture is not asked for: the whole comes, and says so", async (t) => {
  const { get } = await bench(t);
  const answer = await get(`${GUID}.jpg`, { range: "bytes=0-9" });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-range"), null);
  assert.equal((await bytesOf(answer)).length, Number(answer.headers.get("content-length")));
});

test("under whatever ending it is asked for, a picture says its true type", async (t) => {
  const { get, asked } = await bench(t);
  for (const ending of ["jpg", "png", "gif", "webp"]) {
    const answer = await get(`thumb_small_${GUID}.${ending}?v=1`);
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "image/jpeg"]);
  }
  assert.equal(asked.length, 1);
});

test("a deleted picture is not even confirmed to those who have it", async (t) => {
  const { get, photos } = await bench(t);
  const etag = (await get(`${GUID}.jpg`)).headers.get("etag") ?? "";
  photos.delete(GUID);
  for (const method of ["GET", "HEAD"] as const) {
    assert.equal((await get(`${GUID}.jpg`, { "if-none-match": etag }, method)).status, 404);
  }
});

test("a picture whose post goes while it is being fetched is not shown", async (t) => {
  const { get, photos, asked } = await bench(t, {
    answer: (_request, response) => {
      photos.delete(GUID);
      response.end(PICTURE);
    },
  });
  assert.equal((await get(`${GUID}.jpg`)).status, 404);
  assert.equal(asked.length, 1);
});
