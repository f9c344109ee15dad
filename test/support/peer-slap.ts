/**
 * Slaps as a pod of 0.6 reads them (diaspora* federation §7), with code that shares nothing
 * with what wrote them: the form, unescaped twice, the header, the envelope, the wrapper.
 */
import type { Element } from "@xmldom/xmldom";
import forge from "node-forge";
import { record, text, type PeerPerson } from "./peer-person.ts";
import { elementsOf, parseXml } from "./peer-xml.ts";

const NS_SLAP = "https://joindiaspora.com/protocol";
const NS_ENVELOPE = "http://salmon-protocol.org/ns/magic-env";
const SIGNED_TAIL = "YXBwbGljYXRpb24veG1s.YmFzZTY0dXJs.UlNBLVNIQTI1Ng==";

export interface OpenedSlap {
  /** Of the header; the signature was verified. */
  readonly author: string;
  /** The entity's element, out of its wrapper. */
  readonly entity: Element;
}

/** `recipient` is who reads it; without one it is a public slap. Throws with what is wrong. */
export function openSlapForm(body: string, senderPem: string, recipient?: PeerPerson): OpenedSlap {
  const fields = body.split("&").map((field) => field.split("="));
  const xml = fields.find(([name]) => name === "xml")?.[1] ?? "";
  const root = parseXml(unescape(unescape(xml)));
  expect("root", `${String(root.namespaceURI)} ${root.tagName}`, `${NS_SLAP} diaspora`);
  const envelope = only(root, "me:env");
  expect("namespace", envelope.namespaceURI, NS_ENVELOPE);
  expect("type", only(envelope, "me:data").getAttribute("type"), "application/xml");
  expect("encoding", only(envelope, "me:encoding").textContent, "base64url");
  expect("alg", only(envelope, "me:alg").textContent, "RSA-SHA256");
  const data = only(envelope, "me:data").textContent ?? "";
  verify(`${data}.${SIGNED_TAIL}`, only(envelope, "me:sig").textContent ?? "", senderPem);
  const { author, payload } =
    recipient === undefined
      ? { author: textIn(only(root, "header"), "author_id"), payload: urlSafe(data) }
      : openPrivate(root, urlSafe(data), recipient);
  const wrapper = parseXml(Buffer.from(payload, "latin1").toString("utf8"));
  expect("wrapper", wrapper.tagName, "XML");
  const [entity] = elementsOf(only(wrapper, "post"));
  if (entity === undefined) throw new Error("the wrapper is empty");
  return { author, entity };
}

function openPrivate(
  root: Element,
  data: string,
  recipient: PeerPerson,
): { author: string; payload: string } {
  const header = forge.util.decode64(only(root, "encrypted_header").textContent ?? "");
  const { aes_key: wrapped, ciphertext } = record(JSON.parse(header));
  const bundle = recipient.privateKey.decrypt(
    forge.util.decode64(text(wrapped)),
    "RSAES-PKCS1-V1_5",
  );
  const outer = record(JSON.parse(bundle));
  const clear = parseXml(decrypt(text(ciphertext), text(outer["key"]), text(outer["iv"])));
  expect("header", clear.tagName, "decrypted_header");
  return {
    author: textIn(clear, "author_id"),
    payload: decrypt(data, textIn(clear, "aes_key"), textIn(clear, "iv")),
  };
}

function decrypt(base64: string, key: string, iv: string): string {
  const decipher = forge.cipher.createDecipher("AES-CBC", forge.util.decode64(key));
  decipher.start({ iv: forge.util.decode64(iv) });
  decipher.update(forge.util.createBuffer(forge.util.decode64(base64)));
  if (!decipher.finish()) throw new Error("the padding of the ciphertext is wrong");
  return decipher.output.getBytes();
}

/** The values of an old relayable as its author signed them, in the order of the document. */
export function verifyInner(entity: Element, signatureName: string, pem: string): void {
  const values = elementsOf(entity).filter(({ tagName }) => !tagName.includes("signature"));
  const signed = values.map(({ textContent }) => textContent ?? "").join(";");
  verify(signed, textIn(entity, signatureName), pem);
}

export function textIn(element: Element, name: string): string {
  return only(element, name).textContent ?? "";
}

function verify(signed: string, signature: string, pem: string): void {
  const digest = forge.md.sha256.create();
  digest.update(signed, "utf8");
  const key = forge.pki.publicKeyFromPem(pem);
  if (!key.verify(digest.digest().bytes(), urlSafe(signature))) throw new Error("not signed");
}

function urlSafe(base64: string): string {
  return forge.util.decode64(base64.replaceAll("-", "+").replaceAll("_", "/"));
}

function unescape(value: string): string {
  return decodeURIComponent(value.replaceAll("+", " "));
}

function only(parent: Element, name: string): Element {
  const [first, ...more] = elementsOf(parent).filter(({ tagName }) => tagName === name);
  if (first === undefined || more.length > 0) throw new Error(`not one ${name}`);
  return first;
}

function expect(what: string, actual: string | null, expected: string): void {
  if (actual !== expected) throw new Error(`${what} is ${String(actual)}, not ${expected}`);
}
