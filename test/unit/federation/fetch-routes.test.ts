import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { PostActivity } from "../../../src/activitystreams/activity.ts";
import type { Guid } from "../../../src/activitystreams/ids.ts";
import type { LocalPerson, RemotePerson } from "../../../src/activitystreams/person.ts";
import { fetchRoutes } from "../../../src/federation/fetch-routes.ts";
import { peopleRoutes } from "../../../src/federation/people-routes.ts";
import type { PostKey, ServedPosts } from "../../../src/federation/ports.ts";
import { createSigner } from "../../../src/federation/signer.ts";
import { STREAM_POSTS, streamRoutes } from "../../../src/federation/stream-routes.ts";
import type { HttpServerOptions } from "../../../src/http/server.ts";
import { generateKeyPair } from "../../../src/salmon/keys.ts";
import { openPublic } from "../../../src/salmon/receive/open.ts";
import { remotePerson, remotePost } from "../../support/fixtures.ts";
import { BOB_GUID, guid, localPerson, serve, served, SITE } from "./people.ts";

const { privatePem, publicPem } = await generateKeyPair(1024);
const BOB = localPerson(publicPem);
const POST = guid("17faf230675101350d995254001bd39e");
const EMPTY = guid("27faf230675101350d995254001bd39e");
const POLL = guid("37faf230675101350d995254001bd39e");
const HUB = guid("0123456789abcdef:x@hub.example");
const REMOTE = guid("47faf230675101350d995254001bd39e");
const UNKNOWN = guid("57faf230675101350d995254001bd39e");

interface Found {
  readonly activity: PostActivity;
  readonly author: LocalPerson | RemotePerson;
}

function ofBob(postGuid: Guid, markdown = "Hello"): Found {
  const actor = { network: "xmpp", id: BOB.jid } as const;
  return { activity: remotePost({ guid: postGuid, markdown }, { actor }), author: BOB };
}

const alice = remotePerson({ podUrl: "https://pod.example:3000/" });
const STORED: Readonly<Record<string, Found>> = {
  [`post ${POST}`]: ofBob(POST),
  [`question ${POLL}`]: ofBob(POST),
  [`post ${EMPTY}`]: ofBob(EMPTY, ""),
  [`post ${HUB}`]: ofBob(HUB),
  [`post ${REMOTE}`]: { activity: remotePost({ guid: REMOTE }), author: alice },
};

async function origin(t: TestContext, options: Partial<HttpServerOptions> = {}): Promise<string> {
  const posts: ServedPosts = {
    find: (key: PostKey, wanted) => Promise.resolve(STORED[`${key} ${wanted}`] ?? null),
    newest: (_, limit) => Promise.resolve([POST, HUB].slice(0, limit)),
  };
  const signer = createSigner({
    of: (wanted) => Promise.resolve(wanted === BOB_GUID ? privatePem : null),
  });
  const people = served(BOB);
  const routes = [
    fetchRoutes({ posts, signer, fetchesPerMinute: 3 }),
    streamRoutes({ people, posts }),
    peopleRoutes({ people, site: SITE }),
  ];
  return serve(t, routes, options);
}

const fetchRaw = (url: string, accept = "*/*"): Promise<Response> =>
  fetch(url, { redirect: "manual", headers: { accept } });

for (const [path, postGuid] of [
  [`post/${POST}`, POST],
  [`status_message/${POST}`, POST],
  [`poll/${POLL}`, POST],
  [`post/${HUB}`, HUB],
  [`post/${encodeURIComponent(HUB)}`, HUB],
] as const) {
  test(`/fetch/${path} is the post's envelope, signed by its author`, async (t) => {
    const answer = await fetchRaw(`${await origin(t)}/fetch/${path}`);
    assert.equal(answer.status, 200);
    const type = answer.headers.get("content-type");
    assert.equal(type, "application/magic-envelope+xml; charset=utf-8");
    const opened = await openPublic(await answer.text(), {
      keyOf: (id) => Promise.resolve(id === BOB.diasporaId ? publicPem : null),
    });
    assert.equal(opened.sender, BOB.diasporaId);
    assert.ok(opened.entity.type === "status_message");
    assert.equal(opened.entity.properties.guid, postGuid);
    assert.equal(opened.entity.properties.author, BOB.diasporaId);
  });
}

