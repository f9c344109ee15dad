/** Kinds that are a POST to /receive: open it, say what was found, make the same again. */
import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { encodeBase64, encodeBase64Url } from "../../src/salmon/base64.ts";
import {
  decryptEnvelope,
  encryptEnvelope,
  openEncryptedEnvelope,
} from "../../src/salmon/encrypted-envelope.ts";
import { sealEnvelope } from "../../src/salmon/magic-envelope.ts";
import { openPrivate, openPublic, type OpenedMessage } from "../../src/salmon/receive/open.ts";
import type { OpenDeps } from "../../src/salmon/receive/related.ts";
import { dumpProperties } from "./dump.ts";
import type { Produced } from "./kinds.ts";
import { depsOf, idOf, roleNamed, roleOf } from "./surroundings.ts";
import type { Role, Surroundings, Vector } from "./vectors.ts";

const RECIPE = z.object({
  payload_template: z.string(),
  fill: z.string(),
  times: z.number(),
  sign_as: z.string(),
});
const POST = z.object({
  body: z.string().optional(),
  body_recipe: RECIPE.optional(),
  recipient: z.string().optional(),
  world: z.unknown().optional(),
});

async function bodyOf(
  { body, body_recipe: recipe }: z.infer<typeof POST>,
  surroundings: Surroundings,
): Promise<string> {
  if (recipe === undefined) return body ?? "";
  const parts: string[] = [];
  for (let i = 1; i <= recipe.times; i += 1) {
    parts.push(recipe.fill.replaceAll("{{i}}", String(i)));
  }
  const payload = recipe.payload_template.replace("{{FILL}}", () => parts.join(""));
  const signer = roleNamed(surroundings, recipe.sign_as);
  return sealEnvelope(payload, idOf(signer.diaspora_id), signer.private_key_pkcs8_pem);
}

function said(opened: OpenedMessage, now: Date): Produced {
  return {
    valid: true,
    sender: opened.sender,
    entity_type: opened.entity.type,
    properties: dumpProperties(opened.entity, now),
    payload_xml: opened.payloadXml,
    signing_string: opened.signingString,
  };
}

const SIG = /<me:sig key_id="([^"]*)">([^<]*)</;

/** RSASSA-PKCS1-v1_5 is deterministic, so sealing the payload again must give the same bytes. */
async function sealedAgain(opened: OpenedMessage, signer: Role | undefined): Promise<Produced> {
  if (signer === undefined) return {};
  const sealed = await sealEnvelope(opened.payloadXml, opened.sender, signer.private_key_pkcs8_pem);
  return {
    signature: SIG.exec(sealed)?.[2],
    key_id: encodeBase64Url(opened.sender),
    key_bits: signer.bits,
    sealed_xml: sealed,
  };
}

export async function runPublic(vector: Vector, surroundings: Surroundings): Promise<Produced> {
  const post = POST.parse(vector.input);
  const body = await bodyOf(post, surroundings);
  const opened = await openPublic(Buffer.from(body), depsOf(surroundings, post.world));
  const again = await sealedAgain(opened, roleOf(surroundings, opened.sender));
  return { ...said(opened, surroundings.now), ...again };
}

async function openFor(
  body: string,
  recipient: Role,
  deps: OpenDeps,
): Promise<{ opened: OpenedMessage; envelopeXml: string }> {
  const key = createPrivateKey(recipient.private_key_pkcs8_pem);
  let envelopeXml = "";
  const decrypt = (bytes: Uint8Array): Promise<Uint8Array> => {
    const envelope = decryptEnvelope(bytes, key);
    envelopeXml = envelope.toString("utf8");
    return Promise.resolve(envelope);
  };
  const person = { id: idOf(recipient.diaspora_id), decrypt };
  return { opened: await openPrivate(body, person, deps), envelopeXml };
}

export async function runPrivate(vector: Vector, surroundings: Surroundings): Promise<Produced> {
  const { body = "", recipient: name = "", world } = POST.parse(vector.input);
  const recipient = roleNamed(surroundings, name);
  const { opened, envelopeXml } = await openFor(body, recipient, depsOf(surroundings, world));
  const key = createPrivateKey(recipient.private_key_pkcs8_pem);
  const unwrapped = openEncryptedEnvelope(body, key);
  // With the same key and IV the ciphertext must be the same; the RSA part is random.
  const randoms = [unwrapped.key, unwrapped.iv];
  const again = encryptEnvelope(
    envelopeXml,
    recipient.public_key_pem,
    (bytes) => randoms.shift() ?? Buffer.alloc(bytes),
  );
  return {
    ...said(opened, surroundings.now),
    ...(await sealedAgain(opened, roleOf(surroundings, opened.sender))),
    magic_envelope_xml: envelopeXml,
    aes: { key: encodeBase64(unwrapped.key), iv: encodeBase64(unwrapped.iv) },
    recipient_key_bits: recipient.bits,
    ciphertext_same: openEncryptedEnvelope(again, key).ciphertext.equals(unwrapped.ciphertext),
  };
}
