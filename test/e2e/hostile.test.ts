/**
 * Must show 5, the bad half: what is forged, broken or too big is answered as the protocol
 * says, reaches nobody, and harms nothing that comes after it.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { pause, until, type TestClient } from "../support/e2e-client.ts";
import { ourPerson } from "../support/e2e-posts.ts";
import { optIn, readItems, subscribe, virtualJid } from "../support/e2e-social.ts";
import { BASE, COMPONENT, DOMAIN, startWorld, type World } from "../support/e2e-world.ts";
import { encryptFor, seal } from "../support/peer-envelope.ts";
import { contact, newGuid, retraction, statusMessage } from "../support/peer-messages.ts";
import { newPerson, record, vectorPerson } from "../support/peer-person.ts";
import { postEncrypted, postPublic } from "../support/peer.ts";

const alice = vectorPerson("alice");
const carol = vectorPerson("carol");
const mallory = vectorPerson("mallory");
const stranger = newPerson("stranger@pod-s.example", 1024);

let world: World;
let anna: TestClient;

before(async () => {
  world = await startWorld({ people: [alice, carol, mallory], forceNodeConfig: true });
  anna = await world.connect("anna");
  await optIn(anna, COMPONENT);
  for (const { id } of [alice, carol, mallory]) await subscribe(anna, virtualJid(id, COMPONENT));
});
after(async () => {
  await world.close();
});

/** Nothing but this arrives: sent behind the bad ones, on their way, it comes out after them. */
async function onlyGoodArrives(send: (body: string) => Promise<unknown>): Promise<void> {
  const before = anna.items.length;
  const messages = anna.messages.length;
  const guid = newGuid();
  await send(seal(statusMessage(alice, { guid, text: "a good one" }), alice));
  await until("the good one", () => anna.items.find(({ id }) => id === guid));
  await pause(150);
  const ids = anna.items.slice(before).map(({ id }) => id);
  assert.deepEqual(
    ids.filter((id) => id !== guid),
    [],
  );
  assert.equal(anna.messages.length, messages);
}

const sendPublic = (body: string) => postPublic(world.peer, BASE, body);
const post = (author: { id: string }, text: string) =>
  statusMessage(author, { guid: newGuid(), text });

const FORGED: readonly (readonly [string, () => string])[] = [
  [
    "words changed after signing",
    () => {
      const payload = post(alice, "I like you");
      return seal(payload.replace("like", "hate"), alice, { signed: payload });
    },
  ],
  [
    "somebody else's key under the author's name",
    () => {
      return seal(post(alice, "it is me"), mallory, { keyId: alice.id });
    },
  ],
  ["an author who is not the sender", () => seal(post(alice, "it is her"), mallory)],
  [
    "one of our own people as author",
    () => {
      const ours = { id: `anna@${DOMAIN}` };
      return seal(post(ours, "it is you"), { ...mallory, ...ours });
    },
  ],
  ["a sender whom nobody can find", () => seal(post(stranger, "who am I"), stranger)],
  [
    "a document type in the envelope",
    () => {
      return `<!DOCTYPE me:env [<!ENTITY a "b">]>${seal(post(alice, "dtd"), alice)}`;
    },
  ],
  [
    "a document type in the payload",
    () => {
      return seal(`<!DOCTYPE s [<!ENTITY a "b">]>${post(alice, "&a;")}`, alice);
    },
  ],
  [
    "a file of ours as an entity",
    () => {
      const payload = post(alice, "XXE").replace("XXE", "&x;");
      return seal(`<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>${payload}`, alice);
    },
  ],
  [
    "a limited post at the public address",
    () => {
      const limited = { guid: newGuid(), text: "for few", public: false };
      return seal(statusMessage(alice, limited), alice);
    },
  ],
  [
    "a thousand nested elements",
    () => {
      const nested = `${"<photo>".repeat(1_000)}${"</photo>".repeat(1_000)}`;
      return seal(post(alice, "deep").replace("<text>", `${nested}<text>`), alice);
    },
  ],
  [
    "somebody else's retraction of a stranger's post",
    () => {
      return seal(retraction(alice, newGuid()), mallory);
    },
  ],
  ["a contact at the public address", () => seal(contact(mallory, anna.bare, "start"), mallory)],
  ["rubbish", () => "\u0000\u0001 not XML at all"],
  ["nothing", () => ""],
];

