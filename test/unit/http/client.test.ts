import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { test, type TestContext } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import {
  createGuardedHttp,
  type GuardedHttp,
  type GuardedHttpOptions,
} from "../../../src/http/client.ts";
import { loopbackServer, readAll } from "./loopback-server.ts";

function client(t: TestContext, options: Partial<GuardedHttpOptions> = {}): GuardedHttp {
  const http = createGuardedHttp({
    version: "1.2.3",
    allowHttp: true,
    allowPrivateAddresses: true,
    ...options,
  });
  t.after(() => http.close());
  return http;
}

function code(expected: ErrorCode): (error: unknown) => boolean {
  return (error) => isDxError(error, expected);
}

test("a GET carries our name, the accept header, and gives status, headers and body", async (t) => {
  const server = await loopbackServer(t, (request, response) => {
    response.setHeader(
      "x-seen",
      `${request.headers["user-agent"] ?? ""}|${request.headers.accept ?? ""}`,
    );
    response.statusCode = 404;
    response.end("café");
  });
  const answer = await client(t).get(`${server.origin}/x`, { accept: "application/jrd+json" });
  assert.equal(answer.status, 404);
  assert.equal(answer.headers["x-seen"], "Diaspora-X/1.2.3|application/jrd+json");
  assert.equal(answer.body.toString(), "café");
  assert.equal(answer.url, `${server.origin}/x`);
});

test("in production neither http nor a private address is contacted", async (t) => {
  const server = await loopbackServer(t, (_request, response) => response.end());
  const http = client(t, { allowHttp: false, allowPrivateAddresses: false });
  await assert.rejects(http.get(`${server.origin}/`), code("DX_ADDRESS_FORBIDDEN"));
  await assert.rejects(
    http.get(`https://127.0.0.1:${String(server.port)}/`),
    code("DX_ADDRESS_FORBIDDEN"),
  );
  assert.equal(server.connections(), 0);
});

test("a name that resolves to a private address is not dialled", async (t) => {
  const server = await loopbackServer(t, (_request, response) => response.end("secret"));
  for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "10.1.2.3"]) {
    const family = address.includes(":") ? 6 : 4;
    const http = client(t, {
      allowPrivateAddresses: false,
      resolve: () => Promise.resolve([{ address, family }]),
    });
    await assert.rejects(
      http.get(`http://rebind.example:${String(server.port)}/`),
      code("DX_ADDRESS_FORBIDDEN"),
    );
  }
  assert.equal(server.connections(), 0);
});

test("a name that the operator wrote down may lead to a private address, and no other", async (t) => {
  const server = await loopbackServer(t, (request, response) => {
    if (request.url === "/away") {
      response.writeHead(302, { location: `http://router.example:${String(server.port)}/` });
    }
    response.end("picture");
  });
  const http = client(t, {
    allowPrivateAddresses: false,
    privateHosts: ["upload.example", "127.0.0.1"],
    resolve: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
  });
  const port = String(server.port);
  const answer = await http.get(`http://upload.example:${port}/a.jpg`);
  assert.equal(answer.body.toString(), "picture");
  for (const url of [
    `http://router.example:${port}/`,
    `http://upload.example:${port}/away`,
    `http://127.0.0.1:${port}/a.jpg`,
  ]) {
    await assert.rejects(http.get(url), code("DX_ADDRESS_FORBIDDEN"), url);
  }
});

