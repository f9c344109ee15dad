/**
 * Signature ≠ actor (CVE-2025-54888, diaspora 0.5.7.1): whatever somebody else's name is
 * put into, sealed with an own key, is not taken. That what is fetched is what was asked
 * for, is in test/unit/federation; account migrations signed by the wrong key, and
 * retractions by third parties, are vectors of negative-public.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { decryptEnvelope, encryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { makeEntity } from "../../../src/salmon/entities/complete.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { openPrivate, openPublic } from "../../../src/salmon/receive/open.ts";
import type { OpenDeps } from "../../../src/salmon/receive/related.ts";
import { alice, bob, codeOf, mallory, VECTORS } from "../salmon/people.ts";

const VECTOR = z.object({ expected: z.object({ xml: z.unknown() }) });
const ROOT = { author: bob.id, local: true, public: true };

/** Everything belongs to a post of bob's, and everybody's key is known. */
const deps: OpenDeps = {
  keyOf: (id) =>
    Promise.resolve(
      { [mallory.id]: mallory.publicPem, [bob.id]: bob.publicPem }[id] ?? alice.publicPem,
    ),
  related: () => Promise.resolve(ROOT),
};

const bobKey = importPrivateKey(bob.privatePem);
const toBob = {
  id: bob.id,
  decrypt: (body: Uint8Array): Promise<Uint8Array> =>
    Promise.resolve(decryptEnvelope(body, bobKey)),
};

/** As data says it, or for what is no message by itself. */
const REFUSALS = ["DX_SENDER_FORBIDDEN", "DX_AUTHOR_SIGNATURE_INVALID", "DX_ENTITY_UNSUPPORTED"];

for (const file of readdirSync(new URL("entity-xml", VECTORS))) {
  const text = readFileSync(new URL(`entity-xml/${file}`, VECTORS), "utf8");
  const { xml } = VECTOR.parse(JSON.parse(text)).expected;
  if (typeof xml !== "string" || xml.includes(mallory.id)) continue;
  test(`sealed by a third party, and taken at neither door: ${file}`, async () => {
    const envelope = await sealEnvelope(xml, mallory.id, mallory.privatePem);
    const codes = [
      await codeOf(() => openPublic(envelope, deps)),
      await codeOf(() => openPrivate(encryptEnvelope(envelope, bob.publicPem), toBob, deps)),
    ];
    for (const code of codes) {
      assert.ok(REFUSALS.includes(code) || code === "DX_PARENT_NOT_LOCAL", code);
    }
  });
}

test("the author's name in key_id, with somebody else's signature, is nobody's message", async () => {
  const guid = "0123456789abcdef";
  const payload = writeEntity(
    makeEntity("status_message", { author: alice.id, guid, public: true, text: "Hi" }, new Date(0)),
  );
  const forged = await sealEnvelope(payload, alice.id, mallory.privatePem);
  assert.equal(await codeOf(() => openPublic(forged, deps)), "DX_SIGNATURE_INVALID");
});
