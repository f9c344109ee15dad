import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { z } from "zod";
import { readSlap } from "../../../src/salmon/legacy/read-slap.ts";
import { sealSlap } from "../../../src/salmon/legacy/write-slap.ts";
import { claimedSender, sealEnvelope, verifyEnvelope } from "../../../src/salmon/magic-envelope.ts";
import { readEnvelope, readEnvelopeAsXml } from "../../../src/salmon/read-envelope.ts";
import { alice, codeOf, mallory, VECTORS } from "./people.ts";

const VECTOR = z.object({ input: z.object({ body: z.string().default("") }) });
const PAYLOAD = "<status_message>\n  <text>Hello</text>\n</status_message>";

test("an envelope that was sealed here is read and verified here", async () => {
  const envelope = readEnvelope(await sealEnvelope(PAYLOAD, alice.id, alice.privatePem));
  assert.equal(envelope.data.toString(), PAYLOAD);
  assert.equal(envelope.sender, alice.id);
  assert.equal(await verifyEnvelope(envelope, alice.publicPem), true);
  assert.equal(await verifyEnvelope(envelope, mallory.publicPem), false);
});

test("the short way and the long way of reading agree on every envelope of the vectors", async () => {
  const folders = ["magic-envelope", "negative-public", "friendica-magic-envelope"];
  let read = 0;
  for (const folder of folders) {
    for (const file of readdirSync(new URL(folder, VECTORS))) {
      const text = readFileSync(new URL(`${folder}/${file}`, VECTORS), "utf8");
      const { body } = VECTOR.parse(JSON.parse(text)).input;
      const short = await codeOf(() => readEnvelope(body));
      assert.equal(short, await codeOf(() => readEnvelopeAsXml(body)), file);
      if (short !== "no error") continue;
      assert.deepEqual(readEnvelope(body), readEnvelopeAsXml(body), file);
      read += 1;
    }
  }
  assert.ok(read > 100);
});

test("the long way is right about what the short way would have to guess", async () => {
  const sealed = await sealEnvelope(PAYLOAD, alice.id, alice.privatePem);
  const [head = "", tail = ""] = sealed.split("</me:data>");
  for (const changed of [
    sealed.trimEnd(),
    ` ${sealed}`,
    `${head}<x/></me:data>${tail}`,
    `${head} </me:data>${tail}`,
    `${head}</me:data><me:data type="application/xml">QQ==</me:data>${tail}`,
    sealed + sealed,
    sealed.replace("</me:sig>", "</me:sig><me:sig/>"),
  ]) {
    const short = await codeOf(() => readEnvelope(changed));
    assert.equal(short, await codeOf(() => readEnvelopeAsXml(changed)), changed);
  }
});

test("two data elements, or two signatures, are refused: which one was signed?", async () => {
  const sealed = await sealEnvelope(PAYLOAD, alice.id, alice.privatePem);
  for (const name of ["data", "sig"]) {
    const element = new RegExp(`<me:${name}.*</me:${name}>`).exec(sealed)?.[0] ?? "";
    const doubled = sealed.replace(element, element + element);
    assert.equal(await codeOf(() => readEnvelope(doubled)), "DX_ENVELOPE_INVALID");
  }
});

test("the payload inside a comment, a CDATA section or references is the same payload", async () => {
  const sealed = await sealEnvelope(PAYLOAD, alice.id, alice.privatePem);
  for (const changed of [
    sealed.replace(">PHN0", "><!-- x -->PHN0"),
    sealed.replace(/>(PHN0[^<]*)</, "><![CDATA[$1]]><"),
    sealed.replace(">PHN0", ">&#80;HN0"),
  ]) {
    assert.notEqual(changed, sealed);
    assert.deepEqual(readEnvelope(changed), readEnvelope(sealed));
  }
});

test("an envelope of more than 2 MiB is refused", async () => {
  const sealed = await sealEnvelope("x".repeat(1_600_000), alice.id, alice.privatePem);
  assert.equal(await codeOf(() => readEnvelope(sealed)), "DX_XML_TOO_BIG");
});

const claims: readonly [what: string, body: string, expected: string | null][] = [
  ["an encrypted body", '{"aes_key":"x"}', null],
  ["nothing", "", null],
  ["no base64", '<me:sig key_id="***">', null],
  ["nobody who can exist", '<me:sig key_id="QUxJQ0U=">', null],
  ["an endless value", `<me:sig key_id="${"A".repeat(5000)}">`, null],
];

for (const [what, body, expected] of claims) {
  test(`the claimed sender of ${what}`, () => {
    assert.equal(claimedSender(body), expected);
  });
}

test("nobody takes another host's turns with a key_id that does not count", async () => {
  const sealed = await sealEnvelope(PAYLOAD, mallory.id, mallory.privatePem);
  const other = `key_id="${Buffer.from(alice.id).toString("base64url")}"`;
  for (const disguised of [
    `${sealed}<!-- ${other} -->`,
    sealed.replace("<me:env ", `<!-- ${other} --><me:env `),
    sealed.replace(/ (key_id="[^"]*")>/, ` $1 x-${other}>`),
  ]) {
    assert.equal(readEnvelope(disguised).sender, mallory.id);
    assert.equal(claimedSender(disguised), null);
  }
  const slap = await sealSlap("<XML/>", mallory.id, mallory.privatePem);
  const lying = slap.replace(/<me:sig[^>]*>/, `<me:sig ${other}>`);
  assert.equal(readSlap(lying).envelope.sender, mallory.id);
  assert.equal(claimedSender(lying), null);
});

test("the claimed sender is whom the key_id names, in any writer's order", async () => {
  const sealed = await sealEnvelope(PAYLOAD, alice.id, alice.privatePem);
  assert.equal(claimedSender(Buffer.from(sealed)), alice.id);
  assert.equal(claimedSender(sealed.replaceAll('"', "'")), alice.id);
});
