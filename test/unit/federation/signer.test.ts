import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createSigner } from "../../../src/federation/signer.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { claimedSender } from "../../../src/salmon/magic-envelope.ts";
import { guidNumber, jid, localPerson, remotePost } from "../../support/fixtures.ts";
import { PEER_READERS } from "../../support/peer-readers.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const BOB = localPerson({ publicKeyPem: publicKey });
const post = (markdown: string) =>
  remotePost({ markdown }, { actor: { network: "xmpp", id: BOB.jid } });

function counting(pem: string | null = privateKey): {
  asked: number;
  of: () => Promise<string | null>;
} {
  const keys = {
    asked: 0,
    of: () => {
      keys.asked += 1;
      return Promise.resolve(pem);
    },
  };
  return keys;
}

test("what was prepared is what goes out, signed once, and the key is asked for once", async () => {
  const keys = counting();
  const signer = createSigner(keys);
  signer.prepare(post("Hello"), BOB);
  const envelopes = await Promise.all([1, 2, 3].map(() => signer.envelopeOf(post("Hello"), BOB)));
  assert.equal(new Set(envelopes).size, 1);
  assert.equal(claimedSender(envelopes[0] ?? ""), BOB.diasporaId);
  await signer.envelopeOf(post("Another"), BOB);
  assert.ok(keys.asked <= 4);
  const before = keys.asked;
  await signer.envelopeOf(post("A third"), BOB);
  assert.equal(keys.asked, before);
});

test("an envelope that was forgotten comes back the same", async () => {
  const [first, second] = await Promise.all(
    [1, 2].map(() => createSigner(counting()).envelopeOf(post("Hello"), BOB)),
  );
  assert.equal(first, second);
});

test("other words, and another author, are another envelope", async () => {
  const signer = createSigner(counting());
  const eve = localPerson({ jid: jid("eve@example.org"), publicKeyPem: publicKey });
  const envelopes = await Promise.all([
    signer.envelopeOf(post("one"), BOB),
    signer.envelopeOf(post("two"), BOB),
    signer.envelopeOf(post("one"), eve),
  ]);
  assert.equal(new Set(envelopes).size, 3);
});

test("who has no key signs nothing; preparing that does no harm, and it is tried again", async () => {
  let pem: string | null = null;
  const signer = createSigner({ of: () => Promise.resolve(pem) });
  signer.prepare(post("Hello"), BOB);
  await assert.rejects(signer.envelopeOf(post("Hello"), BOB), (error) =>
    isDxError(error, "DX_PERSON_NOT_FOUND"),
  );
  pem = privateKey;
  assert.match(await signer.envelopeOf(post("Hello"), BOB), /<me:env/);
});

test("what is said below a post is signed by its author inside the envelope as well", async () => {
  const envelope = await createSigner(counting()).envelopeOf(
    {
      ...post("Hello"),
      verb: "post",
      object: {
        type: "comment",
        guid: guidNumber(1),
        markdown: "Nice; really",
        inReplyTo: guidNumber(2),
      },
    },
    BOB,
  );
  const { authorText } = PEER_READERS.gem(envelope, () => publicKey);
  const said = [BOB.diasporaId, guidNumber(1), guidNumber(2), "Nice; really"];
  assert.equal(authorText, [...said, "2026-01-02T03:04:05Z"].join(";"));
});