test("a post of somebody else is where that person lives", async (t) => {
  for (const type of ["post", "status_message"]) {
    const answer = await fetchRaw(`${await origin(t)}/fetch/${type}/${REMOTE}`);
    assert.equal(answer.status, 302);
    const location = `https://pod.example:3000/fetch/${type}/${REMOTE}`;
    assert.equal(answer.headers.get("location"), location);
  }
});

test("whatever is not to be had is one answer", async (t) => {
  const base = await origin(t);
  const paths = [
    `post/${UNKNOWN}`,
    `post/${EMPTY}`,
    `reshare/${POST}`,
    `poll/${POST}`,
    `event/${POST}`,
    `comment/${POST}`,
    `Post/${POST}`,
    `StatusMessage/${POST}`,
    `__proto__/${POST}`,
    `constructor/${POST}`,
    `${"a".repeat(900)}/${POST}`,
    "post/short",
    `post/${"a".repeat(256)}`,
    `post/..%2f..%2fetc%2fpasswd0`,
    `post/${POST}%00`,
    `post/${POST}%0a`,
  ];
  const bodies = new Set<string>();
  for (const path of paths) {
    const answer = await fetchRaw(`${base}/fetch/${path}`);
    assert.equal(answer.status, 404, path);
    bodies.add(await answer.text());
  }
  assert.equal(bodies.size, 1);
});

test("an author who closes the account meanwhile is not told from an unknown post", async (t) => {
  const signer = createSigner({ of: () => Promise.resolve(null) });
  const posts = { find: () => Promise.resolve(ofBob(POST)) };
  const base = await serve(t, [fetchRoutes({ posts, signer })]);
  const gone = await fetchRaw(`${base}/fetch/post/${POST}`);
  const unknown = await fetchRaw(`${base}/fetch/post/short`);
  assert.deepEqual([gone.status, await gone.text()], [404, await unknown.text()]);
});

test("one address may fetch so much a minute", async (t) => {
  const base = await origin(t, { limits: { exemptLoopback: false } });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    statuses.push((await fetchRaw(`${base}/fetch/post/${POST}`)).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 429]);
});

test("a person's stream lists the newest public posts for whoever does not browse", async (t) => {
  const base = await origin(t);
  for (const accept of ["application/json", "*/*"]) {
    const answer = await fetchRaw(`${base}/people/${BOB_GUID}/stream`, accept);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
    assert.deepEqual(await answer.json(), [
      { guid: POST, public: true, author: { guid: BOB_GUID } },
      { guid: HUB, public: true, author: { guid: BOB_GUID } },
    ]);
  }
});

test("in a browser it is the person's page", async (t) => {
  const base = await origin(t);
  const accept = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
  const answer = await fetchRaw(`${base}/people/${BOB_GUID}/stream`, accept);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/html/);
  const page = await fetchRaw(`${base}/people/${BOB_GUID}`);
  assert.equal(await answer.text(), await page.text());
});

test("nobody has a stream who is not served, and an empty one is an empty list", async (t) => {
  const asked: unknown[] = [];
  const newest: ServedPosts["newest"] = (...question) => {
    asked.push(question);
    return Promise.resolve([]);
  };
  const base = await serve(t, [streamRoutes({ people: served(BOB), posts: { newest } })]);
  for (const who of [alice.guid, UNKNOWN, "short", "a".repeat(300)]) {
    assert.equal((await fetchRaw(`${base}/people/${who}/stream`)).status, 404);
  }
  assert.deepEqual(asked, []);
  const empty = await fetchRaw(`${base}/people/${BOB_GUID}/stream`, "application/json");
  assert.deepEqual([empty.status, await empty.text()], [200, "[]"]);
  assert.deepEqual(asked, [[BOB.guid, STREAM_POSTS]]);
});
