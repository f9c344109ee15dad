import assert from "node:assert/strict";
import { connect } from "node:net";
import { test, type TestContext } from "node:test";
import { DxError } from "../../../src/errors/error.ts";
import {
  buildHttpServer,
  type HttpLimits,
  type HttpServerOptions,
} from "../../../src/http/server.ts";
import { bodyOf, perMinute, queryValue, type Routes } from "../../../src/http/routes.ts";
import { silentLog, type LogFields } from "../../../src/log/log.ts";

interface Running {
  readonly origin: string;
  readonly port: number;
  readonly close: (graceMs?: number) => Promise<void>;
}

async function serve(
  t: TestContext,
  routes: readonly Routes[],
  options: Partial<HttpServerOptions> = {},
): Promise<Running> {
  const server = await buildHttpServer(
    {
      version: "1.2.3",
      log: silentLog,
      ready: () => Promise.resolve({ ok: true, json: "{}" }),
      ...options,
    },
    routes,
  );
  const port = await server.listen("127.0.0.1", 0);
  t.after(() => server.close(0));
  return { origin: `http://127.0.0.1:${String(port)}`, port, close: server.close };
}

const counted: Partial<HttpLimits> = { exemptLoopback: false };

test("the front page, robots.txt, liveness and readiness answer 200", async (t) => {
  const { origin } = await serve(t, []);
  for (const [path, type] of [
    ["/", "text/html; charset=utf-8"],
    ["/robots.txt", "text/plain; charset=utf-8"],
    ["/live", "text/plain; charset=utf-8"],
    ["/ready", "application/json; charset=utf-8"],
  ] as const) {
    const answer = await fetch(origin + path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get("content-type"), type);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  }
});

for (const [what, ready] of [
  ["says no", () => Promise.resolve({ ok: false, json: "{}" })],
  ["fails", () => Promise.reject(new Error("secret"))],
] as const) {
  test(`/ready is 503 with Retry-After when the check ${what}; /live is not touched by it`, async (t) => {
    const { origin } = await serve(t, [], { ready });
    const answer = await fetch(`${origin}/ready`);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "60");
    assert.doesNotMatch(await answer.text(), /secret/);
    assert.equal((await fetch(`${origin}/live`)).status, 200);
  });
}

const THROWN: readonly (readonly [string, unknown, number, string | null])[] = [
  ["backlog", new DxError("DX_BACKLOG_FULL"), 503, "60"],
  ["store", new DxError("DX_STORE_UNAVAILABLE", { detail: "postgres://secret" }), 503, "60"],
  ["forbidden", new DxError("DX_FORBIDDEN"), 403, null],
  ["unforeseen", new Error("secret at /home/x.ts:1"), 500, null],
];

for (const [name, error, status, retryAfter] of THROWN) {
  test(`an error of a handler (${name}) is ${String(status)} by the registry, without a word from inside`, async (t) => {
    const logged: LogFields[] = [];
    const log = { ...silentLog, error: (fields: LogFields) => logged.push(fields) };
    const { origin } = await serve(
      t,
      [
        (app) =>
          app.get("/fail", () => Promise.reject(error instanceof Error ? error : new Error())),
      ],
      { log },
    );
    const answer = await fetch(`${origin}/fail`);
    const text = await answer.text();
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("retry-after"), retryAfter);
    assert.doesNotMatch(text, /secret|\.ts|at /);
    assert.equal(logged.length, status >= 500 ? 1 : 0);
  });
}

test("an unknown path is 404", async (t) => {
  const { origin } = await serve(t, []);
  const answer = await fetch(`${origin}/wp-login.php`);
  assert.equal(answer.status, 404);
  assert.deepEqual(await answer.json(), {
    error: "DX_ITEM_NOT_FOUND",
    message: "there is no such thing here",
  });
});

const echo: Routes = (app) => {
  app.post("/echo", (request, reply) => reply.send(bodyOf(request)));
  app.post("/big", { bodyLimit: 200_000 }, (request, reply) =>
    reply.send(String(bodyOf(request).length)),
  );
  app.get("/q", (request, reply) => reply.send(queryValue(request, "a") ?? "none"));
  app.get("/ip", (request, reply) => reply.send(request.ip));
};

test("every body arrives as bytes, whatever its type says", async (t) => {
  const { origin } = await serve(t, [echo]);
  const body = Buffer.from([0, 255, 123, 10]);
  for (const type of ["application/json", "text/plain; charset=latin1", "x/y"]) {
    const answer = await fetch(`${origin}/echo`, {
      method: "POST",
      body,
      headers: { "content-type": type },
    });
    assert.deepEqual(Buffer.from(await answer.arrayBuffer()), body);
  }
  const empty = await fetch(`${origin}/echo`, { method: "POST" });
  assert.equal(await empty.text(), "");
});

test("a body over the limit is 413, with a declared length and without", async (t) => {
  const { origin } = await serve(t, [echo], { limits: { bodyBytes: 1000 } });
  const post = (path: string, body: string | ReadableStream) =>
    fetch(origin + path, { method: "POST", body, duplex: "half" });
  assert.equal((await post("/echo", "x".repeat(1000))).status, 200);
  assert.equal((await post("/echo", "x".repeat(1001))).status, 413);
  const chunks = new ReadableStream({
    start: (controller) => {
      controller.enqueue(new Uint8Array(600));
      controller.enqueue(new Uint8Array(600));
      controller.close();
    },
  });
  assert.equal((await post("/echo", chunks)).status, 413);
  assert.equal(await (await post("/big", "x".repeat(200_000))).text(), "200000");
  assert.equal((await post("/big", "x".repeat(200_001))).status, 413);
});

