/**
 * Magic envelopes and encrypted envelopes as a pod of another make writes and reads them
 * (diaspora* federation §4 and §6). The reader is as strict as the strictest of the three
 * implementations: literal prefix `me:`, the right namespace, padded base64url without
 * white space, one signing string.
 */
import forge from "node-forge";
import type { Element } from "@xmldom/xmldom";
import { record, text, type PeerPerson } from "./peer-person.ts";
import { elementsOf, node, parseXml, writeXml } from "./peer-xml.ts";

const NS_ENVELOPE = "http://salmon-protocol.org/ns/magic-env";
const TYPE = "application/xml";
const ENCODING = "base64url";
const ALGORITHM = "RSA-SHA256";

export interface OpenedEnvelope {
  /** The ID in key_id. Its signature was verified. */
  readonly sender: string;
  readonly payload: string;
}

export interface SealOptions {
  /** Claimed instead of the signer's own ID. */
  readonly keyId?: string;
  /** What is signed, where it differs from what is sent. */
  readonly signed?: string;
}

export function seal(payload: string, signer: PeerPerson, options: SealOptions = {}): string {
  const digest = forge.md.sha256.create();
  digest.update(signingString(encode(options.signed ?? payload)), "utf8");
  const signature = Buffer.from(signer.privateKey.sign(digest), "latin1");
  return writeXml(
    node(
      "me:env",
      {},
      node("me:data", { type: TYPE }, encode(payload)),
      node("me:encoding", {}, ENCODING),
      node("me:alg", {}, ALGORITHM),
      node("me:sig", { key_id: encode(options.keyId ?? signer.id) }, encode(signature)),
    ),
    NS_ENVELOPE,
  );
}

/** Throws with what is wrong. `keyOf` finds the claimed sender's public key (PEM). */
export async function openEnvelope(
  body: string,
  keyOf: (id: string) => Promise<string>,
): Promise<OpenedEnvelope> {
  const root = parseXml(body);
  if (root.tagName !== "me:env" || root.namespaceURI !== NS_ENVELOPE) {
    throw new Error(`the root is ${root.tagName} in ${String(root.namespaceURI)}`);
  }
  const data = only(root, "me:data");
  expectText("type", data.getAttribute("type"), TYPE);
  expectText("encoding", only(root, "me:encoding").textContent, ENCODING);
  expectText("alg", only(root, "me:alg").textContent, ALGORITHM);
  const sig = only(root, "me:sig");
  const sender = decode(sig.getAttribute("key_id") ?? "").toString("utf8");
  const data64 = data.textContent ?? "";
  const digest = forge.md.sha256.create();
  digest.update(signingString(data64), "utf8");
  const key = publicKey(await keyOf(sender));
  const signature = decode(sig.textContent ?? "").toString("latin1");
  if (!verified(key, digest.digest().bytes(), signature)) {
    throw new Error(`the signature is not by ${sender}`);
  }
  return { sender, payload: decode(data64).toString("utf8") };
}

/** The JSON body for /receive/users/:guid. */
export function encryptFor(recipientPem: string, envelope: string): string {
  const key = forge.random.getBytesSync(32);
  const iv = forge.random.getBytesSync(16);
  const cipher = forge.cipher.createCipher("AES-CBC", key);
  cipher.start({ iv });
  cipher.update(forge.util.createBuffer(Buffer.from(envelope, "utf8").toString("latin1")));
  cipher.finish();
  const bundle = JSON.stringify({ key: forge.util.encode64(key), iv: forge.util.encode64(iv) });
  return JSON.stringify({
    aes_key: forge.util.encode64(publicKey(recipientPem).encrypt(bundle, "RSAES-PKCS1-V1_5")),
    encrypted_magic_envelope: forge.util.encode64(cipher.output.getBytes()),
  });
}

/** The envelope inside; throws when it is not for this recipient. */
export function decryptAs(recipient: PeerPerson, body: string): string {
  const outer = record(JSON.parse(body));
  const bundle = recipient.privateKey.decrypt(
    forge.util.decode64(text(outer["aes_key"])),
    "RSAES-PKCS1-V1_5",
  );
  const inner = record(JSON.parse(bundle));
  const decipher = forge.cipher.createDecipher("AES-CBC", forge.util.decode64(text(inner["key"])));
  decipher.start({ iv: forge.util.decode64(text(inner["iv"])) });
  const ciphertext = forge.util.decode64(text(outer["encrypted_magic_envelope"]));
  decipher.update(forge.util.createBuffer(ciphertext));
  if (!decipher.finish()) throw new Error("the padding of the ciphertext is wrong");
  return Buffer.from(decipher.output.getBytes(), "latin1").toString("utf8");
}

function publicKey(pem: string): forge.pki.rsa.PublicKey {
  return forge.pki.publicKeyFromPem(pem);
}

/** forge throws for a block that no private key of this pair has made. */
function verified(key: forge.pki.rsa.PublicKey, digest: string, signature: string): boolean {
  try {
    return key.verify(digest, signature);
  } catch {
    return false;
  }
}

function signingString(data64: string): string {
  return [data64, encode(TYPE), encode(ENCODING), encode(ALGORITHM)].join(".");
}

function encode(value: string | Buffer): string {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

function decode(value: string): Buffer {
  if (value.length % 4 !== 0 || !/^[\w-]+={0,2}$/.test(value)) {
    throw new Error(`no padded base64url: ${value.slice(0, 40)}`);
  }
  return Buffer.from(value.replaceAll("-", "+").replaceAll("_", "/"), "base64");
}

function only(root: Element, name: string): Element {
  const found = elementsOf(root).filter((element) => element.tagName === name);
  const [first] = found;
  if (first === undefined || found.length > 1)
    throw new Error(`${String(found.length)} times ${name}`);
  return first;
}

function expectText(what: string, actual: string | null, expected: string): void {
  if (actual !== expected) throw new Error(`${what} is ${String(actual)}, not ${expected}`);
}
