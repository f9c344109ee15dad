import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import type { CommentActivity, DeleteActivity } from "../../../src/activitystreams/activity.ts";
import { createSigner } from "../../../src/federation/signer.ts";
import { isDxError } from "../../../src/errors/error.ts";
import { claimedSender } from "../../../src/salmon/magic-envelope.ts";
import {
  diasporaId,
  guidNumber,
  jid,
  localPerson,
  remotePerson,
  remotePost,
} from "../../support/fixtures.ts";
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

const comment: CommentActivity = {
  ...post("Hello"),
  verb: "post",
  object: {
    type: "comment",
    guid: guidNumber(1),
    markdown: "Nice; really",
    inReplyTo: guidNumber(2),
  },
};

test("what is said below a post is signed by its author inside the envelope as well", async () => {
  const envelope = await createSigner(counting()).envelopeOf(comment, BOB);
  const { authorText } = PEER_READERS.gem(envelope, () => publicKey);
  const said = [BOB.diasporaId, guidNumber(1), guidNumber(2), "Nice; really"];
  assert.equal(authorText, [...said, "2026-01-02T03:04:05Z"].join(";"));
});

const other = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const CAROL = localPerson({ jid: jid("carol@example.org"), publicKeyPem: other.publicKey });
const ALICE = remotePerson();

/** Each with their own key. */
function each(): { asked: number; of: (guid: string) => Promise<string> } {
  const keys = {
    asked: 0,
    of: (guid: string) => {
      keys.asked += 1;
      return Promise.resolve(guid === CAROL.guid ? other.privateKey : privateKey);
    },
  };
  return keys;
}

const publicKeyOf = (id: string): string => (id === CAROL.diasporaId ? other.publicKey : publicKey);

test("what one of our people said below a post of another is signed by the one, sealed by the other", async () => {
  const passing = { activity: comment, author: BOB, sealer: CAROL, relay: null };
  const signer = createSigner(each());
  const [envelope, again] = await Promise.all([signer.passOn(passing), signer.passOn(passing)]);
  assert.equal(envelope, again);
  assert.equal(claimedSender(envelope), CAROL.diasporaId);
  const opened = PEER_READERS.gem(envelope, publicKeyOf);
  assert.ok(opened.authorText?.startsWith(`${BOB.diasporaId};`));
  assert.notEqual(envelope, await signer.envelopeOf(comment, BOB));
});

test("what somebody of another pod said travels as it was signed there, in our author's envelope", async () => {
  const relay = `<comment><author>alice@pod.example</author><unknown>kept</unknown></comment>`;
  const keys = each();
  const signer = createSigner(keys);
  const passing = { activity: comment, author: ALICE, sealer: CAROL, relay };
  const envelope = await signer.passOn(passing);
  assert.equal(await signer.passOn(passing), envelope);
  assert.equal(claimedSender(envelope), CAROL.diasporaId);
  const data = /<me:data[^>]*>([^<]*)</.exec(envelope)?.[1] ?? "";
  assert.equal(Buffer.from(data, "base64url").toString(), relay);
  assert.equal(keys.asked, 1, "the author's key is not ours to ask for");
});

test("a comment of another pod without its author's signature is not passed on; a retraction is", async () => {
  const signer = createSigner(each());
  const passing = { author: ALICE, sealer: CAROL, relay: null };
  await assert.rejects(signer.passOn({ ...passing, activity: comment }), (error) =>
    isDxError(error, "DX_ENTITY_INVALID"),
  );
  const retraction: DeleteActivity = {
    ...comment,
    actor: { network: "diaspora", id: diasporaId("alice@pod.example") },
    verb: "delete",
    object: { type: "tombstone", guid: guidNumber(1), targetType: "Comment" },
  };
  const envelope = await signer.passOn({ ...passing, activity: retraction });
  assert.equal(claimedSender(envelope), CAROL.diasporaId);
});
