import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { parseGuid, type Guid } from "../../../src/activitystreams/ids.ts";
import { askPod, deliverPrivate, deliverPublic } from "../../../src/federation/deliver.ts";
import { createGuardedHttp, type GuardedHttp } from "../../../src/http/client.ts";
import { loopbackServer, readAll } from "../http/loopback-server.ts";

function client(t: TestContext, development = true): GuardedHttp {
  const http = createGuardedHttp({
    version: "1.2.3",
    allowHttp: development,
    allowPrivateAddresses: development,
  });
  t.after(() => http.close());
  return http;
}

function guid(text: string): Guid {
  const parsed = parseGuid(text);
  assert.ok(parsed !== null);
  return parsed;
}

const ALICE = guid("7dae6fe029d3013a8ab000155d0b3a1b");

test("a public message goes to /receive/public of the pod, as a magic envelope", async (t) => {
  const seen: string[] = [];
  const server = await loopbackServer(t, (request, response) => {
    void readAll(request).then((body) => {
      seen.push(`${request.url ?? ""} ${request.headers["content-type"] ?? ""} ${body}`);
      response.writeHead(202).end();
    });
  });
  const outcome = await deliverPublic(`${server.origin}/`, "<me:env/>", client(t));
  assert.deepEqual(outcome, { kind: "delivered", status: 202 });
  assert.deepEqual(seen, ["/receive/public application/magic-envelope+xml <me:env/>"]);
});

for (const [text, path] of [
  [ALICE, `/receive/users/${ALICE}`],
  ["0123456789abcdef@hubzilla.example", "/receive/users/0123456789abcdef%40hubzilla.example"],
  ["a:b_c-d.e:0123456789abcdef", "/receive/users/a%3Ab_c-d.e%3A0123456789abcdef"],
] as const) {
  test(`a private message for ${text} goes to that person's path, as JSON`, async (t) => {
    const seen: string[] = [];
    const server = await loopbackServer(t, (request, response) => {
      seen.push(`${request.url ?? ""} ${request.headers["content-type"] ?? ""}`);
      response.end();
    });
    // A path in the seed location is dropped.
    const outcome = await deliverPrivate(`${server.origin}/sub/dir/`, guid(text), "{}", client(t));
    assert.deepEqual(outcome, { kind: "delivered", status: 200 });
    assert.deepEqual(seen, [`${path} application/json`]);
  });
}

const KINDS: Readonly<Record<number, "delivered" | "refused" | "unreachable">> = {
  200: "delivered",
  202: "delivered",
  204: "delivered",
  303: "unreachable",
  400: "refused",
  403: "refused",
  404: "refused",
  410: "refused",
  413: "refused",
  422: "refused",
  429: "unreachable",
  500: "refused",
  501: "refused",
  502: "unreachable",
  503: "unreachable",
  504: "unreachable",
};

for (const [status, kind] of Object.entries(KINDS)) {
  test(`a pod that answers ${status}: ${kind}`, async (t) => {
    const server = await loopbackServer(t, (_request, response) => {
      response.writeHead(Number(status), { "retry-after": "77" }).end();
    });
    const outcome = await deliverPublic(server.origin, "<me:env/>", client(t));
    assert.equal(outcome.kind, kind);
    if (outcome.kind === "unreachable") assert.equal(outcome.retryAfterSeconds, 77);
  });
}

for (const [status, toPerson, toPod] of [
  [404, "soon", "late"],
  [410, "now", "now"],
  [422, "late", "late"],
  [500, "late", "late"],
] as const) {
  test(`an answer of ${String(status)} ends the tries ${toPerson} for a person, ${toPod} for a pod`, async (t) => {
    const server = await loopbackServer(t, (_request, response) => {
      response.writeHead(status).end();
    });
    const http = client(t);
    const forPerson = await deliverPrivate(server.origin, ALICE, "{}", http);
    const forPod = await deliverPublic(server.origin, "<me:env/>", http);
    assert.ok(forPerson.kind === "refused" && forPod.kind === "refused");
    assert.deepEqual([forPerson.ends, forPod.ends], [toPerson, toPod]);
  });
}

for (const [status, kind] of [
  [200, "delivered"],
  [404, "unreachable"],
  [503, "unreachable"],
] as const) {
  test(`a pod whose NodeInfo answers ${String(status)} when it is asked: ${kind}`, async (t) => {
    const asked: string[] = [];
    const server = await loopbackServer(t, (request, response) => {
      asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
      response.writeHead(status).end();
    });
    assert.equal((await askPod(`${server.origin}/`, client(t))).kind, kind);
    assert.deepEqual(asked, ["GET /.well-known/nodeinfo"]);
  });
}

test("a pod that redirects to another host is unreachable, and the message is not carried there", async (t) => {
  const other = await loopbackServer(t, (_request, response) => response.end());
  const server = await loopbackServer(t, (_request, response) => {
    response.writeHead(302, { location: `${other.origin}/receive/public` }).end();
  });
  assert.equal((await deliverPublic(server.origin, "x", client(t))).kind, "unreachable");
  assert.equal(other.connections(), 0);
});

for (const [what, podUrl] of [
  ["a closed port", "http://127.0.0.1:1029/"],
  ["no TLS behind https", "https://127.0.0.1:1029/"],
  ["no URL", "nonsense"],
] as const) {
  test(`${what} is unreachable`, async (t) => {
    const outcome = await deliverPublic(podUrl, "x", client(t));
    assert.equal(outcome.kind, "unreachable");
  });
}

test("a seed location on a private address is never dialled", async (t) => {
  const server = await loopbackServer(t, (_request, response) => response.end());
  for (const podUrl of [`https://127.0.0.1:${String(server.port)}/`, server.origin]) {
    const outcome = await deliverPublic(podUrl, "x", client(t, false));
    assert.equal(outcome.kind, "unreachable");
    assert.match(outcome.detail, /DX_ADDRESS_FORBIDDEN/);
  }
  assert.equal(server.connections(), 0);
});
