/** Names that mean something to whoever stores or looks up: paths, prototypes. */
import assert from "node:assert/strict";
import { constants, createCipheriv, publicEncrypt } from "node:crypto";
import { test } from "node:test";
import { parseGuid } from "../../../src/activitystreams/ids.ts";
import { parseNodeinfo, parseNodeinfoLinks } from "../../../src/salmon/discovery/nodeinfo.ts";
import { parseWebfingerJrd, webfingerJrd } from "../../../src/salmon/discovery/webfinger.ts";
import { decryptEnvelope, encryptEnvelope } from "../../../src/salmon/encrypted-envelope.ts";
import { readEntity } from "../../../src/salmon/entities/read.ts";
import { writeEntity } from "../../../src/salmon/entities/write.ts";
import { importPrivateKey } from "../../../src/salmon/keys.ts";
import { readXml } from "../../../src/xml/reader.ts";
import { alice, bob, codeOf } from "../salmon/people.ts";

const NOT_GUIDS = (
  ".. ../../../../etc/passwd ..%2f..%2f..%2f..%2fetc %2e%2e%2f%2e%2e%2f%2e%2e abcdefgh/ijklmnop " +
  "abcdefghijklmnop/ abcdefghijklmno% abcdefghijklmno\\ abcdefghijklmno' ' OR '1'='1'; abcdefghijklmno\u0000 " +
  "__proto__ constructor ................ ::::::::::::::::: abcdefghijklmnop? abcdefghijklmnop#a=b"
).split(" ");

for (const text of [...NOT_GUIDS, "abcdefghijklmnop\n", "abcdefgh ijklmnop", "ａbcdefghijklmnop"]) {
  test(`${JSON.stringify(text)} is no guid, so it is in no path and no query`, async () => {
    assert.equal(parseGuid(text), null);
    const post = `<status_message><author>${alice.id}</author><guid>${text.replace(/[\u0000&<]/g, "")}</guid></status_message>`;
    const code = await codeOf(() => readEntity(readXml(post), new Date(0)));
    assert.equal(code, "DX_ENTITY_INVALID");
  });
}

function unpolluted(): void {
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).toSorted(), PROTOTYPE);
}
const PROTOTYPE = Object.getOwnPropertyNames(Object.prototype).toSorted();

const jrd = webfingerJrd({
  diasporaId: alice.id,
  guid: alice.guid,
  podUrl: "https://pod-a.example/",
});
const members = JSON.stringify(jrd).slice(1, -1);

const DOCUMENTS: readonly (readonly [
  read: (text: string) => unknown,
  text: string,
  code: string,
])[] = [
  [parseWebfingerJrd, `{"__proto__":{${members}}}`, "DX_DISCOVERY_INCOMPLETE"],
  [parseWebfingerJrd, `{"constructor":{"prototype":{${members}}}}`, "DX_DISCOVERY_INCOMPLETE"],
  [parseWebfingerJrd, `{${members},"__proto__":{"subject":"acct:x@y"}}`, "no error"],
  [
    parseWebfingerJrd,
    JSON.stringify(jrd).replaceAll('"rel":', '"__proto__":'),
    "DX_DISCOVERY_INVALID",
  ],
  [parseNodeinfoLinks, '{"__proto__":{"links":[]}}', "DX_DISCOVERY_DOCUMENT"],
  [parseNodeinfo, '{"__proto__":{"software":{"name":"a","version":"1"}}}', "DX_DISCOVERY_DOCUMENT"],
  [parseNodeinfo, '{"software":{"__proto__":{"name":"a","version":"1"}}}', "DX_DISCOVERY_DOCUMENT"],
];

for (const [read, text, code] of DOCUMENTS) {
  test(`what stands under a prototype's name is not read: ${text.slice(0, 60)}`, async () => {
    assert.equal(await codeOf(() => read(text)), code);
    unpolluted();
  });
}

test("a JRD with a member called __proto__ is about whom its own subject names", () => {
  const text = `{"__proto__":{"subject":"acct:mallory@evil.example"},${members}}`;
  assert.equal(parseWebfingerJrd(text).subject, `acct:${alice.id}`);
});

test("the parts of an encrypted envelope are its own, and those of its key too", async () => {
  const key = importPrivateKey(bob.privatePem);
  const good = encryptEnvelope("<me:env/>", bob.publicPem);
  const aes = JSON.stringify({ key: "A".repeat(43), iv: "A".repeat(22) });
  const cipher = createCipheriv("aes-256-cbc", Buffer.alloc(32), Buffer.alloc(16));
  const ciphertext = Buffer.concat([cipher.update("<me:env/>"), cipher.final()]).toString("base64");
  const wrapped = (json: string): string =>
    publicEncrypt(
      { key: bob.publicPem, padding: constants.RSA_PKCS1_PADDING },
      Buffer.from(json),
    ).toString("base64");
  const body = (json: string): string =>
    JSON.stringify({ aes_key: wrapped(json), encrypted_magic_envelope: ciphertext });
  assert.equal(await codeOf(() => decryptEnvelope(body(aes), key)), "no error");
  for (const text of [`{"__proto__":${good}}`, body(`{"__proto__":${aes}}`)]) {
    assert.equal(await codeOf(() => decryptEnvelope(text, key)), "DX_DECRYPT_FAILED");
  }
  unpolluted();
});

const comment = (more: string): string =>
  `<comment><author>${alice.id}</author><guid>0123456789abcdef</guid>` +
  `<parent_guid>0123456789abcdef</parent_guid><text>Hi</text>${more}</comment>`;

for (const name of [
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "toString",
  "then",
]) {
  test(`an element called ${name} is an unknown element like another, and is passed on`, () => {
    const entity = readEntity(readXml(comment(`<${name}>x</${name}>`)), new Date(0));
    assert.equal(entity.relay?.unknown.get(name), "x");
    assert.match(writeEntity(entity), new RegExp(`<${name}>x</${name}>`));
    unpolluted();
  });
}
