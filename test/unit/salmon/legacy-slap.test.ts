import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { makeEntity } from "../../../src/salmon/entities/complete.ts";
import { isSlap } from "../../../src/salmon/legacy/read-slap.ts";
import { sealSlap } from "../../../src/salmon/legacy/write-slap.ts";
import { sealEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { openPublic } from "../../../src/salmon/receive/open.ts";
import type { OpenDeps } from "../../../src/salmon/receive/related.ts";
import {
  deps,
  GUID,
  mallorysPost,
  NOW,
  payload,
  post,
  posted,
  publicSlap,
} from "./legacy-bench.ts";
import { posts } from "./legacy-posts.ts";
import { alice, bob, codeOf, mallory } from "./people.ts";

test("whatever a post says, a slap brings it, escaped once or twice", async () => {
  await fc.assert(
    fc.asyncProperty(posts, fc.boolean(), async (raw, twice) => {
      const entity = post(alice, raw);
      const opened = await openPublic(posted(await publicSlap(entity, alice), twice), deps);
      assert.deepEqual(opened.entity, entity);
      assert.equal(opened.sender, alice.id);
    }),
    { numRuns: 25 },
  );
});

test("a comment below a post comes with the signature of its author, who may not be the sender", async () => {
  const comment = { author: alice.id, guid: GUID, parent_guid: GUID, text: "Me; too" };
  const written = await payload(makeEntity("comment", comment, NOW), alice);
  const to: OpenDeps = {
    ...deps,
    related: () => Promise.resolve({ ...mallorysPost, local: true }),
  };
  const opened = await openPublic(await sealSlap(written, alice.id, alice.privatePem), to);
  assert.equal(opened.entity.type, "comment");
  // What the author of the post passes on has that person's signature, and this one has none.
  const relayed = await sealSlap(written, mallory.id, mallory.privatePem);
  assert.equal(await codeOf(() => openPublic(relayed, deps)), "DX_AUTHOR_SIGNATURE_INVALID");
});

test("a slap is known by its root, whatever is before it", () => {
  for (const start of ["", "\uFEFF", "\n ", '<?xml version="1.0"?>', '<?xml version="1.0"?>\n\n']) {
    for (const root of ["<diaspora>", "<diaspora xmlns='x'>", "<d:diaspora/>", "<diaspora\n"]) {
      assert.ok(isSlap(start + root), start + root);
    }
    for (const root of ["<me:env/>", "<diasporas>", "diaspora", "{}", "", "<env><diaspora>"]) {
      assert.ok(!isSlap(start + root), start + root);
    }
  }
});

test("a megabyte before the root takes no time", () => {
  const start = performance.now();
  assert.ok(!isSlap(`<?xml ${" ".repeat(1 << 20)}`));
  assert.ok(!isSlap("\n".repeat(1 << 20)));
  assert.ok(performance.now() - start < 1_000);
});

const HEADER = /<header>.*<\/header>/s;
const ENVELOPE = /<me:env>.*<\/me:env>/s;

const brokenPublic: readonly [what: string, change: (slap: string) => string, code: string][] = [
  ["without a header", (slap) => slap.replace(HEADER, ""), "DX_SLAP_AUTHOR"],
  ["with two headers", (slap) => slap.replace(HEADER, "$&$&"), "DX_SLAP_AUTHOR"],
  [
    "with two authors",
    (slap) => slap.replace(/<author_id>.*<\/author_id>/, "$&$&"),
    "DX_SLAP_AUTHOR",
  ],
  [
    "with an empty author",
    (slap) => slap.replace(/<author_id>.*<\/author_id>/, "<author_id/>"),
    "DX_SLAP_AUTHOR",
  ],
  [
    "by somebody who cannot exist",
    (slap) => slap.replace(alice.id, "not an id"),
    "DX_SENDER_KEY_NOT_FOUND",
  ],
  ["in the name of another", (slap) => slap.replace(alice.id, bob.id), "DX_SIGNATURE_INVALID"],
  ["without an envelope", (slap) => slap.replace(ENVELOPE, ""), "DX_SLAP_ENVELOPE"],
  ["with two envelopes", (slap) => slap.replace(ENVELOPE, "$&$&"), "DX_SLAP_ENVELOPE"],
  [
    "of another namespace",
    (slap) => slap.replace("https://joindiaspora.com", "http://joindiaspora.com"),
    "DX_SLAP_AUTHOR",
  ],
  ["of no namespace", (slap) => slap.replace(/ xmlns="[^"]*"/, ""), "DX_SLAP_AUTHOR"],
  [
    "with an envelope of another namespace",
    (slap) => slap.replace("http://salmon", "https://salmon"),
    "DX_SLAP_ENVELOPE",
  ],
  [
    "with a header of another namespace",
    (slap) => slap.replace("<header>", '<header xmlns="">'),
    "DX_SLAP_AUTHOR",
  ],
  ["of another algorithm", (slap) => slap.replace("RSA-SHA256", "none"), "DX_ENVELOPE_ALGORITHM"],
  ["with two roots", (slap) => `${slap}<diaspora/>`, "DX_XML_MALFORMED"],
  ["cut off", (slap) => slap.slice(0, -20), "DX_XML_MALFORMED"],
  [
    "with a document type",
    (slap) => slap.replace("<diaspora", "<!DOCTYPE diaspora>\n<diaspora"),
    "DX_XML_FORBIDDEN",
  ],
  [
    "with an entity of its own",
    (slap) => slap.replace("?>", '?><!DOCTYPE d [<!ENTITY a "b">]>').replace(alice.id, "&a;"),
    "DX_XML_FORBIDDEN",
  ],
  [
    "of more than 2 MiB",
    (slap) => slap.replace("</header>", `${" ".repeat(2 << 20)}</header>`),
    "DX_XML_TOO_BIG",
  ],
  [
    "of too many elements",
    (slap) => slap.replace("</header>", `${"<a/>".repeat(20_000)}</header>`),
    "DX_XML_TOO_BIG",
  ],
  [
    "nested too deeply",
    (slap) => slap.replace("</header>", `${"<a>".repeat(20_000)}</header>`),
    "DX_XML_TOO_BIG",
  ],
];

for (const [what, change, code] of brokenPublic) {
  test(`a public slap ${what} is ${code}`, async () => {
    const broken = change(await publicSlap(post(alice), alice));
    const bytes = Buffer.from(broken);
    assert.equal(await codeOf(() => openPublic(bytes, deps)), code);
  });
}

const refusedSlaps: readonly [what: string, slap: () => Promise<string>, code: string][] = [
  ["somebody else's post", () => publicSlap(post(alice), mallory), "DX_SENDER_FORBIDDEN"],
  ["a limited post", () => publicSlap(post(alice, { public: false }), alice), "DX_NOT_PUBLIC"],
  [
    "a profile with private parts",
    () => publicSlap(makeEntity("profile", { author: alice.id, bio: "I" }, NOW), alice),
    "DX_NOT_PUBLIC",
  ],
  [
    "an entity of the future",
    () => sealSlap("<hologram/>", alice.id, alice.privatePem),
    "DX_ENTITY_UNKNOWN",
  ],
  [
    "an empty wrapper",
    () => sealSlap("<XML><post/></XML>", alice.id, alice.privatePem),
    "DX_ENTITY_NAME_INVALID",
  ],
  [
    "a wrapper without anything",
    () => sealSlap("<XML/>", alice.id, alice.privatePem),
    "DX_ENTITY_NAME_INVALID",
  ],
  [
    "a document type in the payload",
    () => sealSlap("<!DOCTYPE a><XML><post/></XML>", alice.id, alice.privatePem),
    "DX_XML_FORBIDDEN",
  ],
];

for (const [what, slap, code] of refusedSlaps) {
  test(`${what} in a slap is ${code}`, async () => {
    assert.equal(await codeOf(async () => openPublic(await slap(), deps)), code);
  });
}

test("what is in the slap's form without its wrapper is taken as well", async () => {
  const bare = `<status_message><diaspora_handle>${alice.id}</diaspora_handle><guid>${GUID}</guid><raw_message>Hi</raw_message><public>true</public></status_message>`;
  const { entity } = await openPublic(await sealSlap(bare, alice.id, alice.privatePem), deps);
  assert.deepEqual(entity, post(alice));
});

test("what 0.6 lets be fetched is wrapped, but in a magic envelope", async () => {
  const body = await sealEnvelope(await payload(post(alice), alice), alice.id, alice.privatePem);
  const opened = await openPublic(body, deps);
  assert.deepEqual(opened.entity, post(alice));
});
