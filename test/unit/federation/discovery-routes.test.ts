import assert from "node:assert/strict";
import { test } from "node:test";
import type { Profile } from "../../../src/activitystreams/activity.ts";
import type { LocalPerson } from "../../../src/activitystreams/person.ts";
import { discoverPerson } from "../../../src/federation/discover.ts";
import { discoveryRoutes } from "../../../src/federation/discovery-routes.ts";
import { nodeinfoRoutes } from "../../../src/federation/nodeinfo-routes.ts";
import { peopleRoutes } from "../../../src/federation/people-routes.ts";
import type { ServedPeople } from "../../../src/federation/ports.ts";
import { createGuardedHttp } from "../../../src/http/client.ts";
import type { Routes } from "../../../src/http/routes.ts";
import { parseHCard } from "../../../src/salmon/discovery/hcard.ts";
import { generateKeyPair } from "../../../src/salmon/keys.ts";
import { BOB_GUID, diasporaId, guid, localPerson, serve, served, SITE } from "./people.ts";

const { publicPem } = await generateKeyPair(1024);
const BOB = localPerson(publicPem);
const EVE = localPerson(publicPem, {
  diasporaId: diasporaId("eve_40xmpp.net@other.example"),
  guid: guid("fedcba9876543210fedcba9876543210"),
});

function routes(...people: readonly LocalPerson[]): Routes[] {
  const deps = { people: served(...people), site: SITE };
  return [discoveryRoutes(deps), nodeinfoRoutes(deps), peopleRoutes(deps)];
}

const FOUND: Readonly<Record<string, string>> = {
  "acct:bob@example.org": "acct:bob@example.org",
  "acct:Bob@Example.ORG": "acct:bob@example.org",
  "ACCT:bob@example.org": "acct:bob@example.org",
  "bob@example.org": "acct:bob@example.org",
  "acct:eve_40xmpp.net@other.example": "acct:eve_40xmpp.net@other.example",
  [`https://social.example.org/people/${BOB_GUID}`]: "acct:bob@example.org",
  [`https://social.example.org/hcard/users/${BOB_GUID}`]: "acct:bob@example.org",
  "https://social.example.org/u/bob": "acct:bob@example.org",
  "https://social.example.org/u/eve_40xmpp.net": "acct:eve_40xmpp.net@other.example",
  "https://social.example.org/u/bob@example.org": "acct:bob@example.org",
};

for (const [resource, subject] of Object.entries(FOUND)) {
  test(`WebFinger for ${resource} is a JRD about ${subject}`, async (t) => {
    const origin = await serve(t, routes(BOB, EVE));
    const answer = await fetch(
      `${origin}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`,
    );
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/jrd\+json/);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    const jrd: unknown = await answer.json();
    assert.ok(typeof jrd === "object" && jrd !== null && "subject" in jrd);
    assert.equal(jrd.subject, subject);
  });
}

const NOT_FOUND = [
  "acct:nobody@example.org",
  "acct:bob@elsewhere.example",
  "bob",
  "acct:",
  "acct:bob@example.org\n@x",
  "xmpp:bob@example.org",
  "https://social.example.org/",
  "https://social.example.org/people/",
  "https://social.example.org/people/short",
  "https://social.example.org/u/%zz",
  `https://elsewhere.example/people/${BOB_GUID}`,
  `acct:${"b".repeat(2000)}@example.org`,
  "__proto__",
];

for (const resource of NOT_FOUND) {
  test(`WebFinger for ${JSON.stringify(resource.slice(0, 60))} is 404`, async (t) => {
    const origin = await serve(t, routes(BOB));
    const answer = await fetch(
      `${origin}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`,
    );
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  });
}

for (const path of [
  "/.well-known/webfinger",
  "/.well-known/webfinger?resource=",
  "/.well-known/webfinger.xml",
  "/webfinger",
  "/webfinger?resource=acct:bob@example.org",
]) {
  test(`${path} without the parameter is 400`, async (t) => {
    const origin = await serve(t, routes(BOB));
    assert.equal((await fetch(origin + path)).status, 400);
  });
}

for (const path of [
  "/.well-known/webfinger.xml?resource=acct:bob@example.org",
  "/webfinger?q=acct:bob@example.org",
  "/webfinger?q=bob@example.org",
]) {
  test(`${path} is the legacy document with guid and key`, async (t) => {
    const origin = await serve(t, routes(BOB));
    const answer = await fetch(origin + path);
    const text = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/xrd\+xml/);
    assert.match(text, /<Subject>acct:bob@example\.org<\/Subject>/);
    assert.ok(text.includes(BOB_GUID));
    assert.ok(text.includes(Buffer.from(publicPem).toString("base64")));
  });
}

