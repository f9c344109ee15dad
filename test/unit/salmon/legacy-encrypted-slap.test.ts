import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DxError } from "../../../src/errors/error.ts";
import { createDecryptPool } from "../../../src/salmon/decrypt-pool.ts";
import { encryptFor } from "../../../src/salmon/encrypted-envelope.ts";
import { makeEntity } from "../../../src/salmon/entities/complete.ts";
import type { Entity } from "../../../src/salmon/entities/entity.ts";
import { addressSlap, sealPrivateSlap } from "../../../src/salmon/legacy/write-slap.ts";
import { openPrivate, openPublic } from "../../../src/salmon/receive/open.ts";
import type { OpenDeps } from "../../../src/salmon/receive/related.ts";
import {
  deps,
  GUID,
  NOW,
  payload,
  post,
  posted,
  privateSlap,
  publicSlap,
  recipient,
} from "./legacy-bench.ts";
import { posts } from "./legacy-posts.ts";
import { alice, bob, codeOf, mallory } from "./people.ts";

test("whatever a post says, an encrypted slap brings it to one person", async () => {
  await fc.assert(
    fc.asyncProperty(posts, fc.boolean(), async (raw, twice) => {
      const entity = post(alice, { ...raw, public: false });
      const body = posted(await privateSlap(entity, alice, bob), twice);
      const opened = await openPrivate(body, recipient(bob), deps);
      assert.deepEqual(opened.entity, entity);
      assert.equal(opened.sender, alice.id);
    }),
    { numRuns: 15 },
  );
});

test("the header goes through the threads that have the private keys", async () => {
  await using pool = createDecryptPool({ threads: 1 });
  const bobsPost = recipient(bob);
  const inThread = {
    ...bobsPost,
    decrypt: (body: Uint8Array) => pool.decrypt(body, bob.privatePem),
  };
  const slap = await privateSlap(post(alice), alice, bob);
  assert.equal((await openPrivate(slap, inThread, deps)).sender, alice.id);
  const junk = replaceHeader(slap, headerOf("junk"));
  assert.equal(await codeOf(() => openPrivate(junk, inThread, deps)), "DX_DECRYPT_FAILED");
});

const brought: readonly [what: string, entity: Entity][] = [
  [
    "the start of sharing",
    makeEntity(
      "contact",
      { author: alice.id, recipient: bob.id, following: true, sharing: true },
      NOW,
    ),
  ],
  [
    "a conversation",
    makeEntity(
      "conversation",
      {
        author: alice.id,
        guid: GUID,
        subject: "Lunch?",
        created_at: NOW,
        participants: `${alice.id};${bob.id}`,
        messages: [
          { author: alice.id, guid: GUID, text: "At 12", created_at: NOW, conversation_guid: GUID },
        ],
      },
      NOW,
    ),
  ],
  [
    "a message",
    makeEntity(
      "message",
      { author: alice.id, guid: GUID, text: "Yes", created_at: NOW, conversation_guid: GUID },
      NOW,
    ),
  ],
  [
    "a profile",
    makeEntity("profile", { author: alice.id, first_name: "Alice", bio: "I", nsfw: true }, NOW),
  ],
  ["the end of an account", makeEntity("account_deletion", { author: alice.id }, NOW)],
];

for (const [what, entity] of brought) {
  test(`an encrypted slap brings ${what}`, async () => {
    const body = await privateSlap(entity, alice, bob);
    assert.deepEqual((await openPrivate(body, recipient(bob), deps)).entity, entity);
  });
}

test("sharing ends by taking back the own person", async () => {
  const end = { author: alice.id, recipient: bob.id, following: false, sharing: false };
  const body = await privateSlap(makeEntity("contact", end, NOW), alice, bob);
  const own: OpenDeps = {
    ...deps,
    related: (type, guid) =>
      Promise.resolve(
        type === "Person" && guid === alice.guid
          ? { author: alice.id, local: false, public: false }
          : null,
      ),
  };
  const { entity } = await openPrivate(body, recipient(bob), own);
  assert.equal(entity.type, "retraction");
  assert.equal(entity.properties.target_type, "Person");
});

function replaceHeader(slap: string, header: string): string {
  return slap.replace(/(<encrypted_header>)[^<]*/, `$1${header}`);
}

function headerOf(cleartext: string, to = bob): string {
  const { aesKey: aes_key, ciphertext } = encryptFor(to.publicPem, cleartext);
  return base64(JSON.stringify({ aes_key, ciphertext }));
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64");
}

const KEY = "A".repeat(43) + "=";
const IV = "A".repeat(22) + "==";
const clear = (parts: string, root = "decrypted_header"): string => `<${root}>${parts}</${root}>`;
const ALL = `<iv>${IV}</iv><aes_key>${KEY}</aes_key><author_id>${alice.id}</author_id>`;

