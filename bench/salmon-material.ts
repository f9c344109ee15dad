/** What the salmon bench works on: one person's keys, and a post in all its wrappings. */
import { constants, createPrivateKey, publicEncrypt, sign, type KeyObject } from "node:crypto";
import type { Activity } from "../src/activitystreams/activity.ts";
import { parseDiasporaId, parseGuid, type DiasporaId } from "../src/activitystreams/ids.ts";
import { encryptEnvelope } from "../src/salmon/encrypted-envelope.ts";
import { writeEntity } from "../src/salmon/entities/write.ts";
import { generateKeyPair, importPublicKey } from "../src/salmon/keys.ts";
import { sealEnvelope } from "../src/salmon/magic-envelope.ts";
import { readEnvelope } from "../src/salmon/read-envelope.ts";
import { activityToEntity } from "../src/salmon/translate/to-entity.ts";

/** Cloned into each thread; a KeyObject is shared, not parsed again. */
export interface Material {
  readonly id: DiasporaId;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly privatePem: string;
  readonly publicPem: string;
  readonly post: Activity;
  /** What the envelope's signature is over. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
  readonly envelope: string;
  /** As long as the AES key and IV in their JSON (diaspora-protocol.md §6). */
  readonly keyText: Uint8Array;
  readonly wrappedKey: Uint8Array;
  readonly privateBody: Uint8Array;
}

/** A text of 1,000 characters, some of them outside ASCII: the XML is about 1.4 kB. */
const SENTENCE = "Über die Brücke — and back again, with #tags & https://example.org/a?b=c. ";
const TEXT = SENTENCE.repeat(20).slice(0, 999) + ".";
const KEY_TEXT_BYTES = 90;

function known<T>(value: T | null): T {
  if (value === null) throw new RangeError("the bench's own value is not valid");
  return value;
}

export async function makeMaterial(bits: number): Promise<Material> {
  const { privatePem, publicPem } = await generateKeyPair(bits);
  const privateKey = createPrivateKey(privatePem);
  const publicKey = importPublicKey(publicPem);
  const id = known(parseDiasporaId("alice@pod.example"));
  const post: Activity = {
    verb: "post",
    actor: { network: "diaspora", id },
    audience: "public",
    published: new Date("2026-01-02T03:04:05Z"),
    object: {
      type: "note",
      guid: known(parseGuid("0123456789abcdef0123456789abcdef")),
      markdown: TEXT,
      tags: ["tags"],
      photos: [],
    },
  };
  const envelope = await sealEnvelope(writeEntity(activityToEntity(post, id)), id, privateKey);
  const signed = Buffer.from(readEnvelope(envelope).signingString);
  const keyText = Buffer.alloc(KEY_TEXT_BYTES, "k");
  return {
    id,
    privateKey,
    publicKey,
    privatePem,
    publicPem,
    post,
    signed,
    signature: sign("RSA-SHA256", signed, privateKey),
    envelope,
    keyText,
    wrappedKey: publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, keyText),
    privateBody: Buffer.from(encryptEnvelope(envelope, publicKey)),
  };
}