test("host-meta leads to the legacy document", async (t) => {
  const origin = await serve(t, routes(BOB));
  const answer = await fetch(`${origin}/.well-known/host-meta`);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/xrd\+xml/);
  assert.ok(
    (await answer.text()).includes(
      'template="https://social.example.org/.well-known/webfinger.xml?resource={uri}"',
    ),
  );
});

test("the hCard has all that readers look for, escaped", async (t) => {
  const origin = await serve(t, routes(BOB));
  const answer = await fetch(`${origin}/hcard/users/${BOB_GUID}`);
  const text = await answer.text();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
  assert.ok(text.includes("Bob &lt;b&gt;Baumeister&lt;/b&gt; &amp; Co"));
  assert.ok(!text.includes("<b>"));
  const photos = [...text.matchAll(/<img [^>]*>/g)].map(([tag]) => tag);
  assert.equal(photos.length, 3);
  for (const photo of photos) {
    assert.match(photo, /src="https:\/\/social\.example\.org\/images\/user\/default\.png"/);
    assert.match(photo, /width="\d+"/);
    assert.match(photo, /height="\d+"/);
  }
  const picture = await fetch(`${origin}/images/user/default.png`);
  assert.equal(picture.headers.get("content-type"), "image/png");
  const bytes = Buffer.from(await picture.arrayBuffer());
  assert.equal(bytes.toString("latin1", 1, 4), "PNG");
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [300, 300]);
});

const PHOTO = {
  large: "https://social.example.org/avatars/large",
  medium: "https://social.example.org/avatars/medium",
  small: "https://social.example.org/avatars/small",
};

/** As if Bob had told this of himself. */
function telling(profile: Partial<Profile>): ServedPeople {
  const told: Profile = { type: "profile", tags: [], searchable: true, nsfw: false, ...profile };
  return { ...served(BOB), profileOf: () => Promise.resolve(told) };
}

test("the hCard has picture, parts of the name and the wish to be found, as they were told", async (t) => {
  const people = telling({ firstName: "Bob", lastName: "Baumeister", photo: PHOTO, bio: "secret" });
  const origin = await serve(t, [discoveryRoutes({ people, site: SITE })]);
  const text = await (await fetch(`${origin}/hcard/users/${BOB_GUID}`)).text();
  const card = parseHCard(text);
  assert.deepEqual(
    [card.photoLargeUrl, card.photoMediumUrl, card.photoSmallUrl],
    [PHOTO.large, PHOTO.medium, PHOTO.small],
  );
  assert.deepEqual([card.firstName, card.lastName, card.searchable], ["Bob", "Baumeister", true]);
  assert.ok(!text.includes("secret"));
});

test("a person's page shows the picture that was told", async (t) => {
  const origin = await serve(t, [peopleRoutes({ people: telling({ photo: PHOTO }), site: SITE })]);
  const text = await (await fetch(`${origin}/people/${BOB_GUID}`)).text();
  assert.match(text, /<img src="https:\/\/social\.example\.org\/avatars\/medium"/);
});

test("our own discovery finds our own person through the served documents", async (t) => {
  const origin = await serve(t, routes(BOB));
  const place = { address: "127.0.0.1", port: Number(new URL(origin).port) };
  const http = createGuardedHttp({
    version: "1",
    names: new Map([
      ["example.org", place],
      ["social.example.org", place],
    ]),
  });
  t.after(() => http.close());
  const person = await discoverPerson(BOB.diasporaId, http);
  assert.equal(person.guid, BOB_GUID);
  assert.equal(person.podUrl, "https://social.example.org/");
  assert.equal(person.publicKeyPem.trim(), publicPem.trim());
  assert.equal(person.photoUrl, undefined, "the default picture counts as none");
});

for (const path of ["/people/", "/hcard/users/"]) {
  test(`${path} of somebody unknown is the same 404 as of something malformed`, async (t) => {
    const origin = await serve(t, routes(BOB));
    const unknown = await fetch(`${origin}${path}ffffffffffffffffffffffffffffffff`);
    const malformed = await fetch(`${origin}${path}x`);
    assert.equal(unknown.status, 404);
    assert.equal(malformed.status, 404);
    assert.equal(await unknown.text(), await malformed.text());
  });
}

