import assert from "node:assert/strict";
import { test } from "node:test";
import { isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { discoverPerson } from "../../../src/federation/discover.ts";
import { createGuardedHttp } from "../../../src/http/client.ts";
import { generateKeyPair } from "../../../src/salmon/keys.ts";
import { loopbackServer } from "../http/loopback-server.ts";
import {
  ALICE,
  ALICE_GUID,
  fakePod,
  HCARD_PATH,
  hcard,
  hostMeta,
  jrd,
  JRD_PATH,
  xrd,
  type Page,
  type Pages,
} from "./fake-pod.ts";
import { diasporaId } from "./people.ts";

const { publicPem } = await generateKeyPair(1024);
const alice = diasporaId(ALICE);

test("a person is found by WebFinger and hCard, two requests", async (t) => {
  const { http, asked } = await fakePod(t, { [JRD_PATH]: jrd(), [HCARD_PATH]: hcard(publicPem) });
  const person = await discoverPerson(alice, http);
  assert.deepEqual(
    { ...person, publicKeyPem: person.publicKeyPem.trim() },
    {
      diasporaId: ALICE,
      guid: ALICE_GUID,
      publicKeyPem: publicPem.trim(),
      podUrl: "https://pod.example/",
      name: "Alice Älfrun",
      photoUrl: "https://pod.example/uploads/alice.png",
    },
  );
  assert.deepEqual(asked, [JRD_PATH, HCARD_PATH]);
});

test("the hCard may be on another host, and a path of the seed location is dropped", async (t) => {
  const { http } = await fakePod(t, {
    [JRD_PATH]: jrd({
      hcard: "https://cards.example/alice",
      seed: "https://cards.example/diaspora/",
    }),
    "/alice": hcard(publicPem),
  });
  assert.equal((await discoverPerson(alice, http)).podUrl, "https://cards.example/");
});

for (const [what, first] of [
  ["404", { status: 404 }],
  ["406", { status: 406 }],
  ["a page that is no JSON", { body: "<html>" }],
] as const satisfies readonly (readonly [string, Page])[]) {
  test(`where WebFinger gives ${what}, host-meta leads to the legacy document`, async (t) => {
    const { http, asked } = await fakePod(t, {
      [JRD_PATH]: first,
      "/.well-known/host-meta": hostMeta("https://pod.example/webfinger?q={uri}"),
      [`/webfinger?q=acct:${ALICE}`]: xrd(),
      [HCARD_PATH]: hcard(publicPem),
    });
    assert.equal((await discoverPerson(alice, http)).guid, ALICE_GUID);
    assert.equal(asked.length, 4);
  });
}

test("WebFinger behind a redirect is found", async (t) => {
  const { http } = await fakePod(t, {
    [JRD_PATH]: { status: 301, headers: { location: "https://cards.example/wf" } },
    "/wf": jrd(),
    [HCARD_PATH]: hcard(publicPem),
  });
  assert.equal((await discoverPerson(alice, http)).guid, ALICE_GUID);
});

interface Failure {
  readonly pages: Pages;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** What must not have been asked for. */
  readonly untouched?: string;
}

const FAILURES: Readonly<Record<string, Failure>> = {
  "an unknown person on diaspora* 0.9 (empty host-meta)": {
    pages: { "/.well-known/host-meta": hostMeta(null) },
    code: "DX_PERSON_NOT_FOUND",
    retryable: false,
  },
  "a host that has neither document": { pages: {}, code: "DX_PERSON_NOT_FOUND", retryable: false },
  "a legacy document that is not there": {
    pages: { "/.well-known/host-meta": hostMeta("https://pod.example/x?{uri}") },
    code: "DX_PERSON_NOT_FOUND",
    retryable: false,
  },
  "a host-meta that leads to a private address": {
    pages: { "/.well-known/host-meta": hostMeta("https://127.0.0.1/x?{uri}") },
    code: "DX_ADDRESS_FORBIDDEN",
    retryable: false,
  },
  "a WebFinger about somebody else": {
    pages: {
      [JRD_PATH]: jrd({ subject: "acct:mallory@pod.example" }),
      [HCARD_PATH]: hcard(publicPem),
    },
    code: "DX_DISCOVERY_MISMATCH",
    retryable: false,
    untouched: HCARD_PATH,
  },
  "a WebFinger without an hCard (Mastodon's)": {
    pages: { [JRD_PATH]: JSON.stringify({ subject: `acct:${ALICE}`, links: [] }) },
    code: "DX_DISCOVERY_INVALID",
    retryable: false,
  },
  "an hCard on a private address": {
    pages: { [JRD_PATH]: jrd({ hcard: "https://169.254.169.254/latest/meta-data" }) },
    code: "DX_ADDRESS_FORBIDDEN",
    retryable: false,
  },
  "an hCard on a name that resolves to a private address": {
    pages: { [JRD_PATH]: jrd({ hcard: "https://rebind.example/card" }) },
    code: "DX_ADDRESS_FORBIDDEN",
    retryable: false,
  },
  "a seed location that is not https": {
    pages: {
      [JRD_PATH]: jrd({ seed: "http://elsewhere.example/" }),
      [HCARD_PATH]: hcard(publicPem),
    },
    code: "DX_ADDRESS_FORBIDDEN",
    retryable: false,
    untouched: HCARD_PATH,
  },
  "an hCard that is not there": {
    pages: { [JRD_PATH]: jrd() },
    code: "DX_PERSON_NOT_FOUND",
    retryable: false,
  },
  "an hCard without a key": {
    pages: { [JRD_PATH]: jrd(), [HCARD_PATH]: hcard("") },
    code: "DX_DISCOVERY_INVALID",
    retryable: false,
  },
  "an hCard with a guid that is too short": {
    pages: { [JRD_PATH]: jrd(), [HCARD_PATH]: hcard(publicPem, "short") },
    code: "DX_DISCOVERY_INVALID",
    retryable: false,
  },
  "an hCard over 1 MiB": {
    pages: { [JRD_PATH]: jrd(), [HCARD_PATH]: hcard(publicPem) + " ".repeat(1024 * 1024) },
    code: "DX_HTTP_TOO_BIG",
    retryable: false,
  },
  "a pod that is overloaded": {
    pages: { [JRD_PATH]: { status: 503 } },
    code: "DX_HTTP_STATUS",
    retryable: true,
  },
  "a pod that limits us": {
    pages: { [JRD_PATH]: { status: 429 } },
    code: "DX_HTTP_STATUS",
    retryable: true,
  },
  "a pod whose hCard page is broken": {
    pages: { [JRD_PATH]: jrd(), [HCARD_PATH]: { status: 500 } },
    code: "DX_HTTP_STATUS",
    retryable: true,
  },
};

for (const [what, failure] of Object.entries(FAILURES)) {
  test(`${what}: ${failure.code}, ${failure.retryable ? "to be tried again" : "for good"}`, async (t) => {
    const { http, asked } = await fakePod(t, failure.pages);
    await assert.rejects(
      discoverPerson(alice, http),
      (error) => isDxError(error, failure.code) && error.retryable === failure.retryable,
    );
    if (failure.untouched !== undefined) assert.ok(!asked.includes(failure.untouched));
  });
}

test("a host that cannot be reached is to be tried again", async (t) => {
  const http = createGuardedHttp({
    version: "1",
    names: new Map([["pod.example", { address: "127.0.0.1", port: 1029 }]]),
  });
  t.after(() => http.close());
  await assert.rejects(
    discoverPerson(alice, http),
    (error) => isDxError(error, "DX_HTTP_UNREACHABLE") && error.retryable,
  );
});

test("in development an ID with a port is found by plain http, in production never", async (t) => {
  let origin = "";
  let id = "";
  const server = await loopbackServer(t, (request, response) => {
    const isJrd = (request.url ?? "").startsWith("/.well-known/webfinger");
    response.end(
      isJrd
        ? jrd({ subject: `acct:${id}`, hcard: `${origin}/card`, seed: `${origin}/` })
        : hcard(publicPem),
    );
  });
  origin = server.origin;
  id = `alice@127.0.0.1:${String(server.port)}`;
  const development = createGuardedHttp({
    version: "1",
    allowHttp: true,
    allowPrivateAddresses: true,
  });
  const production = createGuardedHttp({ version: "1" });
  t.after(() => Promise.all([development.close(), production.close()]));
  assert.equal((await discoverPerson(diasporaId(id), development)).podUrl, `${origin}/`);
  await assert.rejects(discoverPerson(diasporaId(id), production), (error) =>
    isDxError(error, "DX_ADDRESS_FORBIDDEN"),
  );
});
