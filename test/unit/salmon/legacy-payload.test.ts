import assert from "node:assert/strict";
import { test } from "node:test";
import { makeEntity, type Raw } from "../../../src/salmon/entities/complete.ts";
import type { Entity, EntityName } from "../../../src/salmon/entities/entity.ts";
import { relayableSignedText, writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { isWrapped, readLegacyPayload } from "../../../src/salmon/legacy/read-payload.ts";
import { writeLegacyPayload } from "../../../src/salmon/legacy/write-payload.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { elementsOf, parseXml } from "../../support/peer-xml.ts";
import { textIn, verifyInner } from "../../support/peer-slap.ts";
import { alice, bob, codeOf } from "./people.ts";

const NOW = new Date("2026-01-02T03:04:05Z");
const GUID = "0123456789abcdef";
const OTHER = "fedcba9876543210";
const IDS = { author: alice.id, guid: GUID };
const key = importPrivateKey(alice.privatePem);

function read(xml: string): Entity {
  return readLegacyPayload(readXml(xml), NOW).entity;
}

const oldForms: readonly [what: string, xml: string, type: EntityName, raw: Raw][] = [
  [
    "a request is the start of sharing",
    `<request><sender_handle>${alice.id}</sender_handle><recipient_handle>${bob.id}</recipient_handle></request>`,
    "contact",
    { author: alice.id, recipient: bob.id, following: true, sharing: true },
  ],
  [
    "and says nothing else",
    `<request><sender_handle>${alice.id}</sender_handle><recipient_handle>${bob.id}</recipient_handle><following>false</following><blocking>true</blocking></request>`,
    "contact",
    { author: alice.id, recipient: bob.id, following: true, sharing: true },
  ],
  [
    "a signed retraction is a retraction",
    `<signed_retraction><target_guid>${GUID}</target_guid><target_type>Post</target_type><sender_handle>${alice.id}</sender_handle><target_author_signature>x</target_author_signature></signed_retraction>`,
    "retraction",
    { author: alice.id, target_guid: GUID, target_type: "Post" },
  ],
  [
    "a relayable retraction is one, too",
    `<relayable_retraction><parent_author_signature/><target_guid>${GUID}</target_guid><target_type>Like</target_type><sender_handle>${alice.id}</sender_handle><target_author_signature/></relayable_retraction>`,
    "retraction",
    { author: alice.id, target_guid: GUID, target_type: "Like" },
  ],
  [
    "a retraction had other names",
    `<retraction><diaspora_handle>${alice.id}</diaspora_handle><post_guid>${GUID}</post_guid><type>Person</type></retraction>`,
    "retraction",
    { author: alice.id, target_guid: GUID, target_type: "Person" },
  ],
  [
    "times were written in words",
    `<status_message><diaspora_handle>${alice.id}</diaspora_handle><guid>${GUID}</guid><created_at>2016-02-20 03:43:10 UTC</created_at><raw_message>Hi</raw_message><public>true</public></status_message>`,
    "status_message",
    { ...IDS, created_at: new Date("2016-02-20T03:43:10Z"), text: "Hi", public: true },
  ],
  [
    "a participation was a relayable",
    `<participation><guid>${GUID}</guid><target_type>Post</target_type><parent_guid>${OTHER}</parent_guid><diaspora_handle>${alice.id}</diaspora_handle><author_signature>x</author_signature><parent_author_signature/></participation>`,
    "participation",
    { ...IDS, parent_guid: OTHER, parent_type: "Post" },
  ],
  [
    "a message was one as well",
    `<message><guid>${GUID}</guid><parent_guid>${OTHER}</parent_guid><text>Hi</text><created_at>2016-02-20 03:43:10 UTC</created_at><diaspora_handle>${alice.id}</diaspora_handle><conversation_guid>${OTHER}</conversation_guid><author_signature>x</author_signature></message>`,
    "message",
    {
      ...IDS,
      text: "Hi",
      created_at: new Date("2016-02-20T03:43:10Z"),
      conversation_guid: OTHER,
    },
  ],
  [
    "new names are read where they are written",
    `<status_message><author>${alice.id}</author><guid>${GUID}</guid><created_at>2026-01-02T03:04:05Z</created_at><text>Hi</text><public>true</public></status_message>`,
    "status_message",
    { ...IDS, text: "Hi", public: true },
  ],
  [
    "the new name counts where both are",
    `<account_deletion><diaspora_handle>${bob.id}</diaspora_handle><author>${alice.id}</author></account_deletion>`,
    "account_deletion",
    { author: alice.id },
  ],
];

for (const [what, xml, type, raw] of oldForms) {
  for (const wrapped of [
    xml,
    `<XML><post>${xml}</post></XML>`,
    `<XML>\n <post>\n${xml}</post></XML>`,
  ]) {
    test(`${what}${wrapped === xml ? "" : ", in its wrapper"}`, () => {
      assert.deepEqual(read(wrapped), makeEntity(type, raw, NOW));
    });
  }
}

test("a relayable keeps its order and what is unknown, under today's names", () => {
  const xml = `<comment><guid>${GUID}</guid><x>1;2</x><text>Hi</text><diaspora_handle>${alice.id}</diaspora_handle><parent_guid>${OTHER}</parent_guid><author_signature>s</author_signature><parent_author_signature>p</parent_author_signature></comment>`;
  const { entity, parentAuthorSignature } = readLegacyPayload(readXml(xml), NOW);
  assert.equal(parentAuthorSignature, "p");
  assert.equal(relayableSignedText(entity), `${GUID};1;2;Hi;${alice.id};${OTHER}`);
  assert.equal(
    writeEntity(entity).replaceAll(/\n */g, ""),
    `<comment><guid>${GUID}</guid><x>1;2</x><text>Hi</text><author>${alice.id}</author><parent_guid>${OTHER}</parent_guid><author_signature>s</author_signature></comment>`,
  );
});

test("an old name is only an old name where it was one", async () => {
  const post = `<status_message><sender_handle>${alice.id}</sender_handle><guid>${GUID}</guid><raw_message>Hi</raw_message></status_message>`;
  assert.equal(await codeOf(() => read(post)), "DX_ENTITY_INVALID");
});

test("two of one name are refused as they are under today's names", async () => {
  const author = `<diaspora_handle>${alice.id}</diaspora_handle>`;
  const twice = `<comment><guid>${GUID}</guid><parent_guid>${OTHER}</parent_guid><text>Hi</text>${author}${author}</comment>`;
  assert.equal(await codeOf(() => read(twice)), "DX_ENTITY_INVALID");
});

test("a wrapper is the root XML with something in its post", () => {
  assert.ok(isWrapped(readXml("<XML><a/><post>x<b/></post></XML>")));
  for (const xml of [
    "<XML/>",
    "<XML><post/></XML>",
    "<xml><post><a/></post></xml>",
    "<post><a/></post>",
  ]) {
    assert.ok(!isWrapped(readXml(xml)), xml);
  }
});

async function written(entity: Entity): Promise<ReturnType<typeof parseXml>> {
  const xml = await writeLegacyPayload(entity, { guid: alice.guid, key });
  const root = parseXml(xml);
  assert.equal(root.tagName, "XML");
  const [post] = elementsOf(root);
  assert.equal(post?.tagName, "post");
  const [element, ...more] = elementsOf(post);
  assert.ok(element !== undefined && more.length === 0);
  return element;
}

function namesIn(element: ReturnType<typeof parseXml>): string {
  return elementsOf(element)
    .map(({ tagName }) => tagName)
    .join(" ");
}

const signed: readonly [type: EntityName, raw: Raw, names: string][] = [
  [
    "comment",
    { ...IDS, parent_guid: OTHER, text: "Hi; you" },
    "guid parent_guid text diaspora_handle author_signature parent_author_signature",
  ],
  [
    "like",
    { ...IDS, parent_guid: OTHER, parent_type: "Post", positive: true },
    "positive guid target_type parent_guid diaspora_handle author_signature parent_author_signature",
  ],
  [
    "poll_participation",
    { ...IDS, parent_guid: OTHER, poll_answer_guid: GUID },
    "guid parent_guid diaspora_handle poll_answer_guid author_signature parent_author_signature",
  ],
  [
    "participation",
    { ...IDS, parent_guid: OTHER, parent_type: "Post" },
    "guid target_type parent_guid diaspora_handle author_signature parent_author_signature",
  ],
  [
    "message",
    { ...IDS, text: "Hi", created_at: NOW, conversation_guid: OTHER },
    "guid parent_guid text created_at diaspora_handle conversation_guid author_signature parent_author_signature",
  ],
];

for (const [type, raw, names] of signed) {
  test(`a ${type} has the old names in the old order, which others verify`, async () => {
    const element = await written(makeEntity(type, raw, NOW));
    assert.equal(element.tagName, type);
    assert.equal(namesIn(element), names);
    verifyInner(element, "author_signature", alice.publicPem);
    verifyInner(element, "parent_author_signature", alice.publicPem);
  });
}

test("a message's time was signed in words", async () => {
  const raw = { ...IDS, text: "Hi", created_at: NOW, conversation_guid: OTHER };
  const element = await written(makeEntity("message", raw, NOW));
  assert.equal(textIn(element, "created_at"), "2026-01-02 03:04:05 UTC");
  assert.equal(textIn(element, "parent_guid"), OTHER);
});

test("what somebody else has signed stays in the order in which it was signed", async () => {
  const xml = `<comment><author>${bob.id}</author><guid>${GUID}</guid><parent_guid>${OTHER}</parent_guid><text>Hi</text><x>y</x><author_signature>s</author_signature></comment>`;
  const element = await written(read(xml));
  assert.equal(
    namesIn(element),
    "diaspora_handle guid parent_guid text x author_signature parent_author_signature",
  );
  assert.equal(textIn(element, "author_signature"), "s");
  verifyInner(element, "parent_author_signature", alice.publicPem);
});

test("an unknown element may be called what every object has", async () => {
  const xml = `<comment><author>${bob.id}</author><guid>${GUID}</guid><parent_guid>${OTHER}</parent_guid><text>Hi</text><constructor>a</constructor><__proto__>b</__proto__><author_signature>s</author_signature></comment>`;
  const element = await written(read(xml));
  assert.equal(textIn(element, "constructor"), "a");
  assert.equal(textIn(element, "__proto__"), "b");
});

const retracted: readonly [target: string, name: string, names: string][] = [
  ["Post", "signed_retraction", "target_guid target_type sender_handle target_author_signature"],
  [
    "Comment",
    "relayable_retraction",
    "parent_author_signature target_guid target_type sender_handle target_author_signature",
  ],
  ["Photo", "retraction", "diaspora_handle post_guid type"],
];

for (const [target, name, names] of retracted) {
  test(`a ${target} was taken back by a ${name}`, async () => {
    const raw = { author: alice.id, target_guid: GUID, target_type: target };
    const entity = makeEntity("retraction", raw, NOW);
    const element = await written(entity);
    assert.equal(element.tagName, name);
    assert.equal(namesIn(element), names);
    assert.deepEqual(read(await writeLegacyPayload(entity, { guid: alice.guid, key })), entity);
  });
}

test("sharing starts with a request and ends with the retraction of a person", async () => {
  const contact = { author: alice.id, recipient: bob.id };
  const start = await written(
    makeEntity("contact", { ...contact, following: true, sharing: true }, NOW),
  );
  assert.equal(start.tagName, "request");
  assert.equal(textIn(start, "recipient_handle"), bob.id);
  const end = await written(
    makeEntity("contact", { ...contact, following: false, sharing: false }, NOW),
  );
  assert.equal(end.tagName, "retraction");
  assert.equal(textIn(end, "type"), "Person");
  assert.equal(textIn(end, "post_guid"), alice.guid);
});

test("nil is an empty element, and what is newer is left out", async () => {
  const raw = {
    ...IDS,
    text: "Hi",
    public: true,
    edited_at: NOW,
    embed: { url: "https://example.org/x" },
  };
  const element = await written(makeEntity("status_message", raw, NOW));
  assert.equal(
    namesIn(element),
    "diaspora_handle guid created_at provider_display_name raw_message public",
  );
  assert.equal(textIn(element, "provider_display_name"), "");
});

test("a picture of unknown size has one all the same: without, 0.6 refused its whole post", async () => {
  const photo = { ...IDS, remote_photo_path: "https://a.example/", remote_photo_name: "x.jpg" };
  const post = makeEntity("status_message", { ...IDS, text: "Hi", photos: [photo] }, NOW);
  const [element] = elementsOf(await written(post)).filter(({ tagName }) => tagName === "photo");
  assert.ok(element);
  assert.equal(textIn(element, "height"), "0");
  assert.equal(textIn(element, "width"), "0");
});

test("for what is newer as a whole there is no old form", async () => {
  const raw = { ...IDS, parent_guid: OTHER, status: "accepted" };
  const rsvp = makeEntity("event_participation", raw, NOW);
  assert.equal(await codeOf(() => written(rsvp)), "DX_ENTITY_UNSUPPORTED");
});
