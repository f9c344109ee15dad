import assert from "node:assert/strict";
import { test } from "node:test";
import type { DiasporaId } from "../../../src/activitystreams/ids.ts";
import { DxError } from "../../../src/errors/error.ts";
import { decryptEnvelope, encryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import type { EntityName } from "../../../src/salmon/entities/entity.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { openPrivate, openPublic } from "../../../src/salmon/receive/open.ts";
import type { OpenDeps } from "../../../src/salmon/receive/related.ts";
import { alice, bob, codeOf, mallory, type TestPerson } from "./people.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const GUID = "0123456789abcdef";
const people = [alice, bob, mallory];

const deps: OpenDeps = {
  keyOf: (id) => Promise.resolve(people.find((one) => one.id === id)?.publicPem ?? null),
  now: () => NOW,
};

function payload(type: EntityName, raw: Raw): string {
  return writeEntity(makeEntity(type, raw, NOW));
}

function post(author: DiasporaId, more: Raw = {}): string {
  return payload("status_message", { author, guid: GUID, public: true, text: "Hi", ...more });
}

function sealed(xml: string, by: TestPerson): Promise<string> {
  return sealEnvelope(xml, by.id, by.privatePem);
}

const bobKey = importPrivateKey(bob.privatePem);
const toBob = {
  id: bob.id,
  decrypt: (body: Uint8Array): Promise<Uint8Array> =>
    Promise.resolve(decryptEnvelope(body, bobKey)),
};

test("a public post is opened: who signed, what it says, and exactly what was signed", async () => {
  const xml = post(alice.id);
  const opened = await openPublic(Buffer.from(await sealed(xml, alice)), deps);
  assert.equal(opened.sender, alice.id);
  assert.equal(opened.entity.type, "status_message");
  assert.equal(opened.payloadXml, xml);
});

const contact = { author: alice.id, recipient: bob.id, following: true, sharing: true };
const comment = { author: alice.id, guid: GUID, parent_guid: GUID, text: "Hi" };
const secret = { author: alice.id, bio: "about me" };

const refusedInPublic: readonly [what: string, by: TestPerson, xml: () => string, code: string][] =
  [
    ["somebody else's post", mallory, () => post(alice.id), "DX_SENDER_FORBIDDEN"],
    ["a limited post", alice, () => post(alice.id, { public: false }), "DX_NOT_PUBLIC"],
    ["a profile with private parts", alice, () => payload("profile", secret), "DX_NOT_PUBLIC"],
    [
      "somebody else's limited post",
      mallory,
      () => post(alice.id, { public: false }),
      "DX_SENDER_FORBIDDEN",
    ],
    [
      "a comment, where parents are not known",
      alice,
      () => payload("comment", comment),
      "DX_ENTITY_UNSUPPORTED",
    ],
    [
      "a part without a whole",
      alice,
      () => payload("location", { address: "x", lat: "1", lng: "2" }),
      "DX_ENTITY_UNSUPPORTED",
    ],
    ["an entity of the future", alice, () => "<hologram/>", "DX_ENTITY_UNKNOWN"],
    ["no XML", alice, () => "Hi", "DX_XML_MALFORMED"],
    ["a DTD in the payload", alice, () => `<!DOCTYPE a>${post(alice.id)}`, "DX_XML_FORBIDDEN"],
    [
      "a payload of more than 1 MiB",
      alice,
      () => `<contact>${"x".repeat(1 << 20)}</contact>`,
      "DX_XML_TOO_BIG",
    ],
  ];

for (const [what, by, xml, code] of refusedInPublic) {
  test(`at the public end point ${what} is ${code}, and no retry helps`, async () => {
    const body = await sealed(xml(), by);
    assert.equal(await codeOf(() => openPublic(body, deps)), code);
    await assert.rejects(openPublic(body, deps), (error: DxError) => !error.retryable);
  });
}

test("a profile without private parts may come publicly", async () => {
  const body = await sealed(payload("profile", { author: alice.id, first_name: "Alice" }), alice);
  assert.equal(await codeOf(() => openPublic(body, deps)), "no error");
});

test("an unknown sender is told from a wrong signature", async () => {
  const body = await sealed(post(alice.id), { ...alice, privatePem: mallory.privatePem });
  assert.equal(await codeOf(() => openPublic(body, deps)), "DX_SIGNATURE_INVALID");
  const nobody: OpenDeps = { keyOf: () => Promise.resolve(null) };
  assert.equal(await codeOf(() => openPublic(body, nobody)), "DX_SENDER_KEY_NOT_FOUND");
});

test("when the key cannot be asked for now, that is said, so that it is tried again", async () => {
  const down: OpenDeps = { keyOf: () => Promise.reject(new DxError("DX_HTTP_TIMEOUT")) };
  const body = await sealed(post(alice.id), alice);
  assert.equal(await codeOf(() => openPublic(body, down)), "DX_HTTP_TIMEOUT");
});

test("nobody's key is looked up for an envelope that is broken", async () => {
  let asked = 0;
  const counting: OpenDeps = {
    keyOf: () => {
      asked += 1;
      return Promise.resolve(null);
    },
  };
  const body = (await sealed(post(alice.id), alice)).replace("RSA-SHA256", "none");
  assert.equal(await codeOf(() => openPublic(body, counting)), "DX_ENVELOPE_ALGORITHM");
  assert.equal(asked, 0);
});

async function encrypted(xml: string, by: TestPerson, to = bob): Promise<string> {
  return encryptEnvelope(await sealed(xml, by), to.publicPem);
}

test("a limited post is opened by the one it was encrypted for", async () => {
  const body = await encrypted(post(alice.id, { public: false }), alice);
  assert.equal((await openPrivate(body, toBob, deps)).sender, alice.id);
});

const refusedInPrivate: readonly [what: string, body: () => Promise<string>, code: string][] = [
  [
    "a contact meant for somebody else",
    () => encrypted(payload("contact", { ...contact, recipient: mallory.id }), alice),
    "DX_RECIPIENT_MISMATCH",
  ],
  [
    "somebody else's contact",
    () => encrypted(payload("contact", contact), mallory),
    "DX_SENDER_FORBIDDEN",
  ],
  [
    "a message for another key",
    () => encrypted(payload("contact", contact), alice, mallory),
    "DX_DECRYPT_FAILED",
  ],
  [
    "an envelope that is not encrypted",
    () => sealed(payload("contact", contact), alice),
    "DX_DECRYPT_FAILED",
  ],
  [
    "junk inside",
    () => Promise.resolve(encryptEnvelope("junk", bob.publicPem)),
    "DX_DECRYPT_FAILED",
  ],
];

for (const [what, body, code] of refusedInPrivate) {
  test(`at a person's end point ${what} is ${code}`, async () => {
    const bytes = Buffer.from(await body());
    assert.equal(await codeOf(() => openPrivate(bytes, toBob, deps)), code);
  });
}

test("the same envelope, taken to another person, is not for that person", async () => {
  const envelope = await sealed(payload("contact", contact), alice);
  const malloryKey = importPrivateKey(mallory.privatePem);
  const replayed = encryptEnvelope(envelope, mallory.publicPem);
  const toMallory = {
    id: mallory.id,
    decrypt: (body: Uint8Array): Promise<Uint8Array> =>
      Promise.resolve(decryptEnvelope(body, malloryKey)),
  };
  assert.equal(await codeOf(() => openPrivate(replayed, toMallory, deps)), "DX_RECIPIENT_MISMATCH");
});
