import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { RemotePerson } from "../../../src/activitystreams/person.ts";
import { DxError, isDxError } from "../../../src/errors/error.ts";
import type { ErrorCode } from "../../../src/errors/registry.ts";
import { processIncoming, type IncomingDeps } from "../../../src/federation/incoming.ts";
import type { IncomingMessage } from "../../../src/federation/ports.ts";
import { silentLog } from "../../../src/log/log.ts";
import { createDecryptPool } from "../../../src/salmon/decrypt-pool.ts";
import { encryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { generateKeyPair, type KeyPairPem } from "../../../src/salmon/keys.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { BOB_GUID, diasporaId, guid, localPerson, served, SITE } from "./people.ts";

const aliceKeys = await generateKeyPair(1024);
const bobKeys = await generateKeyPair(1024);
const otherKeys = await generateKeyPair(1024);
const pool = createDecryptPool({ threads: 1 });
after(() => pool.close());

const ALICE = diasporaId("alice@pod.example");
const BOB = localPerson(bobKeys.publicPem);

const alice: RemotePerson = {
  diasporaId: ALICE,
  guid: guid("7dae6fe029d3013a8ab000155d0b3a1b"),
  publicKeyPem: aliceKeys.publicPem,
  podUrl: "https://pod.example/",
  name: "Alice",
};

interface World {
  readonly deps: IncomingDeps;
  readonly discovered: string[];
  readonly remembered: RemotePerson[];
}

function world(
  changes: Partial<IncomingDeps> = {},
  known: readonly RemotePerson[] = [alice],
): World {
  const discovered: string[] = [];
  const remembered: RemotePerson[] = [];
  const deps: IncomingDeps = {
    local: served(BOB),
    idHosts: SITE.idHosts,
    remote: {
      known: (id) => Promise.resolve(known.find((person) => person.diasporaId === id) ?? null),
      remember: (person) => {
        remembered.push(person);
        return Promise.resolve(person);
      },
    },
    discover: (id) => {
      discovered.push(id);
      return id === ALICE
        ? Promise.resolve(alice)
        : Promise.reject(new DxError("DX_PERSON_NOT_FOUND"));
    },
    keys: { of: (wanted) => Promise.resolve(wanted === BOB_GUID ? bobKeys.privatePem : null) },
    decrypt: (body, key) => pool.decrypt(body, key),
    known: { facts: () => Promise.resolve(null), comment: () => Promise.resolve(null) },
    fetcher: {
      fetch: () => Promise.reject(new DxError("DX_ITEM_NOT_FOUND")),
      depthOf: () => 0,
    },
    log: silentLog,
    now: () => new Date("2026-11-21T12:00:00Z"),
    ...changes,
  };
  return { deps, discovered, remembered };
}

const post = (isPublic: boolean, author: string = ALICE): string =>
  `<status_message><author>${author}</author><guid>17faf230675101350d995254001bd39e</guid>` +
  `<created_at>2026-11-20T10:00:00Z</created_at><text>i am a *test*</text>` +
  `<public>${String(isPublic)}</public></status_message>`;

const contact = (recipient: string): string =>
  `<contact><author>${ALICE}</author><recipient>${recipient}</recipient>` +
  `<following>true</following><sharing>true</sharing></contact>`;

function toPublic(envelope: string): IncomingMessage {
  return {
    kind: "public",
    recipient: null,
    body: Buffer.from(envelope),
    claimedHost: "pod.example",
  };
}

async function publicMessage(
  payload: string,
  keys: KeyPairPem = aliceKeys,
): Promise<IncomingMessage> {
  return toPublic(await sealEnvelope(payload, ALICE, keys.privatePem));
}

async function privateMessage(
  payload: string,
  keys: KeyPairPem = aliceKeys,
  recipientKey: string = bobKeys.publicPem,
): Promise<IncomingMessage> {
  const envelope = await sealEnvelope(payload, ALICE, keys.privatePem);
  const body = Buffer.from(encryptEnvelope(envelope, recipientKey));
  return { kind: "private", recipient: BOB.guid, body, claimedHost: "192.0.2.1" };
}

async function fails(
  message: IncomingMessage,
  deps: IncomingDeps,
  code: ErrorCode,
  retryable: boolean,
): Promise<void> {
  await assert.rejects(
    processIncoming(message, deps),
    (error) => isDxError(error, code) && error.retryable === retryable,
  );
}

test("a public post becomes an activity, with the payload exactly as it was signed", async () => {
  const { deps, discovered } = world();
  const result = await processIncoming(await publicMessage(post(true)), deps);
  assert.ok(result.kind === "activity");
  const { activity, ...rest } = result.received;
  assert.deepEqual(rest, { sender: ALICE, recipient: null, payloadXml: post(true) });
  assert.ok(activity.verb === "post" && activity.object.type === "note");
  assert.equal(activity.audience, "public");
  assert.equal(activity.object.markdown, "i am a *test*");
  assert.equal(activity.actor.id, ALICE);
  assert.deepEqual(discovered, [], "who is known is not looked up");
});

test("a private post is decrypted with the addressed person's key", async () => {
  const result = await processIncoming(await privateMessage(post(false)), world().deps);
  assert.ok(result.kind === "activity");
  assert.equal(result.received.recipient, BOB_GUID);
  assert.equal(result.received.activity.audience, "limited");
});

test("an unknown sender is discovered and remembered", async () => {
  const { deps, discovered, remembered } = world({}, []);
  const result = await processIncoming(await publicMessage(post(true)), deps);
  assert.equal(result.kind, "activity");
  assert.deepEqual(discovered, [ALICE]);
  assert.deepEqual(remembered, [alice]);
});

test("a contact for the addressed person is a follow", async () => {
  const result = await processIncoming(await privateMessage(contact(BOB.diasporaId)), world().deps);
  assert.ok(result.kind === "activity" && result.received.activity.verb === "follow");
  assert.equal(result.received.activity.object.id, BOB.diasporaId);
});

test("a contact that names somebody else than it was delivered to is refused", async () => {
  const message = await privateMessage(contact("carol@example.org"));
  await fails(message, world().deps, "DX_RECIPIENT_MISMATCH", false);
});

test("a signature that does not fit the known key is bad for good, and no reason to look again", async () => {
  const { deps, discovered } = world();
  const forged = await publicMessage(post(true), otherKeys);
  await fails(forged, deps, "DX_SIGNATURE_INVALID", false);
  await fails(await privateMessage(post(false), otherKeys), deps, "DX_SIGNATURE_INVALID", false);
  assert.deepEqual(discovered, []);
});

for (const [code, retryable] of [
  ["DX_HTTP_UNREACHABLE", true],
  ["DX_HTTP_TIMEOUT", true],
  ["DX_HTTP_STATUS", true],
  ["DX_DISCOVERY_MISMATCH", false],
  ["DX_ADDRESS_FORBIDDEN", false],
] as const) {
  test(`a key lookup that fails with ${code} is ${retryable ? "tried again" : "final"}`, async () => {
    const { deps } = world({ discover: () => Promise.reject(new DxError(code)) }, []);
    await fails(await publicMessage(post(true)), deps, code, retryable);
  });
}

test("a sender whom nobody knows has no key", async () => {
  const { deps } = world(
    { discover: () => Promise.reject(new DxError("DX_PERSON_NOT_FOUND")) },
    [],
  );
  await fails(await publicMessage(post(true)), deps, "DX_SENDER_KEY_NOT_FOUND", false);
});

test("a person whose key or guid changed is refused, not stored", async () => {
  const remote = {
    known: () => Promise.resolve(null),
    remember: () => Promise.reject(new DxError("DX_PERSON_CHANGED")),
  };
  await fails(await publicMessage(post(true)), world({ remote }).deps, "DX_PERSON_CHANGED", false);
});

test("a sender with one of our own IDs is proven by our own key only, and looked up nowhere", async () => {
  const { deps, discovered } = world();
  const payload = post(true, BOB.diasporaId);
  const forged = toPublic(await sealEnvelope(payload, BOB.diasporaId, otherKeys.privatePem));
  await fails(forged, deps, "DX_SIGNATURE_INVALID", false);
  const ghost = diasporaId("ghost@example.org");
  const unknown = toPublic(await sealEnvelope(post(true, ghost), ghost, otherKeys.privatePem));
  await fails(unknown, deps, "DX_SENDER_KEY_NOT_FOUND", false);
  const echo = toPublic(await sealEnvelope(payload, BOB.diasporaId, bobKeys.privatePem));
  assert.equal((await processIncoming(echo, deps)).kind, "activity");
  assert.deepEqual(discovered, []);
});

test("the author of a post is its sender", async () => {
  const message = await publicMessage(post(true, "carol@pod.example"));
  await fails(message, world().deps, "DX_SENDER_FORBIDDEN", false);
});

test("a limited post at the public end point is refused", async () => {
  await fails(await publicMessage(post(false)), world().deps, "DX_NOT_PUBLIC", false);
});

test("a message encrypted for another key cannot be read, whatever is wrong with it", async () => {
  const message = await privateMessage(post(false), aliceKeys, otherKeys.publicPem);
  await fails(message, world().deps, "DX_DECRYPT_FAILED", false);
  for (const body of [
    "",
    "{}",
    "rubbish",
    '{"aes_key":"AA==","encrypted_magic_envelope":"AA=="}',
  ]) {
    await fails({ ...message, body: Buffer.from(body) }, world().deps, "DX_DECRYPT_FAILED", false);
  }
});

test("a message for somebody who has gone since is dropped", async () => {
  const message = await privateMessage(post(false));
  await fails(message, world({ local: served() }).deps, "DX_ITEM_NOT_FOUND", false);
  const keys = { of: () => Promise.resolve(null) };
  await fails(message, world({ keys }).deps, "DX_ITEM_NOT_FOUND", false);
});

for (const body of ["", "%%%", "<me:env", "<a/>", '{"aes_key":1}']) {
  test(`the public body ${JSON.stringify(body)} is an error for good`, async () => {
    await assert.rejects(
      processIncoming(toPublic(body), world().deps),
      (error) => isDxError(error) && !error.retryable,
    );
  });
}

test("a valid message of a kind that is not bridged is done without an activity", async () => {
  const place = `<location><address>Here</address><lat>1</lat><lng>2</lng></location>`;
  const result = await processIncoming(await privateMessage(place), world().deps);
  assert.deepEqual(result, { kind: "unsupported", entity: "location" });
});