for (const [path, unknown, malformed] of [
  ["/.well-known/webfinger?resource=", "acct:nobody@example.org", "acct:@"],
  ["/.well-known/webfinger.xml?resource=", "acct:nobody@example.org", "acct:@"],
  ["/webfinger?q=", "acct:nobody@example.org", "acct:bob@elsewhere.example"],
  ["/hcard/users/", "ffffffffffffffffffffffffffffffff", "x"],
] as const) {
  test(`${path} tells nobody whether somebody has not opted in or never was`, async (t) => {
    const origin = await serve(t, routes(BOB));
    const seen = async (whom: string): Promise<unknown> => {
      const answer = await fetch(origin + path + whom);
      const headers = [...answer.headers].filter(([name]) => name !== "date");
      return { status: answer.status, headers, body: await answer.text() };
    };
    assert.deepEqual(await seen(unknown), await seen(malformed));
  });
}

for (const path of [`/people/${BOB_GUID}`, "/u/bob", "/u/Bob", "/u/bob@example.org"]) {
  test(`${path} shows name and ID, escaped, and nothing else`, async (t) => {
    const origin = await serve(t, routes(BOB));
    const answer = await fetch(origin + path);
    const text = await answer.text();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
    assert.ok(text.includes("<h1>Bob &lt;b&gt;Baumeister&lt;/b&gt; &amp; Co</h1>"));
    assert.ok(text.includes("bob@example.org"));
    assert.ok(!text.includes("PUBLIC KEY"));
  });
}

test("a person without a name is shown by the ID; an unknown name is 404", async (t) => {
  const origin = await serve(t, routes(localPerson(publicPem, { name: "" })));
  assert.match(await (await fetch(`${origin}/u/bob`)).text(), /<h1>bob@example\.org<\/h1>/);
  assert.equal((await fetch(`${origin}/u/nobody`)).status, 404);
  assert.equal((await fetch(`${origin}/u/%2e%2e%2fetc`)).status, 404);
});

test("NodeInfo links to three versions, and each is served", async (t) => {
  const origin = await serve(t, routes(BOB));
  const links = await fetch(`${origin}/.well-known/nodeinfo`);
  assert.equal(links.headers.get("access-control-allow-origin"), "*");
  assert.deepEqual(await links.json(), {
    links: ["1.0", "2.0", "2.1"].map((version) => ({
      rel: `http://nodeinfo.diaspora.software/ns/schema/${version}`,
      href: `https://social.example.org/nodeinfo/${version}`,
    })),
  });
  for (const version of ["1.0", "2.0", "2.1"]) {
    const answer = await fetch(`${origin}/nodeinfo/${version}`);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/json/);
    const document = JSON.stringify(await answer.json());
    assert.ok(document.includes(`"version":"${version}"`));
    // 1.0 knows three names only, and this is none of them.
    assert.ok(
      document.includes(
        version === "1.0"
          ? '"software":{"name":"diaspora","version":"1.2.3 (diaspora-x)"}'
          : '"name":"diaspora-x"',
      ),
    );
    assert.ok(document.includes('"openRegistrations":true'));
    assert.ok(document.includes('"users":{"total":1}'));
    assert.ok(document.includes('"localPosts":7'));
  }
  assert.equal((await fetch(`${origin}/nodeinfo/3.0`)).status, 404);
});

test("NodeInfo counts once for many crawlers, also when that fails, and then says what it knew", async (t) => {
  const clock = { now: 0, counted: 0, fails: true };
  const people = {
    usage: () => {
      clock.counted += 1;
      if (clock.fails) return Promise.reject(new Error("down"));
      return Promise.resolve({ people: 1, posts: 1 });
    },
  };
  const origin = await serve(t, [nodeinfoRoutes({ people, site: SITE, now: () => clock.now })]);
  const ask = async (): Promise<number> => (await fetch(`${origin}/nodeinfo/2.0`)).status;
  const fiveTimes = (): Promise<number[]> => Promise.all(Array.from({ length: 5 }, ask));
  assert.deepEqual(await fiveTimes(), [500, 500, 500, 500, 500]);
  assert.equal(await ask(), 500);
  assert.equal(clock.counted, 1);
  clock.fails = false;
  clock.now += 60_000;
  assert.deepEqual(await fiveTimes(), [200, 200, 200, 200, 200]);
  assert.equal(clock.counted, 2);
  clock.fails = true;
  clock.now += 3_600_000;
  assert.equal(await ask(), 200);
  assert.equal(await ask(), 200);
  assert.equal(clock.counted, 3);
  clock.now += 60_000;
  assert.equal(await ask(), 200);
  assert.equal(clock.counted, 4);
});