test("a mapped name is dialled by plain HTTP whatever the scheme, under its own name", async (t) => {
  const server = await loopbackServer(t, (request, response) => {
    if (request.url === "/here")
      response.writeHead(302, { location: "https://b.laptop.local/there" });
    response.end(request.headers.host);
  });
  const place = { address: "127.0.0.1", port: server.port };
  const http = client(t, {
    allowHttp: false,
    allowPrivateAddresses: false,
    names: new Map([
      ["a.laptop.local", place],
      ["b.laptop.local", place],
      ["localhost:4001", place],
    ]),
  });
  for (const [url, host] of [
    ["https://a.laptop.local/x", "a.laptop.local"],
    ["http://a.laptop.local/x", "a.laptop.local"],
    ["https://localhost:4001/x", "localhost:4001"],
    ["https://a.laptop.local/here", "b.laptop.local"],
  ] as const) {
    assert.equal((await http.get(url)).body.toString(), host);
  }
  await assert.rejects(http.get("http://c.laptop.local/"), code("DX_ADDRESS_FORBIDDEN"));
  await assert.rejects(http.get("https://localhost:4002/"), code("DX_ADDRESS_FORBIDDEN"));
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a GET follows four redirects with status ${String(status)}, and not a fifth`, async (t) => {
    const server = await loopbackServer(t, (request, response) => {
      const left = Number(request.url?.slice(1));
      if (left > 0) response.writeHead(status, { location: `/${String(left - 1)}` });
      response.end("end");
    });
    const http = client(t);
    const answer = await http.get(`${server.origin}/4`);
    assert.equal(answer.url, `${server.origin}/0`);
    assert.equal(answer.body.toString(), "end");
    await assert.rejects(http.get(`${server.origin}/5`), code("DX_HTTP_REDIRECT"));
  });
}

const FORBIDDEN_TARGETS: Readonly<Record<string, ErrorCode>> = {
  "https://169.254.169.254/latest": "DX_ADDRESS_FORBIDDEN",
  "https://[::1]/": "DX_ADDRESS_FORBIDDEN",
  "http://pod.example/": "DX_ADDRESS_FORBIDDEN",
  "file:///etc/passwd": "DX_ADDRESS_FORBIDDEN",
  "https://user@pod.example/": "DX_ADDRESS_FORBIDDEN",
  "https://pod.example:22/": "DX_ADDRESS_FORBIDDEN",
  "https://private.example/": "DX_ADDRESS_FORBIDDEN",
  "http://[": "DX_HTTP_REDIRECT",
};

for (const [location, expected] of Object.entries(FORBIDDEN_TARGETS)) {
  test(`a redirect to ${location} is not followed`, async (t) => {
    const server = await loopbackServer(t, (_request, response) => {
      response.writeHead(302, { location }).end();
    });
    const http = client(t, {
      allowHttp: false,
      allowPrivateAddresses: false,
      names: new Map([["start.local", { address: "127.0.0.1", port: server.port }]]),
      resolve: () => Promise.resolve([{ address: "192.168.0.1", family: 4 }]),
    });
    await assert.rejects(http.get("https://start.local/"), code(expected));
  });
}

test("a redirect without Location is an error of the peer", async (t) => {
  const server = await loopbackServer(t, (_request, response) => response.writeHead(302).end());
  await assert.rejects(client(t).get(`${server.origin}/`), code("DX_HTTP_REDIRECT"));
});

test("a POST sends its body again along two redirects on the same host, not along three", async (t) => {
  const seen: string[] = [];
  const server = await loopbackServer(t, (request, response) => {
    void readAll(request).then((body) => {
      seen.push(`${request.method ?? ""} ${request.headers["content-type"] ?? ""} ${body}`);
      const left = Number(request.url?.slice(1));
      if (left > 0) response.writeHead(302, { location: `/${String(left - 1)}` });
      response.end();
    });
  });
  const http = client(t);
  const message = { contentType: "application/json", body: "{}" };
  assert.equal((await http.post(`${server.origin}/2`, message)).status, 200);
  assert.deepEqual(seen, Array(3).fill("POST application/json {}"));
  await assert.rejects(http.post(`${server.origin}/3`, message), code("DX_HTTP_REDIRECT"));
});

test("a POST is not carried to another host or port", async (t) => {
  const other = await loopbackServer(t, (_request, response) => response.end());
  const server = await loopbackServer(t, (_request, response) => {
    response.writeHead(307, { location: `${other.origin}/` }).end();
  });
  const message = { contentType: "application/json", body: "{}" };
  await assert.rejects(client(t).post(`${server.origin}/`, message), code("DX_HTTP_REDIRECT"));
  assert.equal(other.connections(), 0);
});

test("a body at the limit is read, one byte more is not", async (t) => {
  const server = await loopbackServer(t, (request, response) => {
    response.end("x".repeat(Number(request.url?.slice(1))));
  });
  const http = client(t);
  assert.equal((await http.get(`${server.origin}/1000`, { maxBytes: 1000 })).body.length, 1000);
  await assert.rejects(
    http.get(`${server.origin}/1001`, { maxBytes: 1000 }),
    code("DX_HTTP_TOO_BIG"),
  );
  await assert.rejects(
    http.get(`${server.origin}/${String(1024 * 1024 + 1)}`),
    code("DX_HTTP_TOO_BIG"),
  );
});

for (const [coding, compress] of [
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
] as const) {
  test(`${coding} is decoded, and its bomb is counted after decompression`, async (t) => {
    const small = compress(Buffer.from("café"));
    const bomb = compress(Buffer.alloc(50 * 1024 * 1024));
    const server = await loopbackServer(t, (request, response) => {
      response.setHeader("content-encoding", coding);
      response.end(request.url === "/bomb" ? bomb : small);
    });
    const http = client(t);
    assert.equal((await http.get(`${server.origin}/`)).body.toString(), "café");
    await assert.rejects(http.get(`${server.origin}/bomb`), code("DX_HTTP_TOO_BIG"));
  });
}

const BAD_CODINGS: Readonly<Record<string, Buffer>> = {
  "gzip, gzip": gzipSync(gzipSync("x")),
  compress: Buffer.from("x"),
  gzip: Buffer.from("this is no gzip"),
};

for (const [coding, body] of Object.entries(BAD_CODINGS)) {
  test(`a body that cannot be decoded from "${coding}" is an error of the peer`, async (t) => {
    const server = await loopbackServer(t, (_request, response) => {
      response.setHeader("content-encoding", coding);
      response.end(body);
    });
    await assert.rejects(client(t).get(`${server.origin}/`), code("DX_HTTP_STATUS"));
  });
}

test("a truncated gzip body is an error, not a short document", async (t) => {
  const server = await loopbackServer(t, (_request, response) => {
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync("x".repeat(10_000)).subarray(0, 30));
  });
  await assert.rejects(client(t).get(`${server.origin}/`), (error) => isDxError(error));
});

test("no answer, and a body that drips, end at the time limit of the whole chain", async (t) => {
  const server = await loopbackServer(t, (request, response) => {
    if (request.url === "/silent") return;
    if (request.url === "/loop") {
      setTimeout(() => response.writeHead(302, { location: "/loop" }).end(), 60);
      return;
    }
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => {
      clearInterval(timer);
    });
  });
  const http = client(t);
  for (const path of ["/silent", "/drip", "/loop"]) {
    const start = performance.now();
    await assert.rejects(
      http.get(server.origin + path, { timeoutMs: 150 }),
      code("DX_HTTP_TIMEOUT"),
    );
    assert.ok(performance.now() - start < 1500);
  }
});

test("a POST that is not answered ends at its time limit", async (t) => {
  const server = await loopbackServer(t, () => undefined);
  const message = { contentType: "text/plain", body: "x", timeoutMs: 100 };
  await assert.rejects(client(t).post(`${server.origin}/`, message), code("DX_HTTP_TIMEOUT"));
});

test("a POST that waits for a connection ends at its time limit and is never sent", async (t) => {
  const held: ServerResponse[] = [];
  const server = await loopbackServer(t, (_request, response) => held.push(response));
  const http = client(t);
  const message = { contentType: "a/b", body: "x" };
  const others = Array.from({ length: 16 }, () => http.post(`${server.origin}/`, message));
  const late = http.post(`${server.origin}/`, { ...message, timeoutMs: 100 });
  await assert.rejects(late, code("DX_HTTP_TIMEOUT"));
  while (held.length < 16) await sleep(5);
  for (const response of held) response.end();
  await Promise.all(others);
  const next = http.post(`${server.origin}/`, message);
  while (held.length < 17) await sleep(5);
  held.at(-1)?.end();
  await next;
  assert.equal(held.length, 17);
});

test("the status is the answer to a POST, though the rest of it never comes", async (t) => {
  const server = await loopbackServer(t, (_request, response) => {
    response.writeHead(202, { "content-length": "100" });
    response.write("tak");
  });
  const http = client(t, { timeoutMs: 300 });
  const answer = await http.post(`${server.origin}/`, { contentType: "a/b", body: "x" });
  assert.deepEqual([answer.status, answer.bodyExcerpt], [202, "tak"]);
});

test("a closed port and an unknown name are unreachable", async (t) => {
  const http = client(t);
  await assert.rejects(http.get("http://127.0.0.1:1029/"), code("DX_HTTP_UNREACHABLE"));
  const lost = client(t, { resolve: () => Promise.reject(new Error("ENOTFOUND")) });
  await assert.rejects(lost.get("http://lost.example/"), code("DX_HTTP_UNREACHABLE"));
});

test("headers without end are too big", async (t) => {
  const server = await loopbackServer(t, (_request, response) => {
    response.setHeader("x-long", "x".repeat(40_000)).end();
  });
  await assert.rejects(client(t).get(`${server.origin}/`), code("DX_HTTP_TOO_BIG"));
});

const RETRY_AFTERS: readonly (readonly [string | null, (seconds: number | null) => boolean])[] = [
  [null, (s) => s === null],
  ["120", (s) => s === 120],
  ["999999999", (s) => s === 86_400],
  ["-5", (s) => s === null],
  ["soon", (s) => s === null],
  [new Date(Date.now() + 60_000).toUTCString(), (s) => s !== null && s > 50 && s <= 61],
  ["Wed, 21 Oct 2015 07:28:00 GMT", (s) => s === 0],
];

for (const [header, expected] of RETRY_AFTERS) {
  test(`Retry-After: ${header ?? "absent"}`, async (t) => {
    const server = await loopbackServer(t, (_request, response) => {
      if (header !== null) response.setHeader("retry-after", header);
      response.writeHead(503).end("busy");
    });
    const answer = await client(t).post(`${server.origin}/`, { contentType: "a/b", body: "x" });
    assert.equal(answer.status, 503);
    assert.equal(answer.bodyExcerpt, "busy");
    assert.ok(expected(answer.retryAfterSeconds), String(answer.retryAfterSeconds));
  });
}

test("a POST keeps 512 bytes of what the peer says, however much it says", async (t) => {
  const server = await loopbackServer(t, (_request, response) => {
    response.writeHead(500);
    const timer = setInterval(() => response.write("x".repeat(8192)), 1);
    response.on("close", () => {
      clearInterval(timer);
    });
  });
  const answer = await client(t).post(`${server.origin}/`, { contentType: "a/b", body: "x" });
  assert.equal(answer.status, 500);
  assert.equal(answer.bodyExcerpt.length, 512);
});

test("requests to one origin share kept-alive connections", async (t) => {
  const server = await loopbackServer(t, (_request, response) => response.end("ok"));
  const http = client(t);
  for (let n = 0; n < 10; n += 1) {
    await http.post(`${server.origin}/`, { contentType: "a/b", body: "x" });
    await http.get(`${server.origin}/`);
  }
  // A second one is opened where a request follows before the first connection is idle again.
  assert.ok(server.connections() <= 2, String(server.connections()));
});

test("a kept-alive connection that the peer has just closed costs no message", async (t) => {
  let first = true;
  const server = await loopbackServer(t, (request, response) => {
    if (request.method === "POST" && first) {
      first = false;
      request.socket.destroy();
      return;
    }
    response.end("ok");
  });
  const http = client(t);
  await http.get(`${server.origin}/`);
  assert.equal(
    (await http.post(`${server.origin}/`, { contentType: "a/b", body: "x" })).status,
    200,
  );
});
