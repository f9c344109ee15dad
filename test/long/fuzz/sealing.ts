/**
 * Messages around a mutated payload, signed and encrypted as their sender would, so that the
 * mutation comes past the signature. With nothing of src/: what is wrong there is not made
 * twice. Nothing is random, so that a seed gives the same bytes again.
 */
import { createCipheriv, sign } from "node:crypto";
import type { Role } from "../../../scripts/conformance/vectors.ts";
import type { Chance } from "./chance.ts";
import type { Corpus, Seed, WrappedKey } from "./corpus.ts";
import { elementsIn } from "./mutate-markup.ts";

const TAIL = "YXBwbGljYXRpb24veG1s.YmFzZTY0dXJs.UlNBLVNIQTI1Ng==";

export function base64Url(text: string | Buffer): string {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

type Signer = Pick<Role, "diaspora_id" | "private_key_pkcs8_pem">;

export function envelope(payload: string | Buffer, signer: Signer): string {
  const data = base64Url(payload);
  const key = signer.private_key_pkcs8_pem;
  const signature = sign("RSA-SHA256", Buffer.from(`${data}.${TAIL}`), key);
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<me:env xmlns:me="http://salmon-protocol.org/ns/magic-env">\n' +
    `  <me:data type="application/xml">${data}</me:data>\n` +
    "  <me:encoding>base64url</me:encoding>\n  <me:alg>RSA-SHA256</me:alg>\n" +
    `  <me:sig key_id="${base64Url(signer.diaspora_id)}">${base64Url(signature)}</me:sig>\n` +
    "</me:env>\n"
  );
}

function encrypted(cleartext: string, { aesKey, key, iv }: WrappedKey): string {
  const cipher = createCipheriv("aes-256-cbc", key, iv);
  const ciphertext = Buffer.concat([cipher.update(cleartext, "utf8"), cipher.final()]);
  return JSON.stringify({
    aes_key: aesKey,
    encrypted_magic_envelope: ciphertext.toString("base64"),
  });
}

/** The first value of an element of this name, as it stands there. */
function valueOf(payload: string, name: string): string | null {
  return new RegExp(`<${name}>([^<]*)<`).exec(payload)?.[1] ?? null;
}

function roleOf(corpus: Corpus, id: string | null): Role | undefined {
  return [...corpus.surroundings.roles.values()].find((role) => role.diaspora_id === id);
}

/** The author, or whoever owns what the payload belongs to; now and then somebody else. */
function senderOf(payload: string, corpus: Corpus, chance: Chance): Role {
  const roles = [...corpus.surroundings.roles.values()];
  const related = valueOf(payload, "parent_guid") ?? valueOf(payload, "target_guid");
  const known = corpus.surroundings.world.related_entities.find(({ guid }) => guid === related);
  const author = valueOf(payload, "author") ?? valueOf(payload, "diaspora_handle");
  const root = known?.parent?.author ?? known?.author ?? author;
  const sender = chance.often(0.05) ? undefined : roleOf(corpus, chance.often(0.5) ? root : author);
  return sender ?? chance.pick(roles);
}

const REFERENCES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'" };

function plain(markup: string): string {
  return markup
    .replace(/<[^>]*>/g, "")
    .replace(/&(lt|gt|quot|apos);/g, (_, name: string) => REFERENCES[name] ?? "")
    .replaceAll("&amp;", "&");
}

/** The author signs the mutated values too, so that what is behind that signature is reached. */
function signedByAuthor(payload: string, corpus: Corpus): string {
  const author = roleOf(corpus, valueOf(payload, "author"));
  const [root, ...elements] = elementsIn(payload);
  if (author === undefined || root === undefined) return payload;
  let end = root.innerFrom;
  const values: string[] = [];
  for (const { name, from, to, innerFrom, innerTo } of elements) {
    if (from < end) continue;
    end = to;
    if (!name.includes("signature")) values.push(plain(payload.slice(innerFrom, innerTo)));
  }
  const signature = sign("RSA-SHA256", Buffer.from(values.join(";")), author.private_key_pkcs8_pem);
  const element = `<author_signature>${signature.toString("base64")}</author_signature>`;
  return payload.includes("<author_signature>")
    ? payload.replace(/<author_signature>[^<]*<\/author_signature>/, element)
    : payload.slice(0, root.innerTo) + element + payload.slice(root.innerTo);
}

export function sealed(payload: string, corpus: Corpus, chance: Chance): Seed {
  const inner = chance.often(0.5) ? signedByAuthor(payload, corpus) : payload;
  const text = envelope(inner, senderOf(inner, corpus, chance));
  if (chance.often(0.75)) return { name: "sealed", door: "public", text, recipient: null };
  const key = chance.pick(corpus.wrappedKeys);
  return { name: "sealed", door: "private", text: encrypted(text, key), recipient: key.recipient };
}
