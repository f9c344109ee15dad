import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import {
  personAddress,
  type Destination,
  type PendingDelivery,
} from "../../../src/activitystreams/delivery.ts";
import type { CommentActivity } from "../../../src/activitystreams/activity.ts";
import type { DiasporaId } from "../../../src/activitystreams/ids.ts";
import { createPodBreaker } from "../../../src/federation/pod-breaker.ts";
import { createPodDrain, type PodDrainOptions } from "../../../src/federation/pod-drain.ts";
import { createPodForms } from "../../../src/federation/pod-form.ts";
import { createSigner } from "../../../src/federation/signer.ts";
import { createSlaps } from "../../../src/federation/slaps.ts";
import { signRelayable } from "../../../src/salmon/author-signature.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { activityToEntity } from "../../../src/salmon/translate/to-entity.ts";
import { createGuardedHttp } from "../../../src/http/client.ts";
import { silentLog } from "../../../src/log/log.ts";
import {
  contentOf,
  diasporaId,
  guid,
  localPerson,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";
import { openEnvelope } from "../../support/peer-envelope.ts";
import { vectorPerson } from "../../support/peer-person.ts";
import { openSlapForm, textIn, verifyInner } from "../../support/peer-slap.ts";
import { loopbackServer, readAll } from "../http/loopback-server.ts";
import { alice as aliceKeys, bob as bobKeys, mallory as malloryKeys } from "../salmon/people.ts";

const POD_URL = "https://pod.example/";
const bob = vectorPerson("bob");
const BOB = remotePerson({ diasporaId: diasporaId(bob.id), guid: guid(bob.guid), podUrl: POD_URL });
const alice = localPerson({
  diasporaId: aliceKeys.id,
  guid: aliceKeys.guid,
  publicKeyPem: aliceKeys.publicPem,
});
const carol = localPerson({
  diasporaId: malloryKeys.id,
  guid: malloryKeys.guid,
  publicKeyPem: malloryKeys.publicPem,
});
const keys = {
  of: (guid: string) =>
    Promise.resolve(guid === carol.guid ? malloryKeys.privatePem : aliceKeys.privatePem),
};

interface Posted {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

interface Pod {
  readonly posted: Posted[];
  readonly asked: string[];
  deliver(delivery: PendingDelivery, kind: "pod" | "person"): Promise<void>;
}

/** A pod that says of itself what this document says, and takes everything. */
async function pod(t: TestContext, nodeinfo: string | null, wanted = true): Promise<Pod> {
  const posted: Posted[] = [];
  const asked: string[] = [];
  const links = { links: [{ rel: REL, href: `${POD_URL}nodeinfo/1.0` }] };
  const server = await loopbackServer(t, (request, response) => {
    const path = request.url ?? "";
    if (request.method === "POST") {
      void readAll(request).then((body) => {
        posted.push({ path, type: request.headers["content-type"] ?? "", body });
        response.writeHead(202).end();
      });
      return;
    }
    asked.push(path);
    if (nodeinfo === null) response.writeHead(404).end();
    else response.end(path.startsWith("/.well-known") ? JSON.stringify(links) : nodeinfo);
  });
  const http = createGuardedHttp({
    version: "1.2.3",
    names: new Map([["pod.example", { address: "127.0.0.1", port: server.port }]]),
  });
  t.after(() => http.close());
  const pending: PendingDelivery[] = [];
  const drain = createPodDrain({
    breaker: createPodBreaker(),
    returned: () => Promise.resolve(),
    queue: queueOf(pending),
    signer: createSigner(keys),
    http,
    publicKeyOf: () => Promise.resolve(bob.publicPem),
    log: silentLog,
    ...(wanted ? { slaps: createSlaps(keys, createPodForms({ http })) } : {}),
  });
  return {
    posted,
    asked,
    async deliver(delivery, kind) {
      pending.push(delivery);
      const address = kind === "pod" ? POD_URL : personAddress(BOB);
      const destination: Destination = { id: "1", kind, address, attempts: 0, wakes: "0" };
      await drain([destination]);
    },
  };
}

const REL = "http://nodeinfo.diaspora.software/ns/schema/1.0";

function queueOf(pending: PendingDelivery[]): PodDrainOptions["queue"] {
  return {
    pending: () => Promise.resolve(pending.splice(0)),
    finish: () => Promise.resolve(),
    retry: (_delivery, _next, error) => Promise.reject(new Error(error)),
    release: () => Promise.resolve(),
  };
}

function says(name: string, version: string): string {
  return JSON.stringify({ version: "1.0", software: { name, version }, protocols: ["diaspora"] });
}

function delivery(audience: "public" | "limited"): PendingDelivery {
  const actor = { network: "xmpp", id: alice.jid } as const;
  const activity = remotePost({ markdown: "Grüße; 😀 & <b>" }, { actor, audience });
  return {
    id: "1",
    destinationId: "1",
    attempts: 0,
    rootGuid: activity.object.guid,
    form: "event",
    progress: null,
    scope: "",
    content: contentOf(activity, alice),
  };
}

test("a pod of 0.6 gets a public post as a slap that it can read", async (t) => {
  const old = await pod(t, says("diaspora", "0.6.9"));
  await old.deliver(delivery("public"), "pod");
  const [posted] = old.posted;
  assert.ok(posted);
  assert.equal(posted.path, "/receive/public");
  assert.equal(posted.type, "application/x-www-form-urlencoded");
  const { author, entity } = openSlapForm(posted.body, aliceKeys.publicPem);
  assert.equal(author, alice.diasporaId);
  assert.equal(entity.tagName, "status_message");
  assert.equal(textIn(entity, "diaspora_handle"), alice.diasporaId);
  assert.equal(textIn(entity, "raw_message"), "Grüße; 😀 & <b>");
  assert.equal(textIn(entity, "public"), "true");
});

test("and a person there a limited one that only that person can read", async (t) => {
  const old = await pod(t, says("diaspora", "0.5.10.2"));
  await old.deliver(delivery("limited"), "person");
  const [posted] = old.posted;
  assert.ok(posted);
  assert.equal(posted.path, `/receive/users/${bob.guid}`);
  assert.equal(posted.type, "application/x-www-form-urlencoded");
  const { author, entity } = openSlapForm(posted.body, aliceKeys.publicPem, bob);
  assert.equal(author, alice.diasporaId);
  assert.equal(textIn(entity, "raw_message"), "Grüße; 😀 & <b>");
  assert.equal(textIn(entity, "public"), "false");
  assert.ok(!posted.body.includes("raw_message"));
  assert.throws(() => openSlapForm(posted.body, aliceKeys.publicPem, vectorPerson("carol")));
});

const modern: readonly [what: string, nodeinfo: string | null][] = [
  ["diaspora* 0.7", says("diaspora", "0.7.0.0-p1234abc")],
  ["diaspora* 0.9", says("diaspora", "0.9.1.0")],
  ["diaspora* 0.10", says("diaspora", "0.10.0.0")],
  ["diaspora* 1.0", says("diaspora", "1.0.0")],
  ["Friendica", says("friendica", "0.6.9")],
  [
    "one of our own, under the name that NodeInfo 1.0 has for it",
    says("diaspora", "0.1.0 (diaspora-x)"),
  ],
  ["a pod that hides its version", says("diaspora", "")],
  ["a pod whose NodeInfo is not JSON", "<html>"],
  ["a pod without NodeInfo", null],
];

for (const [what, nodeinfo] of modern) {
  test(`${what} gets the magic envelope`, async (t) => {
    const to = await pod(t, nodeinfo);
    await to.deliver(delivery("public"), "pod");
    const [posted] = to.posted;
    assert.ok(posted);
    assert.equal(posted.type, "application/magic-envelope+xml");
    const opened = await openEnvelope(posted.body, () => Promise.resolve(aliceKeys.publicPem));
    assert.match(opened.payload, /^<status_message>/);
  });
}

test("unless it is wanted, nobody gets a slap, nor is asked", async (t) => {
  const old = await pod(t, says("diaspora", "0.6.9"), false);
  await old.deliver(delivery("public"), "pod");
  await old.deliver(delivery("limited"), "person");
  const types = old.posted.map(({ type }) => type);
  assert.deepEqual(types, ["application/magic-envelope+xml", "application/json"]);
  assert.deepEqual(old.asked, []);
});

test("a pod is asked once for all that goes to it", async (t) => {
  const old = await pod(t, says("diaspora", "0.6.9"));
  for (let round = 0; round < 3; round += 1) await old.deliver(delivery("public"), "pod");
  await old.deliver(delivery("limited"), "person");
  assert.equal(old.posted.length, 4);
  assert.deepEqual(old.asked, ["/.well-known/nodeinfo", "/nodeinfo/1.0"]);
});

const comment = (author: DiasporaId): CommentActivity => ({
  verb: "post",
  actor: { network: "diaspora", id: author },
  object: {
    type: "comment",
    guid: guid("c".repeat(32)),
    markdown: "Nice; really",
    inReplyTo: guid("d".repeat(32)),
  },
  audience: "public",
  published: new Date("2026-01-02T03:04:05Z"),
});

test("what others said below a post has, in a slap, both signatures: theirs and the post's author's", async (t) => {
  const old = await pod(t, says("diaspora", "0.6.9"));
  const entity = activityToEntity(comment(BOB.diasporaId), BOB.diasporaId);
  const relay = writeEntity(await signRelayable(entity, importPrivateKey(bobKeys.privatePem)));
  const local = comment(alice.diasporaId);
  for (const content of [
    contentOf(comment(BOB.diasporaId), BOB, { sealer: carol, relay }),
    contentOf(local, alice, { sealer: carol }),
  ]) {
    await old.deliver({ ...delivery("public"), content }, "pod");
  }
  const [relayed, own] = old.posted.map(({ body }) => openSlapForm(body, malloryKeys.publicPem));
  assert.ok(relayed !== undefined && own !== undefined);
  assert.deepEqual([relayed.author, own.author], [carol.diasporaId, carol.diasporaId]);
  assert.equal(textIn(own.entity, "diaspora_handle"), alice.diasporaId);
  assert.equal(textIn(relayed.entity, "diaspora_handle"), BOB.diasporaId);
  verifyInner(own.entity, "author_signature", aliceKeys.publicPem);
  verifyInner(relayed.entity, "author_signature", bobKeys.publicPem);
  for (const { entity: said } of [own, relayed]) {
    verifyInner(said, "parent_author_signature", malloryKeys.publicPem);
  }
});