for (const [query, expected] of [
  ["?a=1", "1"],
  ["?a=1&a=2", "1"],
  ["?b=1", "none"],
  ["", "none"],
  ["?__proto__=x", "none"],
  ["?a=%zz", "%zz"],
] as const) {
  test(`the query "${query}" gives ${expected}`, async (t) => {
    const { origin } = await serve(t, [echo]);
    assert.equal(await (await fetch(`${origin}/q${query}`)).text(), expected);
  });
}

test("too many requests from one address are 429 with Retry-After", async (t) => {
  const { origin } = await serve(t, [echo], { limits: { ...counted, requestsPerMinute: () => 3 } });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1) statuses.push((await fetch(`${origin}/q`)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  const answer = await fetch(`${origin}/q`);
  assert.ok(Number(answer.headers.get("retry-after")) > 0);
  assert.deepEqual(await answer.json(), {
    error: "DX_RATE_LIMITED",
    message: "too many requests from this address",
  });
});

test("a route with a limit of its own is counted apart", async (t) => {
  const routes: Routes = (app) =>
    app.get("/own", perMinute(1), (_request, reply) => reply.send("x"));
  const { origin } = await serve(t, [routes, echo], {
    limits: { ...counted, requestsPerMinute: () => 2 },
  });
  assert.equal((await fetch(`${origin}/own`)).status, 200);
  assert.equal((await fetch(`${origin}/own`)).status, 429);
  assert.equal((await fetch(`${origin}/q`)).status, 200);
});

test("guesses at paths that do not exist are counted like requests that do", async (t) => {
  const { origin } = await serve(t, [], { limits: { ...counted, requestsPerMinute: () => 2 } });
  const statuses: number[] = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await fetch(`${origin}/n${String(n)}`)).status);
  assert.deepEqual(statuses, [404, 404, 429]);
});

test("loopback is not counted by default", async (t) => {
  const { origin } = await serve(t, [echo], { limits: { requestsPerMinute: () => 1 } });
  for (let n = 0; n < 5; n += 1) assert.equal((await fetch(`${origin}/q`)).status, 200);
});

test("only a declared proxy's word about the address counts", async (t) => {
  const headers = { "x-forwarded-for": "203.0.113.66, 198.51.100.7" };
  const open = await serve(t, [echo]);
  assert.equal(await (await fetch(`${open.origin}/ip`, { headers })).text(), "127.0.0.1");
  const behind = await serve(t, [echo], { trustedProxies: () => ["127.0.0.0/8"] });
  // The last hop that is no proxy of ours: what stands before it anybody can write.
  assert.equal(await (await fetch(`${behind.origin}/ip`, { headers })).text(), "198.51.100.7");
});

/** What the server says to raw bytes, and after how long it hangs up. */
function speak(port: number, bytes: string, drip?: string): Promise<{ text: string; ms: number }> {
  return new Promise((resolve) => {
    const start = performance.now();
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const timer = setInterval(() => {
      if (drip !== undefined) socket.write(drip);
    }, 20);
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      resolve({ text, ms: performance.now() - start });
    });
  });
}

const slow = { headersTimeoutMs: 150, requestTimeoutMs: 300, checkIntervalMs: 20 };

test("a slow loris that drips header lines is cut off", async (t) => {
  const { port } = await serve(t, [echo], { limits: slow });
  const { text, ms } = await speak(port, "POST /echo HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n");
  assert.match(text, /^HTTP\/1\.1 408/);
  assert.ok(ms < 2000);
});

test("a slow loris that drips its body is cut off", async (t) => {
  const { port } = await serve(t, [echo], { limits: slow });
  const { text, ms } = await speak(
    port,
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n",
    "x",
  );
  assert.match(text, /^HTTP\/1\.1 408/);
  assert.ok(ms < 2000);
});

test("a connection that says nothing is closed", async (t) => {
  const { port } = await serve(t, [echo], { limits: { ...slow, idleTimeoutMs: 100 } });
  assert.ok((await speak(port, "")).ms < 2000);
});

test("headers over the limit are refused", async (t) => {
  const { origin } = await serve(t, [echo], { limits: { headerBytes: 2000 } });
  const answer = await fetch(`${origin}/q`, { headers: { "x-long": "x".repeat(3000) } });
  assert.equal(answer.status, 431);
});

test("connections over the limit are dropped", async (t) => {
  const { port } = await serve(t, [echo], { limits: { connections: 2 } });
  const held = [connect(port, "127.0.0.1"), connect(port, "127.0.0.1")];
  t.after(() => {
    for (const socket of held) socket.destroy();
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await speak(port, "GET /live HTTP/1.1\r\nHost: x\r\n\r\n")).text, "");
});

test("closing lets a request that is under way finish and takes no other", async (t) => {
  let release: () => void = () => undefined;
  const entered = new Promise<void>((resolve) => {
    release = resolve;
  });
  const routes: Routes = (app) => {
    app.get("/slow", async () => {
      release();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return "done";
    });
  };
  const { origin, close } = await serve(t, [routes]);
  const answer = fetch(`${origin}/slow`).then((response) => response.text());
  await entered;
  const closed = close();
  assert.equal(await answer, "done");
  await closed;
  await assert.rejects(fetch(`${origin}/live`));
});

test("closing cuts a request that outlasts the grace", async (t) => {
  let release: () => void = () => undefined;
  const entered = new Promise<void>((resolve) => {
    release = resolve;
  });
  const routes: Routes = (app) => {
    app.get("/stuck", () => {
      release();
      return new Promise<string>(() => undefined);
    });
  };
  const { origin, close } = await serve(t, [routes]);
  const answer = assert.rejects(fetch(`${origin}/stuck`));
  await entered;
  const start = performance.now();
  await close(50);
  await answer;
  assert.ok(performance.now() - start < 2000);
});
