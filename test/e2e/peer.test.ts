/**
 * The test peer itself, before anything is judged by it: it must take what the original
 * implementations wrote, refuse what was tampered with, and understand its own messages.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encryptFor, openEnvelope, seal } from "../support/peer-envelope.ts";
import { contact, newGuid, readEntity, statusMessage } from "../support/peer-messages.ts";
import { goldenEnvelope, newPerson, vectorPerson } from "../support/peer-person.ts";
import { postEncrypted, postPrivate, postPublic, startPeer, type Peer } from "../support/peer.ts";

const alice = vectorPerson("alice");
const carol = vectorPerson("carol");
const stranger = newPerson("stranger@pod-s.example", 1024);
let peer: Peer;

before(async () => {
  peer = await startPeer([alice, carol]);
});
after(async () => {
  await peer.close();
});

const keyOf = async (id: string): Promise<string> => (await peer.find(id)).publicPem;

for (const name of ["status_message-text", "status_message-unicode", "status_message-port"]) {
  test(`it opens the golden ${name} with a key that it discovers`, async () => {
    const golden = goldenEnvelope(name);
    const opened = await openEnvelope(golden.body, keyOf);
    assert.equal(opened.sender, golden.sender);
    assert.equal(opened.payload, golden.payloadXml);
    assert.equal(readEntity(opened.payload).values["guid"], golden.guid);
    assert.equal(readEntity(opened.payload).values["text"], golden.text);
  });
}

const post = statusMessage(alice, { guid: newGuid(), text: "Grüße 👋 <&> ]]>" });

const tampered: [string, string][] = [
  ["one that somebody else signed", seal(post, { ...stranger, id: alice.id })],
  ["one whose words were changed", seal(post, alice, { signed: post.replace("Grüße", "Hass") })],
  ["one with a document type", `<!DOCTYPE a>${seal(post, alice)}`],
  ["one with another prefix", seal(post, alice).replaceAll("me:", "m:")],
];
for (const [what, body] of tampered) {
  test(`it refuses ${what}`, async () => {
    await assert.rejects(openEnvelope(body, keyOf));
  });
}

test("it reads what it wrote, public and encrypted", async () => {
  const seed = `https://pod-a.example/`;
  assert.equal((await postPublic(peer, seed, seal(post, alice))).status, 202);
  const to = await peer.find(alice.id);
  assert.equal((await postPrivate(peer, to, contact(carol, alice.id, "start"), carol)).status, 202);
  const [first, second] = await Promise.all(peer.receipts.map((each) => peer.open(each)));
  assert.equal(first?.values["text"], "Grüße 👋 <&> ]]>");
  assert.deepEqual([second?.sender, second?.values["sharing"]], [carol.id, "true"]);
});

test("what is encrypted for somebody else does not open", async () => {
  const to = await peer.find(alice.id);
  await postEncrypted(peer, to, encryptFor(stranger.publicPem, seal(post, alice)));
  const receipt = peer.receipts.at(-1);
  assert.ok(receipt !== undefined);
  await assert.rejects(peer.open(receipt));
});

test("it can answer 503, hang, refuse, and come back", async () => {
  const url = "https://pod-a.example/receive/public";
  await peer.setFault(503);
  assert.equal((await peer.fetch(url, { method: "POST", body: "x" })).status, 503);
  await peer.setFault("hang");
  await assert.rejects(peer.fetch(url, { method: "POST", body: "x", timeoutMs: 200 }));
  await peer.setFault("refuse");
  await assert.rejects(peer.fetch(url, { method: "POST", body: "x" }), /ECONNREFUSED/);
  await peer.setFault(null);
  assert.equal((await peer.fetch(url, { method: "POST", body: "x" })).status, 202);
});