const junkHeaders: readonly [what: string, header: () => string][] = [
  ["nothing", () => ""],
  ["a megabyte", () => "A ".repeat(1 << 19)],
  ["no base64", () => "((("],
  ["base64 of junk", () => base64("junk")],
  ["no object", () => base64("[]")],
  ["another object", () => base64('{"aes_key":1}')],
  [
    "a key that RSA did not make",
    () => base64(JSON.stringify({ aes_key: "AAAA", ciphertext: "AAAA" })),
  ],
  ["a header for somebody else", () => headerOf(clear(ALL), mallory)],
  ["junk inside", () => headerOf("junk")],
  ["another root inside", () => headerOf(clear(ALL, "header"))],
  ["no key inside", () => headerOf(clear(`<iv>${IV}</iv><author_id>${alice.id}</author_id>`))],
  ["no author inside", () => headerOf(clear(`<iv>${IV}</iv><aes_key>${KEY}</aes_key>`))],
  ["two authors inside", () => headerOf(clear(`${ALL}<author_id>${bob.id}</author_id>`))],
  ["a short key inside", () => headerOf(clear(ALL.replace(KEY, "AAAA")))],
  ["a short IV inside", () => headerOf(clear(ALL.replace(IV, "AAAA")))],
  ["a document type inside", () => headerOf(`<!DOCTYPE a>${clear(ALL)}`)],
  ["too much inside", () => headerOf(clear(ALL + " ".repeat(10_000)))],
  ["bytes that are no UTF-8 inside", () => headerOf(clear(ALL)).replace(/.{8}$/, "AAAAAAA=")],
];

for (const [what, header] of junkHeaders) {
  test(`an encrypted slap whose header is ${what} cannot be decrypted, and no more is said`, async () => {
    const slap = replaceHeader(await privateSlap(post(alice), alice, bob), header());
    await assert.rejects(
      openPrivate(slap, recipient(bob), deps),
      ({ code, message, cause }: DxError) =>
        code === "DX_DECRYPT_FAILED" &&
        message === "the private message cannot be decrypted" &&
        cause === undefined,
    );
  });
}

test("a header with another key: what was not signed so is not decrypted with it", async () => {
  const slap = replaceHeader(await privateSlap(post(alice), alice, bob), headerOf(clear(ALL)));
  // The data was signed by alice, so it is tried, and fails as everything does.
  assert.equal(await codeOf(() => openPrivate(slap, recipient(bob), deps)), "DX_DECRYPT_FAILED");
  const data = slap.replace(/(<me:data[^>]*>)[^<]*/, "$1QUFBQQ==");
  assert.equal(await codeOf(() => openPrivate(data, recipient(bob), deps)), "DX_SIGNATURE_INVALID");
});

const ENVELOPE = /<me:env>.*<\/me:env>/s;

const brokenPrivate: readonly [what: string, change: (slap: string) => string, code: string][] = [
  [
    "without a header",
    (slap) => slap.replace(/<encrypted_header>.*<\/encrypted_header>/, ""),
    "DX_SLAP_HEADER",
  ],
  [
    "with two headers",
    (slap) => slap.replace(/<encrypted_header>.*<\/encrypted_header>/, "$&$&"),
    "DX_SLAP_HEADER",
  ],
  ["without an envelope", (slap) => slap.replace(ENVELOPE, ""), "DX_SLAP_ENVELOPE"],
  ["with two envelopes", (slap) => slap.replace(ENVELOPE, "$&$&"), "DX_SLAP_ENVELOPE"],
  ["of another namespace", (slap) => slap.replace("joindiaspora", "x"), "DX_SLAP_HEADER"],
  [
    "of another encoding",
    (slap) => slap.replace(">base64url<", ">base64<"),
    "DX_ENVELOPE_ENCODING",
  ],
  [
    "of more than 2 MiB",
    (slap) => slap.replace("</diaspora>", `${" ".repeat(2 << 20)}</diaspora>`),
    "DX_XML_TOO_BIG",
  ],
];

for (const [what, change, code] of brokenPrivate) {
  test(`an encrypted slap ${what} is ${code}, and costs no private key operation`, async () => {
    const slap = change(await privateSlap(post(alice), alice, bob));
    const asked: Uint8Array[] = [];
    assert.equal(await codeOf(() => openPrivate(slap, recipient(bob, asked), deps)), code);
    assert.deepEqual(asked, []);
  });
}

test("a slap for everybody has no business at a person's end point, nor the other way round", async () => {
  const forAll = await publicSlap(post(alice), alice);
  assert.equal(await codeOf(() => openPrivate(forAll, recipient(bob), deps)), "DX_SLAP_HEADER");
  const forBob = await privateSlap(post(alice), alice, bob);
  assert.equal(await codeOf(() => openPublic(forBob, deps)), "DX_SLAP_AUTHOR");
});

test("who the header names is who signed, and who wrote what is inside", async () => {
  const sealed = await sealPrivateSlap(
    await payload(post(alice), alice),
    mallory.id,
    mallory.privatePem,
  );
  const code = await codeOf(() =>
    openPrivate(addressSlap(sealed, bob.publicPem), recipient(bob), deps),
  );
  assert.equal(code, "DX_SENDER_FORBIDDEN");
  const other = await sealPrivateSlap(
    await payload(post(alice), alice),
    alice.id,
    mallory.privatePem,
  );
  const forged = await codeOf(() =>
    openPrivate(addressSlap(other, bob.publicPem), recipient(bob), deps),
  );
  assert.equal(forged, "DX_SIGNATURE_INVALID");
});

test("a request to somebody else is not for the one whom it was delivered to", async () => {
  const contact = { author: alice.id, recipient: mallory.id, following: true, sharing: true };
  const body = await privateSlap(makeEntity("contact", contact, NOW), alice, bob);
  assert.equal(
    await codeOf(() => openPrivate(body, recipient(bob), deps)),
    "DX_RECIPIENT_MISMATCH",
  );
});
