import assert from "node:assert/strict";
import { test } from "node:test";
import type { SALMON_ERRORS } from "../../../src/errors/salmon-errors.ts";
import type { XML_ERRORS } from "../../../src/errors/xml-errors.ts";
import * as salmon from "../../../src/salmon/library.ts";
import { alice, bob, codeOf, mallory } from "./people.ts";

/** The smallest thing that goes wrong in each way: a code that nothing gives is no code. */
type Produced = Readonly<
  Record<keyof typeof SALMON_ERRORS | keyof typeof XML_ERRORS, () => unknown>
>;

const NOW = new Date("2026-01-02T03:04:05Z");
const GUID = "0123456789abcdef0123456789abcdef";
const KEYS = new Map([alice, bob, mallory].map(({ id, publicPem }) => [id, publicPem]));

const deps: salmon.OpenDeps = { keyOf: (id) => Promise.resolve(KEYS.get(id) ?? null) };

/** What everything belongs to: a post of bob's, from elsewhere. */
const POST: salmon.RelatedEntity = { author: bob.id, local: false, public: true };

function knowing(related: salmon.RelatedEntity | null): salmon.OpenDeps {
  return { ...deps, related: () => Promise.resolve(related) };
}

function post(changes: salmon.Raw = {}): salmon.Entity {
  const values = { author: alice.id, guid: GUID, public: true, text: "Hello", ...changes };
  return salmon.makeEntity("status_message", values, NOW);
}

/** Not signed by its author. */
function comment(): salmon.Entity {
  const values = { author: alice.id, guid: GUID, parent_guid: `${GUID}0`, text: "Hello" };
  return salmon.makeEntity("comment", values, NOW);
}

function retraction(): salmon.Entity {
  const values = { author: alice.id, target_guid: GUID, target_type: "Post" };
  return salmon.makeEntity("retraction", values, NOW);
}

function participation(): salmon.Entity {
  const values = { author: alice.id, guid: GUID, parent_guid: `${GUID}0`, parent_type: "Post" };
  return salmon.makeEntity("participation", values, NOW);
}

const sealed = (entity: salmon.Entity | string): Promise<string> =>
  salmon.sealEnvelope(
    typeof entity === "string" ? entity : salmon.writeEntity(entity),
    alice.id,
    alice.privatePem,
  );

/** From alice, signed by her, at the public end point. */
async function open(entity: salmon.Entity | string, at = deps): Promise<unknown> {
  return salmon.openPublic(await sealed(entity), at);
}

/** The same with a piece of the envelope changed. */
async function openWith(piece: string, other: string, at = deps): Promise<unknown> {
  const envelope = await sealed(post());
  assert.ok(envelope.includes(piece));
  return salmon.openPublic(envelope.replace(piece, other), at);
}

const atBob = {
  id: bob.id,
  decrypt: (body: Uint8Array) =>
    Promise.resolve(salmon.decryptEnvelope(body, salmon.importPrivateKey(bob.privatePem))),
};

const SLAP = "https://joindiaspora.com/protocol";
const slap = (header: string): string => `<diaspora xmlns="${SLAP}">${header}</diaspora>`;

const JRD = salmon.webfingerJrd({
  diasporaId: alice.id,
  guid: alice.guid,
  podUrl: "https://pod-a.example/",
});

const PRODUCED: Produced = {
  DX_XML_MALFORMED: () => salmon.readXml("<a>"),
  DX_XML_FORBIDDEN: () => salmon.readXml("<!DOCTYPE a><a/>"),
  DX_XML_ENCODING: () => salmon.decodeXml(Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e])),
  DX_XML_TOO_BIG: () => salmon.readXml("<a>".repeat(100) + "</a>".repeat(100)),

  DX_KEY_INVALID: () => salmon.importPublicKey("-----BEGIN PUBLIC KEY-----"),
  DX_ENVELOPE_INVALID: () => salmon.openPublic("<a/>", deps),
  DX_ENVELOPE_TYPE: () => openWith("application/xml", "text/plain"),
  DX_ENVELOPE_ENCODING: () => openWith(">base64url<", ">base64<"),
  DX_ENVELOPE_ALGORITHM: () => openWith("RSA-SHA256", "RSA-SHA1"),
  DX_SLAP_AUTHOR: () => salmon.openPublic(slap("<header/>"), deps),
  DX_SLAP_HEADER: () => salmon.openPrivate(slap(""), atBob, deps),
  DX_SLAP_ENVELOPE: () =>
    salmon.openPublic(slap(`<header><author_id>${alice.id}</author_id></header>`), deps),
  DX_SENDER_KEY_NOT_FOUND: () => open(post(), { keyOf: () => Promise.resolve(null) }),
  DX_SIGNATURE_INVALID: () => open(post(), { keyOf: () => Promise.resolve(mallory.publicPem) }),
  DX_DECRYPT_FAILED: async () =>
    salmon.openPrivate(
      salmon.encryptEnvelope(await sealed(post()), mallory.publicPem),
      atBob,
      deps,
    ),

  DX_ENTITY_NAME_INVALID: () => open("<Status-Message/>"),
  DX_ENTITY_UNKNOWN: () => open("<smoke_signal/>"),
  DX_ENTITY_UNSUPPORTED: () => open(comment()),
  DX_ENTITY_INVALID: () => post({ guid: "short" }),
  DX_AUTHOR_KEY_NOT_FOUND: async () => {
    const own = comment();
    const signed = await salmon.signRelayable(own, salmon.importPrivateKey(alice.privatePem));
    const envelope = await salmon.sealEnvelope(salmon.writeEntity(signed), bob.id, bob.privatePem);
    return salmon.openPublic(envelope, {
      ...knowing(POST),
      keyOf: (id) => Promise.resolve(id === bob.id ? bob.publicPem : null),
    });
  },
  DX_AUTHOR_SIGNATURE_INVALID: () => open(comment(), knowing(POST)),
  DX_PARENT_NOT_FOUND: () => open(comment(), knowing(null)),
  DX_PARENT_NOT_LOCAL: () => open(participation(), knowing(POST)),
  DX_TARGET_NOT_FOUND: () => open(retraction(), knowing(null)),
  DX_SENDER_FORBIDDEN: () => open(post({ author: mallory.id })),
  DX_NOT_PUBLIC: () => open(post({ public: false })),
  DX_RECIPIENT_MISMATCH: async () => {
    const values = { author: alice.id, recipient: mallory.id, following: true, sharing: true };
    const contact = await sealed(salmon.makeEntity("contact", values, NOW));
    return salmon.openPrivate(salmon.encryptEnvelope(contact, bob.publicPem), atBob, deps);
  },

  DX_DISCOVERY_DOCUMENT: () => salmon.parseWebfingerJrd("<html>"),
  DX_DISCOVERY_INCOMPLETE: () => salmon.parseWebfingerJrd("{}"),
  DX_DISCOVERY_INVALID: () => salmon.parseWebfingerJrd(JSON.stringify({ ...JRD, links: [] })),
  DX_DISCOVERY_MISMATCH: () => {
    salmon.checkSubject(bob.id, salmon.parseWebfingerJrd(JSON.stringify(JRD)));
  },
};

for (const [code, produce] of Object.entries(PRODUCED)) {
  test(`${code} is what its cause gives`, async () => {
    assert.equal(await codeOf(produce), code);
  });
}