for (const [what, make] of FORGED) {
  test(`${what}: 202, and it reaches nobody`, async () => {
    assert.equal((await sendPublic(make())).status, 202);
    await onlyGoodArrives(sendPublic);
  });
}

test("every refused vector of the original implementation: 202, and none reaches anybody", async () => {
  const folder = new URL("../fixtures/diaspora/negative-public/", import.meta.url);
  let sent = 0;
  for (const name of readdirSync(folder)) {
    const vector = record(JSON.parse(readFileSync(new URL(name, folder), "utf8")));
    const { valid, policy } = record(vector["expected"]);
    const { body } = record(vector["input"]);
    if (valid !== false || policy !== "must" || typeof body !== "string") continue;
    assert.equal((await sendPublic(body)).status, 202, name);
    sent += 1;
  }
  assert.ok(sent > 60);
  await pause(1_000);
  await onlyGoodArrives(sendPublic);
});

test("what is encrypted with another key, for another person or by nobody: 202, and nothing", async () => {
  const me = await ourPerson(world.peer, anna);
  const secret = () => statusMessage(alice, { guid: newGuid(), text: "psst", public: false });
  const bodies = [
    encryptFor(stranger.publicPem, seal(secret(), alice)),
    encryptFor(me.publicPem, seal(secret(), mallory)),
    encryptFor(me.publicPem, "no envelope"),
    encryptFor(me.publicPem, seal(secret(), alice)).replace(/.{20}"}$/, 'AAAAAAAAAAAAAAAAAAAA"}'),
    "{}",
    '{"aes_key":"","encrypted_magic_envelope":""}',
    "[1,2",
    seal(secret(), alice),
  ];
  for (const body of bodies) assert.equal((await postEncrypted(world.peer, me, body)).status, 202);
  await onlyGoodArrives((envelope) =>
    postEncrypted(world.peer, me, encryptFor(me.publicPem, envelope)),
  );
});

test("a guid of somebody else's post does not change that post", async () => {
  const guid = newGuid();
  await sendPublic(seal(statusMessage(alice, { guid, text: "the first" }), alice));
  await until("the first", () => anna.items.find(({ id }) => id === guid));
  await sendPublic(seal(statusMessage(mallory, { guid, text: "the thief" }), mallory));
  await onlyGoodArrives(sendPublic);
  const stolen = await readItems(anna, virtualJid(mallory.id, COMPONENT)).catch(() => new Map());
  assert.ok(!stolen.has(guid));
  assert.ok((await readItems(anna, virtualJid(alice.id, COMPONENT))).has(guid));
});

test("a body of 5 MB is refused with 413 before it is kept", async () => {
  for (const path of ["receive/public", `receive/users/${newGuid()}`]) {
    const request = { method: "POST", body: Buffer.alloc(5 * 1024 * 1024, 0x61) } as const;
    // A server may also hang up on the rest of a body that it does not want.
    const answer = await world.peer.fetch(new URL(path, BASE).href, request).catch(() => null);
    assert.ok(answer === null || answer.status === 413, `${path}: ${String(answer?.status)}`);
  }
  await onlyGoodArrives(sendPublic);
});

test("a person who is not here: 404, with a final slash too", async () => {
  const nobody = { guid: newGuid(), seed: BASE, id: "", name: "", publicPem: "" };
  assert.equal((await postEncrypted(world.peer, nobody, "{}")).status, 404);
  const slashed = { ...nobody, guid: `${nobody.guid}/` };
  assert.equal((await postEncrypted(world.peer, slashed, "{}")).status, 404);
});

test("who has not opted in looks like who does not exist", async () => {
  await world.connect("ben");
  const ask = (id: string) =>
    world.peer.fetch(`https://${DOMAIN}/.well-known/webfinger?resource=acct:${id}`);
  const [real, unreal, foreign, here] = await Promise.all([
    ask(`ben@${DOMAIN}`),
    ask(`nobody@${DOMAIN}`),
    ask(alice.id),
    ask(`anna@${DOMAIN}`),
  ]);
  assert.equal(here.status, 200);
  assert.equal(foreign.status, 404);
  assert.deepEqual([real.status, real.body], [404, unreal.body]);
});

test("an author whom the named pod does not know reaches nobody", async () => {
  const ghost = { id: "ghost@pod-a.example" };
  const body = seal(post(ghost, "boo"), { ...stranger, ...ghost });
  assert.equal((await sendPublic(body)).status, 202);
  await onlyGoodArrives(sendPublic);
});
